#include "app/page_frame.h"

#include <algorithm>
#include <array>

#include "app/version.h"
#include "core/base/text.h"
#include "core/http/door.h"
#include "web/assets.h"

namespace pix::app {

namespace json = boost::json;

namespace {

constexpr std::string_view cookie_name = "pix_look";
constexpr std::string_view language_cookie = "pix_language";

constexpr std::array<std::string_view, 3> theme_names{"light", "dark", "system"};
constexpr std::array<std::string_view, 8> accent_names{"indigo", "slate", "forest", "ember",
                                                       "ocean",  "teal",  "plum",   "rose"};
constexpr std::array<std::string_view, 2> density_names{"comfortable", "compact"};

void choose(std::string& target, std::string_view value, std::span<const std::string_view> choices)
{
    if (std::ranges::find(choices, value) != choices.end()) target = value;
}

/// An area's entry in the navigation.
struct AreaEntry {
    std::string_view id;
    std::string_view icon;
    std::string_view path; ///< below the door's base path
    std::string_view key;  ///< the combination after g, for the palette
};

/// The name that a signed-in browser's token bears; empty if there is none. Only ever shown: who may do what is
/// decided where the token is checked, and that has been done before a page is made.
std::string user_name_of(const http::Request& request)
{
    if (request.actor.kind != "user") return {};
    auto const parts = core::split(request.cookie("token"), '.');
    if (parts.size() != 3) return {};
    std::string payload(parts[1]);
    std::ranges::replace(payload, '-', '+');
    std::ranges::replace(payload, '_', '/');
    payload.append((4 - payload.size() % 4) % 4, '=');
    auto const text = core::base64_decode(payload);
    if (!text) return {};
    auto const claims = core::parse_json(*text);
    if (!claims || !claims->is_object()) return {};
    auto const* name = claims->get_object().if_contains("username");
    return name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
}

/// What a door leads to. The tools door shows tools only; their runs and the settings belong to them.
std::span<const AreaEntry> areas_of(http::DoorKind door)
{
    static constexpr std::array<AreaEntry, 3> tools{{{"tools", "wrench", "/", "g t"},
                                                     {"runs", "history", "/runs", "g r"},
                                                     {"settings", "settings", "/settings", "g ,"}}};
    static constexpr std::array<AreaEntry, 4> workbench{{{"workbench", "terminal", "/", "g w"},
                                                         {"tools", "wrench", "/tools/", "g t"},
                                                         {"runs", "history", "/runs", "g r"},
                                                         {"settings", "settings", "/settings", "g ,"}}};
    if (door == http::DoorKind::workbench) return workbench;
    return tools;
}

} // namespace

std::span<const std::string_view> Appearance::themes()
{
    return theme_names;
}
std::span<const std::string_view> Appearance::accents()
{
    return accent_names;
}
std::span<const std::string_view> Appearance::densities()
{
    return density_names;
}

Appearance Appearance::of(const http::Request& request)
{
    Appearance look;
    auto const parts = core::split(request.cookie(cookie_name), '.');
    if (parts.size() != 3) return look;
    choose(look.theme, parts[0], themes());
    choose(look.accent, parts[1], accents());
    choose(look.density, parts[2], densities());
    return look;
}

Appearance Appearance::with(const http::Form& form) const
{
    Appearance look = *this;
    if (auto const value = form.first("theme")) choose(look.theme, *value, themes());
    if (auto const value = form.first("accent")) choose(look.accent, *value, accents());
    if (auto const value = form.first("density")) choose(look.density, *value, densities());
    return look;
}

std::string Appearance::cookie(const http::Request& request) const
{
    std::string const path = request.door().options().base_path;
    return std::string(cookie_name) + "=" + theme + "." + accent + "." + density +
           "; Path=" + (path.empty() ? "/" : path) + "; Max-Age=31536000; SameSite=Lax" +
           (request.is_encrypted() ? "; Secure" : "");
}

PageFrame::PageFrame(const http::Templates& templates, const http::Texts& texts, FrameAssets assets,
                     FrameSources sources, bool developer_mode)
    : templates_(templates), texts_(texts), assets_(std::move(assets)), sources_(std::move(sources)),
      developer_mode_(developer_mode)
{}

std::string PageFrame::text(std::string_view key) const
{
    auto const found = texts_.find(key);
    return found == texts_.end() ? std::string(key) : found->second;
}

void PageFrame::add_language(std::string code, http::Texts texts, std::unique_ptr<http::Templates> templates)
{
    languages_[std::move(code)] = {std::move(texts), std::move(templates)};
}

std::string_view PageFrame::language_of(const http::Request& request) const
{
    auto const known = [this](std::string_view asked) {
        std::string const code = core::lower(core::trim(asked).substr(0, 2));
        auto const found = languages_.find(code);
        return found != languages_.end() ? std::string_view(found->first) : code == "en" ? "en" : "";
    };
    if (auto const chosen = known(request.cookie(language_cookie)); !chosen.empty()) return chosen;
    // Browsers name the languages in order of preference.
    for (auto const part : core::split(request.header("Accept-Language"), ','))
        if (auto const code = known(part); !code.empty()) return code;
    return "en";
}

const http::Templates& PageFrame::templates_for(const http::Request& request) const
{
    auto const found = languages_.find(language_of(request));
    return found == languages_.end() ? templates_ : *found->second.templates;
}

std::string PageFrame::text_for(const http::Request& request, std::string_view key) const
{
    auto const language = languages_.find(language_of(request));
    if (language == languages_.end()) return text(key);
    auto const found = language->second.texts.find(key);
    return found == language->second.texts.end() ? text(key) : found->second;
}

bool PageFrame::has_icon(std::string_view name) const
{
    return web::has_icon(name);
}

json::object PageFrame::links(const http::Request& request)
{
    std::string const base = request.door().options().base_path;
    bool const at_tools = request.door().kind() == http::DoorKind::tools;
    return {{"home", base + (at_tools ? "/" : "/tools/")},
            {"start", base + "/"},
            {"runs", base + "/runs"},
            {"settings", base + "/settings"},
            {"appearance", base + "/settings/appearance"},
            {"live", base + "/live"},
            {"manifest", base + "/manifest.webmanifest"},
            {"worker", base + "/worker.js"},
            {"account", at_tools ? "" : base + "/settings/account"},
            {"sign_out", base + "/logout"},
            {"documentation", base + "/docs"}};
}

json::array PageFrame::areas(const http::Request& request, const http::PageInfo& info)
{
    std::string const base = request.door().options().base_path;
    std::string_view const active = std::string_view(info.active).substr(0, info.active.find('/'));
    json::array list;
    for (auto const& area : areas_of(request.door().kind())) {
        json::object entry{{"id", area.id},
                           {"link", base + std::string(area.path)},
                           {"icon", area.icon},
                           {"label", text_for(request, "area." + std::string(area.id))},
                           {"current", active == area.id && info.active.find('/') == std::string::npos}};
        if (area.id == "tools") {
            bool const in_tools = info.active.starts_with("tools/");
            entry["tools"] =
                sources_.tools(request, in_tools ? std::string_view(info.active).substr(6) : std::string_view());
        }
        list.push_back(std::move(entry));
    }
    return list;
}

json::array PageFrame::index(const http::Request& request)
{
    std::string const base = request.door().options().base_path;
    json::array list;
    for (auto const& area : areas_of(request.door().kind()))
        list.push_back(json::object{{"kind", "page"},
                                    {"text", text_for(request, "area." + std::string(area.id))},
                                    {"note", area.key},
                                    {"link", base + std::string(area.path)}});
    for (auto& entry : sources_.index(request)) list.push_back(std::move(entry));
    return list;
}

std::string PageFrame::page(const http::Request& request, const http::PageInfo& info, std::string body_html)
{
    Appearance const look = Appearance::of(request);
    json::array crumbs;
    for (std::size_t i = 0; i < info.crumbs.size(); ++i) {
        auto const& crumb = info.crumbs[i];
        bool const last = i + 1 == info.crumbs.size();
        crumbs.push_back(
            json::object{{"text", crumb.text}, {"link", last || crumb.link.empty() ? "" : request.link(crumb.link)}});
    }
    json::array areas_list = areas(request, info);
    json::array bar;
    for (auto const& area : areas_list) {
        auto const& entry = area.as_object();
        bar.push_back(json::object{{"link", entry.at("link")},
                                   {"icon", entry.at("icon")},
                                   {"label", entry.at("label")},
                                   {"current", entry.at("current")}});
    }
    std::string const user = user_name_of(request);
    std::size_t const warm = sources_.warm_tools ? sources_.warm_tools() : 0;
    json::object view{{"lang", language_of(request)},
                      {"theme", look.theme},
                      {"accent", look.accent},
                      {"density", look.density},
                      {"next_theme", look.theme == "dark" ? "light" : "dark"},
                      {"title", info.title},
                      {"crumbs", std::move(crumbs)},
                      {"areas", std::move(areas_list)},
                      {"bar", std::move(bar)},
                      {"links", links(request)},
                      {"user", !user.empty()},
                      {"user_name", user},
                      {"assets", json::object{{"style", request.asset_link(assets_.style)},
                                              {"script", request.asset_link(assets_.script)},
                                              {"icon", request.asset_link(assets_.icon)},
                                              {"touch_icon", request.asset_link(assets_.touch_icon)}}},
                      {"icons", assets_.symbols},
                      {"running_text", std::to_string(warm) + " " + text_for(request, "frame.running")},
                      {"version", version},
                      {"address", request.door().origin()},
                      {"palette_json", core::to_text(index(request), true)},
                      {"preferences_json", core::to_text(json::object{{"theme", look.theme},
                                                                      {"accent", look.accent},
                                                                      {"density", look.density},
                                                                      {"developer_mode", developer_mode_}},
                                                         true)},
                      {"body", std::move(body_html)}};
    return templates_for(request).render("frame", view);
}

} // namespace pix::app

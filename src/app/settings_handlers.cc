#include "app/settings_handlers.h"

#include "app/version.h"
#include "core/http/door.h"

namespace pix::app {

using http::Response;
namespace json = boost::json;

namespace {

json::array choices(const http::Request& request, std::span<const std::string_view> values, std::string_view selected,
                    const PageFrame& frame, const std::string& prefix)
{
    json::array list;
    for (auto const value : values)
        list.push_back(json::object{{"value", value},
                                    {"label", frame.text_for(request, "settings." + prefix + std::string(value))},
                                    {"icon", value == "light"  ? "sun"
                                             : value == "dark" ? "moon"
                                                               : "monitor"},
                                    {"selected", value == selected}});
    return list;
}

/// Back to the page that the form stood on, if it is one of ours.
std::string back_of(const http::Request& request)
{
    std::string const origin = request.door().origin();
    std::string_view const referer = request.header("Referer");
    if (referer.starts_with(origin + "/")) return std::string(referer.substr(origin.size()));
    return request.door().options().base_path + "/settings";
}

} // namespace

Reply show_settings(std::shared_ptr<http::Request> request, SettingsPages& pages)
{
    Appearance const look = Appearance::of(*request);
    auto const& frame = pages.frame;
    auto const about = [&](const char* key, std::string value) {
        return json::object{{"name", frame.text_for(*request, std::string("about.") + key)},
                            {"value", std::move(value)}};
    };
    json::object const view{
        {"links", PageFrame::links(*request)},
        {"account", PageFrame::links(*request).at("account")},
        {"themes", choices(*request, Appearance::themes(), look.theme, frame, "")},
        {"accents", choices(*request, Appearance::accents(), look.accent, frame, "accent_")},
        {"densities", choices(*request, Appearance::densities(), look.density, frame, "")},
        {"sections", ""},
        {"about",
         json::array{about("version", version), about("address", request->door().origin()),
                     about("home", pages.config.home.string()), about("tools_folder", pages.config.tools_dir.string()),
                     about("database", pages.config.database.empty() ? "SQLite" : "PostgreSQL"),
                     about("uptime", core::iso_time(pages.started_at))}}};
    http::PageInfo info;
    info.title = frame.text_for(*request, "settings.title");
    info.active = "settings";
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(pages.frame.page(*request, info, frame.templates_for(*request).render("settings", view)));
}

Reply save_appearance(std::shared_ptr<http::Request> request, SettingsPages&)
{
    PIX_CO_TRY(auto const form, request->form());
    std::string const cookie = Appearance::of(*request).with(form).cookie(*request);
    auto response = request->is_htmx() || request->accepts_json_first() || !request->accepts_html()
                        ? Response::empty()
                        : Response::see_other(back_of(*request));
    response.add("Set-Cookie", cookie);
    co_return response;
}

} // namespace pix::app

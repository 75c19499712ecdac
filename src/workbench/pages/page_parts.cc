#include "workbench/pages/page_parts.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/http/door.h"
#include "workbench/session_readers/provider.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::size_t title_bytes = 200;
constexpr std::size_t message_bytes = 6000;

const json::value* member(const json::value& object, std::string_view name)
{
    return object.is_object() ? object.get_object().if_contains(name) : nullptr;
}

/// "2026-03-04 09:15": what stands there until the script shows how long ago it was.
std::string plain_time(std::string_view iso)
{
    if (iso.size() < 16) return std::string(iso);
    return std::string(iso.substr(0, 10)) + " " + std::string(iso.substr(11, 5));
}

std::string agent_title(std::string_view name)
{
    auto const provider = provider_named(name);
    return provider ? std::string(title_of(*provider)) : std::string(name);
}

std::string one_line(std::string text)
{
    std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return core::shorten(text, title_bytes);
}

/// The part of a tool's input that says most about it.
std::string tool_note(const json::value& message)
{
    auto const* input = member(message, "toolInput");
    if (input == nullptr) return {};
    if (input->is_string()) return one_line(std::string(input->get_string()));
    for (auto const* name :
         {"description", "command", "file_path", "path", "filePath", "pattern", "query", "url", "prompt"})
        if (auto const text = text_of(*input, name); !text.empty()) return one_line(text);
    return {};
}

} // namespace

std::string text_of(const json::value& object, std::string_view name)
{
    auto const* found = member(object, name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::optional<std::int64_t> number_of(const json::value& object, std::string_view name)
{
    auto const* found = member(object, name);
    if (found == nullptr) return std::nullopt;
    if (found->is_int64()) return found->get_int64();
    if (found->is_uint64() && found->get_uint64() <= INT64_MAX) return static_cast<std::int64_t>(found->get_uint64());
    return std::nullopt;
}

bool flag_of(const json::value& object, std::string_view name)
{
    auto const* found = member(object, name);
    return found != nullptr && found->is_bool() && found->get_bool();
}

const json::array& list_of(const json::value& object, std::string_view name)
{
    static const json::array none;
    auto const* found = member(object, name);
    return found != nullptr && found->is_array() ? found->get_array() : none;
}

std::string session_path(std::string_view provider, std::string_view id)
{
    return "/sessions/" + core::percent_encode(provider) + "/" + core::percent_encode(id);
}

std::string project_path(std::string_view name)
{
    return "/projects/" + core::percent_encode(name);
}

json::object session_row(const http::Request& request, const http::PageFrame& frame, const json::value& session,
                         std::string_view project)
{
    std::string const id = text_of(session, "id");
    std::string const provider = text_of(session, "provider");
    std::string const at = text_of(session, "lastActivity");
    std::string title = one_line(text_of(session, "title"));
    if (title.empty()) title = one_line(text_of(session, "summary"));
    if (title.empty()) title = frame.text_for(request, "workbench.untitled");
    auto const count = number_of(session, "messageCount");
    return {{"id", id},
            {"provider", provider},
            {"agent", agent_title(provider)},
            {"title", std::move(title)},
            {"project", project},
            {"count", count ? std::to_string(*count) : std::string()},
            {"at", at},
            {"at_text", plain_time(at)},
            {"link", request.link(session_path(provider, id))}};
}

json::object project_row(const http::Request& request, const http::PageFrame&, const json::value& project)
{
    std::string const name = text_of(project, "name");
    std::string const display = text_of(project, "displayName");
    auto const& sessions = list_of(project, "sessions");
    auto const* meta = member(project, "sessionMeta");
    auto const total = meta != nullptr ? number_of(*meta, "total") : std::nullopt;
    std::string const at = sessions.empty() ? std::string() : text_of(sessions.front(), "lastActivity");
    json::array agents;
    for (auto const& one : list_of(project, "detectedProviders"))
        if (one.is_string())
            agents.push_back(json::object{{"provider", one}, {"agent", agent_title(std::string(one.get_string()))}});
    return {{"name", name},
            {"display", display.empty() ? name : display},
            {"path", text_of(project, "path")},
            {"starred", flag_of(project, "isStarred")},
            {"count", std::to_string(total.value_or(static_cast<std::int64_t>(sessions.size())))},
            {"agents", std::move(agents)},
            {"at", at},
            {"at_text", plain_time(at)},
            {"link", request.link(project_path(name))}};
}

std::optional<json::object> message_row(const http::Request& request, const http::PageFrame& frame,
                                        const json::value& message)
{
    std::string const kind = text_of(message, "kind");
    std::string const role = text_of(message, "role");
    std::string const at = text_of(message, "timestamp");
    json::object row{{"id", text_of(message, "id")}, {"at", at}, {"at_text", plain_time(at)}, {"tool", false}};
    if (kind == "text" || kind == "error") {
        std::string const content = core::shorten(text_of(message, "content"), message_bytes);
        if (content.empty()) return std::nullopt;
        row["role"] = kind == "error" ? "error" : role;
        row["who"] = kind == "error"  ? frame.text_for(request, "workbench.error")
                     : role == "user" ? frame.text_for(request, "workbench.you")
                                      : agent_title(text_of(message, "provider"));
        row["content"] = content;
        return row;
    }
    if (kind == "tool_use") {
        row["role"] = "tool";
        row["tool"] = true;
        row["who"] = text_of(message, "toolName");
        row["content"] = tool_note(message);
        return row;
    }
    return std::nullopt;
}

json::array recent_rows(const http::Request& request, const http::PageFrame& frame, const json::array& projects,
                        std::size_t most)
{
    struct Entry {
        std::string at;
        const json::value* session;
        std::string project;
    };
    std::vector<Entry> all;
    for (auto const& project : projects) {
        std::string const display = text_of(project, "displayName");
        for (auto const& session : list_of(project, "sessions"))
            all.push_back(
                {text_of(session, "lastActivity"), &session, display.empty() ? text_of(project, "name") : display});
    }
    std::ranges::sort(all, [](const Entry& a, const Entry& b) { return a.at > b.at; });
    if (all.size() > most) all.resize(most);
    json::array rows;
    for (auto const& entry : all) rows.push_back(session_row(request, frame, *entry.session, entry.project));
    return rows;
}

std::string safe_next(const http::Request& request, std::string_view next)
{
    bool const ours = next.size() <= 2000 && next.starts_with('/') && !next.starts_with("//") &&
                      next.find('\\') == std::string_view::npos &&
                      std::ranges::none_of(next, [](char c) { return static_cast<unsigned char>(c) < 0x21; });
    std::string const& base = request.door().options().base_path;
    bool const form = next.starts_with(base + "/login") || next.starts_with(base + "/setup");
    return ours && !form ? std::string(next) : base + "/";
}

} // namespace pix::workbench

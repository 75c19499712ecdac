#include "workbench/project/wire.h"

#include <array>

#include "core/base/text.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::size_t sessions_shown = 5;

std::string time_text(core::Millis at)
{
    return core::iso_time(at, true);
}

std::string_view key_of(Provider provider)
{
    switch (provider) {
    case Provider::claude: return "claudeSessions";
    case Provider::cursor: return "cursorSessions";
    case Provider::codex: return "codexSessions";
    case Provider::gemini: return "geminiSessions";
    case Provider::qwen: return "qwenSessions";
    case Provider::opencode: return "opencodeSessions";
    }
    return "sessions";
}

std::string_view source_of(const ListedProject& project)
{
    if (project.record.is_registered) return "manual";
    for (auto const provider : project.providers)
        if (provider == Provider::claude) return "claude";
    return "history";
}

} // namespace

json::object to_json(const TokenUse& use)
{
    json::object out{{"input", use.input},
                     {"output", use.output},
                     {"reasoning", use.reasoning},
                     {"cacheRead", use.cache_read},
                     {"cacheCreation", use.cache_creation}};
    if (use.cost) out["cost"] = *use.cost;
    return out;
}

json::object to_json(const ListedSession& session, const ListedProject& project)
{
    auto const& entry = *session.entry;
    auto const& facts = entry.facts;
    json::object out{{"id", core::to_utf8(entry.source.id)},
                     {"title", core::to_utf8(session.title)},
                     {"summary", core::to_utf8(session.title)},
                     {"provider", name_of(entry.source.provider)},
                     {"projectName", core::to_utf8(project.record.name)},
                     {"lastActivity", time_text(entry.last_activity())},
                     {"messageCount", facts.user_and_assistant}};
    if (facts.started_at != 0) out["createdAt"] = time_text(facts.started_at);
    if (!facts.cwd.empty()) out["cwd"] = core::to_utf8(facts.cwd);
    if (!facts.model.empty()) out["model"] = core::to_utf8(facts.model);
    if (!facts.git_branch.empty()) out["gitBranch"] = core::to_utf8(facts.git_branch);
    if (session.is_starred) out["isStarred"] = true;
    if (session.is_archived) out["isArchived"] = true;
    if (!session.copies.empty()) {
        out["isGrouped"] = true;
        out["groupSize"] = session.copies.size() + 1;
        json::array copies;
        for (auto const& copy : session.copies)
            copies.push_back(json::object{{"id", core::to_utf8(copy->source.id)},
                                          {"provider", name_of(copy->source.provider)},
                                          {"lastActivity", time_text(copy->last_activity())}});
        out["groupSessions"] = std::move(copies);
    }
    return out;
}

json::object to_json(const ListedProject& project)
{
    auto const& record = project.record;
    std::string const path = project.is_path_known ? core::to_utf8(record.path) : std::string();
    json::array newest;
    std::array<json::array, all_providers.size()> split;
    std::size_t total = 0;
    for (auto const& session : project.sessions) {
        if (session.is_archived) continue;
        ++total;
        auto const provider = session.entry->source.provider;
        auto& of_provider = split[static_cast<std::size_t>(provider)];
        bool const in_newest = newest.size() < sessions_shown;
        bool const in_split = provider != Provider::claude && of_provider.size() < sessions_shown;
        if (!in_newest && !in_split) continue;
        json::object const about = to_json(session, project);
        if (in_newest) newest.push_back(about);
        if (in_split) of_provider.push_back(about);
    }
    json::array providers;
    for (auto const provider : project.providers) providers.push_back(json::value(name_of(provider)));
    json::object out{{"name", core::to_utf8(record.name)},
                     {"path", path},
                     {"fullPath", path},
                     {"displayName", core::to_utf8(project.display_name)},
                     {"isCustomName", record.display_name.has_value()},
                     {"isManuallyAdded", record.is_registered},
                     {"autoDiscovered", !project.sessions.empty()},
                     {"source", source_of(project)},
                     {"detectedProviders", std::move(providers)},
                     {"isStarred", record.is_starred},
                     {"isArchived", record.is_archived},
                     {"exists", project.exists},
                     {"sessions", std::move(newest)},
                     {"sessionMeta", json::object{{"hasMore", total > sessions_shown}, {"total", total}}}};
    if (project.last_activity != 0) out["lastActivity"] = time_text(project.last_activity);
    if (!project.is_path_known) out["pathUnknown"] = true;
    for (auto const provider : all_providers)
        if (provider != Provider::claude) out[key_of(provider)] = std::move(split[static_cast<std::size_t>(provider)]);
    out["taskmaster"] = json::object{{"hasTaskmaster", project.look.has_taskmaster},
                                     {"hasEssentialFiles", project.look.has_taskmaster_files},
                                     {"metadata", nullptr},
                                     {"status", project.look.has_taskmaster_files ? "configured" : "not-configured"}};
    return out;
}

json::object to_json(const IndexProgress& progress)
{
    return {{"isReady", progress.is_ready},  {"isWhole", progress.is_whole()},
            {"sessions", progress.sessions}, {"sessionsDone", progress.sessions_done},
            {"bytes", progress.bytes},       {"bytesDone", progress.bytes_done}};
}

json::object to_json(const SessionHit& hit, const ListedSession& session, const ListedProject& project)
{
    std::string_view const provider = name_of(session.entry->source.provider);
    json::array matches;
    for (auto const& match : hit.matches) {
        json::array marks;
        for (auto const& mark : match.snippet.highlights)
            marks.push_back(json::object{{"start", mark.start}, {"end", mark.end}});
        matches.push_back(json::object{{"role", match.role},
                                       {"snippet", core::to_utf8(match.snippet.text)},
                                       {"highlights", std::move(marks)},
                                       {"timestamp", time_text(match.at)},
                                       {"provider", provider},
                                       {"messageId", core::to_utf8(match.message_id)},
                                       {"messageUuid", core::to_utf8(match.message_id)}});
    }
    return {{"projectName", core::to_utf8(project.record.name)},
            {"projectDisplayName", core::to_utf8(project.display_name)},
            {"sessionId", core::to_utf8(session.entry->source.id)},
            {"provider", provider},
            {"title", core::to_utf8(session.title)},
            {"sessionSummary", core::to_utf8(session.title)},
            {"lastActivity", time_text(session.entry->last_activity())},
            {"inTitle", hit.in_title},
            {"matches", std::move(matches)}};
}

json::object token_usage(const SessionEntry& session, std::int64_t default_window)
{
    if (session.source.provider == Provider::cursor) return {{"unsupported", true}, {"used", 0}, {"total", 0}};
    auto const& facts = session.facts;
    bool const of_all = session.source.provider == Provider::opencode;
    TokenUse const use = of_all ? facts.total : facts.latest.value_or(TokenUse());
    std::int64_t const cache = use.cache_read + use.cache_creation;
    std::int64_t input = use.input + use.cache_read;
    std::int64_t used = 0;
    if (of_all) {
        used = use.input + use.output + use.reasoning + cache;
    } else if (session.source.provider == Provider::claude) {
        input += use.cache_creation;
        used = input + use.output;
    } else {
        used = input + use.output + use.reasoning;
    }
    return {{"used", used},
            {"total", facts.context_window != 0 ? facts.context_window : default_window},
            {"inputTokens", input},
            {"outputTokens", use.output},
            {"cacheReadTokens", use.cache_read},
            {"cacheCreationTokens", use.cache_creation},
            {"cacheTokens", cache},
            {"breakdown", json::object{{"input", input}, {"output", use.output}}}};
}

} // namespace pix::workbench

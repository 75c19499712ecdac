#include <cstdio>

#include "cli/commands.h"
#include "cli/data_access.h"
#include "core/base/clock.h"

namespace pix::cli {

namespace {

int print(const Call& call, const core::json::value& value, const std::string& text)
{
    std::fputs((call.format == Format::json ? core::to_pretty_text(value) : text).c_str(), stdout);
    return 0;
}

/// A member for people: times, which are milliseconds in JSON, as dates.
std::string shown(const core::json::object& job, std::string_view key)
{
    auto const* found = job.if_contains(key);
    if (found != nullptr && found->is_int64() && key.ends_with("_at")) return core::iso_time(found->get_int64());
    return member(job, key);
}

} // namespace

int jobs_list(const Call& call, const JobsFilter& filter)
{
    core::json::object const arguments{
        {"state", filter.state}, {"area", filter.area}, {"kind", filter.kind}, {"limit", filter.limit}};
    auto const answer = ask_data(call.config, "jobs.list", arguments);
    if (!answer) return print_error(answer.error());
    std::vector<std::vector<std::string>> rows;
    for (auto const& job : answer->as_array()) {
        auto const& row = job.as_object();
        rows.push_back({member(row, "id"), member(row, "state"), member(row, "area"), member(row, "kind"),
                        shown(row, "created_at"), member(row, "title")});
    }
    return print(call, *answer, table_of({"ID", "STATE", "AREA", "KIND", "CREATED", "TITLE"}, rows));
}

int jobs_show(const Call& call, const std::string& id)
{
    auto const answer = ask_data(call.config, "jobs.show", {{"id", id}});
    if (!answer) return print_error(answer.error());
    std::string text;
    for (auto const& [key, value] : answer->as_object()) {
        std::string const line = shown(answer->as_object(), key);
        if (!line.empty()) text += std::string(key) + ": " + line + "\n";
    }
    return print(call, *answer, text);
}

int jobs_cancel(const Call& call, const std::string& id)
{
    auto const answer = ask_data(call.config, "jobs.cancel", {{"id", id}});
    if (!answer) return print_error(answer.error());
    return print(call, *answer, member(answer->as_object(), "message") + "\n");
}

} // namespace pix::cli

#include <cstdio>

#include "cli/commands.h"
#include "cli/data_access.h"

namespace pix::cli {

namespace {

int print(const Call& call, const core::json::value& value, const std::string& text)
{
    std::fputs((call.format == Format::json ? core::to_pretty_text(value) : text).c_str(), stdout);
    return 0;
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
                        member(row, "created_at"), member(row, "title")});
    }
    return print(call, *answer, table_of({"ID", "STATE", "AREA", "KIND", "CREATED", "TITLE"}, rows));
}

int jobs_show(const Call& call, const std::string& id)
{
    auto const answer = ask_data(call.config, "jobs.show", {{"id", id}});
    if (!answer) return print_error(answer.error());
    std::string text;
    for (auto const& [key, value] : answer->as_object()) {
        std::string const shown = member(answer->as_object(), key);
        if (!shown.empty()) text += std::string(key) + ": " + shown + "\n";
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

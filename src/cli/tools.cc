#include <cstdio>

#include "cli/commands.h"
#include "cli/data_access.h"

namespace pix::cli {

namespace {

/// The validator may wait for a tool's whole run and its fixtures.
constexpr std::chrono::minutes validation_deadline{15};

void print_report(const core::json::object& report)
{
    std::fprintf(stderr, "%s: %s\n", member(report, "tool_id").c_str(), member(report, "overall").c_str());
    auto const* checks = report.if_contains("checks");
    if (checks == nullptr || !checks->is_array()) return;
    for (auto const& entry : checks->get_array()) {
        auto const* check = entry.if_object();
        if (check == nullptr) continue;
        std::fprintf(stderr, "  %-4s  %s: %s\n", member(*check, "status").c_str(), member(*check, "name").c_str(),
                     member(*check, "message").c_str());
        std::string const details = member(*check, "details");
        if (!details.empty()) std::fprintf(stderr, "        %s\n", details.c_str());
    }
}

} // namespace

int tools_list(const Call& call)
{
    auto const answer = ask_running_server(call.config, "tools.list", {});
    if (!answer) return print_error(answer.error());
    if (call.format == Format::json) {
        std::fputs(core::to_pretty_text(*answer).c_str(), stdout);
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (auto const& tool : answer->as_array()) {
        auto const& row = tool.as_object();
        auto const* validation = row.if_contains("validation");
        std::string const overall =
            validation != nullptr && validation->is_object() ? member(validation->get_object(), "overall") : "";
        rows.push_back({member(row, "id"), member(row, "status"), overall, member(row, "name")});
    }
    std::fputs(table_of({"ID", "STATUS", "VALIDATION", "NAME"}, rows).c_str(), stdout);
    return 0;
}

int tools_validate(const Call& call, const std::string& tool, bool summary)
{
    auto const answer =
        ask_running_server(call.config, "tools.validate", {{"id", tool}, {"summary", summary}}, validation_deadline);
    if (!answer) {
        print_error(answer.error());
        return answer.error().code == core::Errc::not_found ? 2 : 1;
    }
    // People read the report on standard error; standard output always carries JSON.
    if (call.format == Format::text) print_report(answer->as_object());
    std::fputs(core::to_pretty_text(*answer).c_str(), stdout);
    return member(answer->as_object(), "overall") == "fail" ? 1 : 0;
}

int tools_install(const Call& call, const std::string& tool)
{
    auto const answer = ask_running_server(call.config, "tools.install", {{"id", tool}});
    if (!answer) return print_error(answer.error());
    std::string const text =
        "installing as job " + member(answer->as_object(), "job_id") + "; `pix jobs show` tells how it goes\n";
    std::fputs((call.format == Format::json ? core::to_pretty_text(*answer) : text).c_str(), stdout);
    return 0;
}

int tools_logs(const Call& call, const std::string& tool, int lines)
{
    auto const answer = ask_running_server(call.config, "tools.logs", {{"id", tool}, {"limit", lines}});
    if (!answer) return print_error(answer.error());
    if (call.format == Format::json) {
        std::fputs(core::to_pretty_text(*answer).c_str(), stdout);
        return 0;
    }
    auto const* list = answer->as_object().if_contains("lines");
    if (list == nullptr || !list->is_array()) return 0;
    for (auto const& line : list->get_array())
        if (line.is_string()) std::printf("%s\n", line.get_string().c_str());
    return 0;
}

int tools_stop(const Call& call, const std::string& tool)
{
    auto const answer = ask_running_server(call.config, "tools.stop", {{"id", tool}});
    if (!answer) return print_error(answer.error());
    std::fputs(call.format == Format::json ? core::to_pretty_text(*answer).c_str() : "stopped\n", stdout);
    return 0;
}

} // namespace pix::cli

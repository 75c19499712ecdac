#include "app/tool_commands.h"

#include "core/base/text.h"
#include "tools/run_store.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

namespace {

using Answer = awaitable<Result<json::value>>;

std::string text_in(const json::object& arguments, const char* name)
{
    auto const* found = arguments.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

core::Error no_tool(const std::string& id)
{
    return {Errc::not_found, "there is no tool \"" + core::shorten(id, 100) + "\"", "`pix tools list` shows them all.",
            ""};
}

Answer list(tools::Tools& tools, json::object)
{
    json::array rows;
    for (auto const& tool : tools.list())
        rows.push_back(json::object{{"id", tool.id},
                                    {"name", tool.name},
                                    {"category", tool.category},
                                    {"status", tool.status},
                                    {"validation", tools.validation_of(tool.id).to_json()}});
    co_return json::value(std::move(rows));
}

Answer validate(tools::Tools& tools, json::object arguments)
{
    std::string const id = text_in(arguments, "id");
    auto const tool = tools.catalog().snapshot()->find(id);
    if (!tool) co_return std::unexpected(no_tool(id));
    PIX_CO_TRY(auto const report, co_await tools.validate(tool));
    auto const* summary = arguments.if_contains("summary");
    bool const brief = summary != nullptr && summary->is_bool() && summary->get_bool();
    co_return json::value(brief ? report.summary() : report.to_json());
}

Answer logs(tools::Tools& tools, json::object arguments)
{
    std::string const id = text_in(arguments, "id");
    auto const log = tools.launcher().log_of(id);
    if (!log)
        co_return fail(Errc::not_found, "the tool \"" + core::shorten(id, 100) + "\" is not warm",
                       "Run it first; its log goes with its process.");
    auto const* given = arguments.if_contains("limit");
    std::size_t const limit = given != nullptr && given->is_int64() && given->get_int64() > 0
                                  ? static_cast<std::size_t>(given->get_int64())
                                  : 50;
    json::array lines;
    for (auto const line : core::split(core::trim(*log), '\n')) lines.emplace_back(line);
    if (lines.size() > limit) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(limit));
    co_return json::value(json::object{{"tool_id", id}, {"lines", std::move(lines)}});
}

Answer stop(tools::Tools& tools, json::object arguments)
{
    std::string const id = text_in(arguments, "id");
    co_await tools.launcher().stop(id, "stopped from the command line");
    co_return json::value(json::object{{"status", "stopped"}, {"tool_id", id}});
}

Answer install(tools::Installer& installer, json::object arguments)
{
    std::string const id = text_in(arguments, "id");
    core::Actor actor = core::Actor::local();
    PIX_CO_TRY(auto const job, co_await installer.install(id, std::move(actor)));
    co_return json::value(json::object{{"job_id", job.text()}});
}

} // namespace

ControlCommands tool_commands(tools::Tools& tools, tools::Installer& installer)
{
    auto const bound = [&tools](Answer (*command)(tools::Tools&, json::object)) -> ControlCommand {
        return [&tools, command](json::object arguments) { return command(tools, std::move(arguments)); };
    };
    return {
        {"tools.list", bound(list)},
        {"tools.validate", bound(validate)},
        {"tools.logs", bound(logs)},
        {"tools.stop", bound(stop)},
        {"tools.install", [&installer](json::object arguments) { return install(installer, std::move(arguments)); }}};
}

awaitable<Result<std::string>> repeat_tool_run(tools::Tools& tools, jobs::Job job, core::Actor actor)
{
    auto const* payload = job.payload.if_object();
    std::string const run_id = payload == nullptr ? std::string() : text_in(*payload, "run_id");
    auto find = [run_id](store::Connection& tx) { return tools::run_store::find(tx, run_id); };
    PIX_CO_TRY(auto const before, co_await tools.database().read(find));
    if (!before) co_return fail(Errc::gone, "the run's inputs are no longer kept");
    auto const tool = tools.catalog().snapshot()->find(before->tool_id);
    if (!tool) co_return std::unexpected(no_tool(before->tool_id));
    if (tool->is_broken()) co_return fail(Errc::invalid, "tool.json of " + tool->id + " cannot be used; mend it first");
    PIX_CO_TRY(auto const inputs, core::parse_json(before->inputs_json, {.max_bytes = 512UL * 1024 * 1024}));
    tools::RunRequest request;
    request.tool = tool;
    request.plan = tools.plan_for(*tool);
    if (auto const* object = inputs.if_object()) request.inputs = *object;
    request.actor = std::move(actor);
    PIX_CO_TRY(auto const run, co_await tools.runs().start(std::move(request)));
    co_return "/tool/" + core::percent_encode(tool->id) + "/runs/" + run->id;
}

} // namespace pix::app

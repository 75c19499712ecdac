#include "tools/run_handlers.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/event_stream.h"
#include "core/http/html.h"
#include "tools/form_input.h"
#include "tools/output_view.h"
#include "tools/run_page.h"
#include "tools/tool_handlers.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using http::Response;

constexpr int default_runs = 20;
constexpr int most_runs = 1000;
constexpr auto keep_alive = std::chrono::seconds(15);
constexpr auto look_for_client = std::chrono::milliseconds(250);
constexpr std::size_t events_at_once = 200;

std::shared_ptr<const CatalogTool> find_tool(const http::Request& request, Tools& tools)
{
    return tools.catalog().snapshot()->find(request.param("tool_id"));
}

std::string error_html(const http::Request& request, Tools& tools, const RunFailure& failure,
                       const ErrorContext& context)
{
    return tools.frame().templates_for(request).render("parts/error_panel", error_view(request, failure, context));
}

std::string refresh_html(Tools& tools, const CatalogTool& tool)
{
    return tools.frame().templates().render("tool_refresh",
                                            refresh_view(tools.frame(), tool.id, tools.status_of(tool)));
}

std::string outputs_html(const http::Request& request, Tools& tools, const CatalogTool& tool,
                         const json::object& outputs, bool waiting)
{
    OutputPlace place;
    place.base = request.link_prefix();
    place.tool_id = tool.id;
    place.is_waiting = waiting;
    return tools.frame().templates_for(request).render("output_panel", output_panel_view(*tool.schema, outputs, place));
}

Response unknown_tool(const http::Request& request, Tools& tools)
{
    RunFailure failure;
    failure.kind = ErrorKind::spawn;
    failure.message = "There is no tool " + core::shorten(request.param("tool_id"), 100) + ".";
    ErrorContext context;
    context.tool_id = request.param("tool_id");
    context.tool_known = false;
    return Response::html(error_html(request, tools, failure, context)).with_status(404);
}

Response broken_tool(const http::Request& request, Tools& tools, const CatalogTool& tool)
{
    RunFailure failure;
    failure.kind = ErrorKind::spawn;
    failure.headline = "tool.json cannot be used";
    failure.message = "The tool cannot run until its tool.json is repaired.";
    for (const Problem& problem : tool.problems)
        failure.detail += problem.location + ": " + core::to_utf8(problem.message) + "\n";
    ErrorContext context;
    context.tool_id = tool.id;
    return Response::html(error_html(request, tools, failure, context)).with_status(404);
}

Response with_run_headers(Response response, const std::string& tool_id, const std::string& run_id, bool done)
{
    if (done) {
        response.set("X-Pixie-Run-Done", "1");
        response.set("HX-Trigger", "pix:run-done"); // the history loads itself again
    }
    // Ids of tools are plain text; one that cannot stand in a header is left out by set().
    response.set("X-Pixie-Tool-Id", tool_id);
    if (!run_id.empty()) response.set("X-Pixie-Run-Id", run_id);
    return response;
}

Result<FormInput> read_input(const http::Request& request, const ToolSchema& schema)
{
    if (request.media_type() == "application/json") {
        core::JsonLimits limits;
        limits.max_bytes = request.body().size();
        PIX_TRY(auto const body, request.json(limits));
        if (!body.is_object()) return fail(Errc::invalid, "the body must be a JSON object of inputs");
        return read_json_input(schema, body.get_object());
    }
    http::FormLimits limits;
    limits.parts = 10'000;
    limits.value_bytes = request.body().size();
    PIX_TRY(auto const form, request.form(limits));
    return read_form_input(schema, form);
}

/// Waits for the run; a client that goes away ends it only when it asked for that.
awaitable<void> wait_for_run(std::shared_ptr<http::Request> request, Tools& tools, std::shared_ptr<ActiveRun> run)
{
    if (request->query("cancel_on_disconnect") != "1") {
        co_await tools.runs().wait(run);
        co_return;
    }
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (!run->result) {
        if (request->client_gone()) {
            co_await tools.runs().cancel(run->request.tool->id, run->id);
            co_return;
        }
        pause.expires_after(look_for_client);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

json::object result_json(const ActiveRun& run, const json::object& outputs)
{
    const RunResult& result = *run.result;
    json::object body;
    body["run_id"] = run.id;
    body["tool_id"] = run.request.tool->id;
    body["status"] = name_of(result.status);
    body["outputs"] = outputs;
    body["error"] = nullptr;
    if (result.status == RunStatus::error) {
        json::object error;
        error["kind"] = name_of(result.failure.kind);
        error["message"] = result.failure.message;
        error["detail"] = result.failure.detail;
        body["error"] = std::move(error);
    }
    return body;
}

RunFailure cancelled_failure()
{
    RunFailure failure;
    failure.headline = "Cancelled";
    failure.message = "The run was cancelled.";
    return failure;
}

std::string event_text(const std::string& message)
{
    json::object data;
    data["message"] = message;
    return "event: error\ndata: " + core::to_text(data) + "\n\nevent: done\ndata: {}\n\n";
}

Response no_stream(const std::string& message)
{
    return Response::bytes(event_text(message), "text/event-stream").with_status(404);
}

awaitable<void> cancel_quietly(Tools& tools, std::string tool_id, std::string run_id)
{
    (void)co_await tools.runs().cancel(tool_id, run_id);
}

/// Sends what a live stream holds and what comes, to its end.
awaitable<void> send_events(std::shared_ptr<http::EventWriter> writer, std::shared_ptr<events::LiveStream> live,
                            std::int64_t after, Tools& tools, std::string tool_id, std::string cancel_run)
{
    bool sent = true;
    while (sent) {
        auto const page = co_await live->read_back(after, events_at_once);
        for (const auto& event : page.events) {
            std::string const name = event.kind == "data" ? std::string() : event.kind;
            auto const done = co_await writer->event(event.number, name, event.data);
            sent = done.has_value();
            if (!sent) break;
            after = event.number;
        }
        if (!sent || !page.events.empty()) continue;
        if (page.closed || live->is_closed()) break;
        co_await live->wait(after, keep_alive);
        if (live->last_number() == after && !live->is_closed()) {
            auto const done = co_await writer->comment();
            sent = done.has_value();
        }
    }
    if (sent) {
        // Nothing can be done for a client that is gone by now.
        (void)co_await writer->event(std::nullopt, "done", "{}");
    } else if (!cancel_run.empty()) {
        co_await cancel_quietly(tools, tool_id, cancel_run);
    }
}

/// A run whose events are no longer kept: its outputs as one event.
awaitable<void> send_outputs(std::shared_ptr<http::EventWriter> writer, json::object outputs, std::string problem)
{
    if (!outputs.empty()) {
        outputs["done"] = true;
        std::string const data = core::to_text(outputs);
        auto const sent = co_await writer->event(1, "", data);
        if (!sent) co_return;
    }
    if (!problem.empty()) {
        json::object error;
        error["message"] = problem;
        std::string const data = core::to_text(error);
        auto const sent = co_await writer->event(2, "error", data);
        if (!sent) co_return;
    }
    (void)co_await writer->event(std::nullopt, "done", "{}");
}

awaitable<Result<std::optional<Run>>> find_run(Tools& tools, std::string run_id)
{
    if (!core::is_uuid(run_id)) co_return std::optional<Run>();
    auto read = [run_id](store::Connection& tx) { return run_store::find(tx, run_id); };
    co_return co_await tools.database().read(std::move(read));
}

int limit_of(const http::Request& request)
{
    auto const text = request.query("limit");
    auto const number = text ? core::parse_int(*text) : std::nullopt;
    if (!number) return default_runs;
    return static_cast<int>(std::clamp<std::int64_t>(*number, 1, most_runs));
}

awaitable<Result<std::vector<Run>>> runs_of(Tools& tools, std::string tool_id, int limit)
{
    RunFilter filter;
    filter.tool_id = std::move(tool_id);
    filter.limit = limit;
    auto read = [filter](store::Connection& tx) { return run_store::list(tx, filter); };
    co_return co_await tools.database().read(std::move(read));
}

} // namespace

Reply run_tool(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto tool = find_tool(*request, tools);
    if (!tool) {
        // A folder that has just been added may not have been seen yet.
        auto const fresh = co_await tools.catalog().current();
        tool = fresh->find(request->param("tool_id"));
    }
    if (!tool) co_return unknown_tool(*request, tools);
    if (!tool->schema) co_return broken_tool(*request, tools, *tool);

    PIX_CO_TRY(auto input, read_input(*request, *tool->schema));
    ErrorContext context;
    context.tool_id = tool->id;
    context.inputs = input.submitted;
    bool const wants_json = request->accepts_json_first();
    if (!input.problems.empty()) {
        if (wants_json) co_return fail(Errc::unprocessable, input.message());
        RunFailure failure;
        failure.headline = "ValidationError";
        failure.message = input.message();
        for (const InputProblem& problem : input.problems)
            failure.detail += problem.key + ": " + problem.message + "\n";
        co_return with_run_headers(Response::html(error_html(*request, tools, failure, context)), tool->id, "", true);
    }

    RunRequest wanted;
    wanted.tool = tool;
    wanted.plan = tools.plan_for(*tool);
    wanted.inputs = std::move(input.values);
    wanted.files = std::move(input.files);
    wanted.actor = request->actor;
    std::string const asked_id(request->header("X-Pix-Run-Id"));
    if (core::is_uuid(asked_id)) wanted.run_id = asked_id;
    auto started = co_await tools.runs().start(std::move(wanted));
    if (!started) {
        if (wants_json) co_return std::unexpected(std::move(started).error());
        RunFailure failure;
        failure.message = "The run could not be accepted: " + started.error().message + ".";
        failure.hint = started.error().hint;
        co_return with_run_headers(Response::html(error_html(*request, tools, failure, context)), tool->id, "", true);
    }
    auto const run = *started;
    std::string const page = request->link(run_link(tool->id, run->id));
    bool const is_browser_without_script = request->accepts_html() && !request->is_htmx() && !wants_json;

    if (run->streamed && !wants_json) {
        if (is_browser_without_script) co_return with_run_headers(Response::see_other(page), tool->id, run->id, false);
        std::string cards = outputs_html(*request, tools, *tool, {}, true);
        json::object const view = streaming_view(*request, *run, std::move(cards));
        std::string body = tools.frame().templates_for(*request).render("tool_streaming", view);
        co_return with_run_headers(Response::html(std::move(body)), tool->id, run->id, false);
    }

    co_await wait_for_run(request, tools, run);
    const RunResult& result = *run->result;
    json::object outputs = result.outputs;
    if (result.status != RunStatus::error) {
        auto restored = co_await tools.runs().restored_outputs(run->id, result.outputs);
        if (restored) outputs = *std::move(restored);
    }
    if (wants_json) co_return with_run_headers(Response::json(result_json(*run, outputs)), tool->id, run->id, true);
    if (is_browser_without_script) co_return with_run_headers(Response::see_other(page), tool->id, run->id, true);
    std::string body;
    if (result.status == RunStatus::error)
        body = error_html(*request, tools, result.failure, context);
    else if (result.status == RunStatus::cancelled && outputs.empty())
        body = error_html(*request, tools, cancelled_failure(), context);
    else
        body = outputs_html(*request, tools, *tool, outputs, false);
    body += refresh_html(tools, *tool);
    co_return with_run_headers(Response::html(std::move(body)), tool->id, run->id, true);
}

Reply stream_run(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const run_id = request->query("run_id");
    if (!run_id || run_id->empty()) co_return fail(Errc::unprocessable, "the parameter run_id is missing");
    auto const tool = find_tool(*request, tools);
    if (!tool) co_return no_stream("There is no such tool.");
    auto const active = tools.runs().find(*run_id);
    bool const is_mine = active && active->request.tool->id == tool->id;
    std::optional<Run> row;
    if (!is_mine) {
        PIX_CO_TRY(row, co_await find_run(tools, *run_id));
        if (!row || row->tool_id != tool->id) co_return no_stream("There is no such run in the history of this tool.");
    }
    std::int64_t const after = request->last_event_id().value_or(0);
    bool const cancel = request->query("cancel_on_disconnect") == "1";
    std::string const cancel_run = cancel ? *run_id : std::string();
    http::EventSource source;
    if (auto live = tools.runs().events_of(*run_id)) {
        source = [&tools, live = std::move(live), after, tool_id = tool->id,
                  cancel_run](std::shared_ptr<http::EventWriter> writer) {
            return send_events(std::move(writer), live, after, tools, tool_id, cancel_run);
        };
    } else {
        if (is_mine) co_await tools.runs().wait(active);
        PIX_CO_TRY(row, co_await find_run(tools, *run_id));
        json::object outputs;
        std::string problem;
        if (row) {
            PIX_CO_TRY(outputs, co_await tools.runs().restored_outputs(row->id, row->outputs()));
            if (row->status == RunStatus::error) problem = row->failure().message;
        }
        source = [outputs = std::move(outputs), problem](std::shared_ptr<http::EventWriter> writer) {
            return send_outputs(std::move(writer), outputs, problem);
        };
    }
    Response response = Response::events(std::move(source));
    response.set("Cache-Control", "no-cache, no-transform");
    response.set("X-Accel-Buffering", "no");
    co_return response;
}

Reply cancel_tool_run(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const tool = find_tool(*request, tools);
    if (!tool) co_return unknown_tool(*request, tools);
    auto const run_id = request->query("run_id");
    if (!run_id || run_id->empty()) co_return fail(Errc::unprocessable, "the parameter run_id is missing");
    auto const outcome = co_await tools.runs().cancel(tool->id, *run_id);
    std::string text;
    switch (outcome) {
    case CancelOutcome::not_running: text = "The run is not running any more."; break;
    case CancelOutcome::ended: text = "Cancelled."; break;
    case CancelOutcome::process_stopped: text = "Cancelled. The tool did not react and was stopped."; break;
    }
    co_return Response::html("<p role=\"status\">" + core::escape_html(text) + "</p>");
}

Reply show_history(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const tool = find_tool(*request, tools);
    std::vector<Run> runs;
    if (tool) {
        PIX_CO_TRY(runs, co_await runs_of(tools, tool->id, limit_of(*request)));
    }
    if (request->accepts_json_first()) {
        json::array list;
        for (const Run& run : runs) list.push_back(listing_of(run));
        co_return Response::json(list);
    }
    json::object const view = history_view(*request, request->param("tool_id"), runs);
    co_return Response::html(tools.frame().templates_for(*request).render("tool_history", view));
}

Reply show_past_run(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto tool = find_tool(*request, tools);
    if (!tool) co_return fail(Errc::not_found, "There is no such tool.");
    std::string run_id = request->param("run_id");
    co_return co_await past_run(request, tools, std::move(tool), std::move(run_id));
}

Reply past_run(std::shared_ptr<http::Request> request, Tools& tools, std::shared_ptr<const CatalogTool> tool,
               std::string run_id)
{
    PIX_CO_TRY(auto run, co_await find_run(tools, run_id));
    if (!run || run->tool_id != tool->id)
        co_return fail(Errc::not_found, "This run is not in the history of the tool.");

    std::string body;
    if (tool->schema) {
        ErrorContext context;
        context.tool_id = tool->id;
        context.inputs = run->inputs();
        auto const active = tools.runs().find(run->id);
        if (run->status == RunStatus::running && active && active->streamed) {
            std::string cards = outputs_html(*request, tools, *tool, {}, true);
            json::object const view = streaming_view(*request, *active, std::move(cards));
            body = tools.frame().templates_for(*request).render("tool_streaming", view);
        } else if (run->status == RunStatus::error) {
            body = error_html(*request, tools, run->failure(), context);
        } else {
            PIX_CO_TRY(auto const outputs, co_await tools.runs().restored_outputs(run->id, run->outputs()));
            if (outputs.empty() && run->status == RunStatus::cancelled)
                body = error_html(*request, tools, cancelled_failure(), context);
            else
                body = outputs_html(*request, tools, *tool, outputs, run->status == RunStatus::running);
        }
    }
    if (request->is_htmx() && request->header("HX-Target") == "output-panel") co_return Response::html(std::move(body));
    co_return co_await tool_page(request, tools, tool, std::move(run), std::move(body));
}

Reply list_tool_runs(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const tool = find_tool(*request, tools);
    if (!tool) co_return fail(Errc::not_found, "There is no such tool.");
    PIX_CO_TRY(auto const runs, co_await runs_of(tools, tool->id, limit_of(*request)));
    json::array list;
    for (const Run& run : runs) list.push_back(listing_of(run));
    co_return Response::json(list);
}

Reply load_run(std::shared_ptr<http::Request> request, Tools& tools)
{
    PIX_CO_TRY(auto const run, co_await find_run(tools, request->param("run_id")));
    if (!run) co_return fail(Errc::not_found, "There is no such run.");
    auto read = [id = run->id](store::Connection& tx) { return run_store::count_artefacts(tx, id); };
    PIX_CO_TRY(auto const count, co_await tools.database().read(std::move(read)));
    json::object body = listing_of(*run);
    body["meta"] = run->meta();
    body["artefact_count"] = count;
    co_return Response::json(body);
}

Reply artefact_file(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const id = core::parse_int(request->param("id"), false);
    if (!id) co_return fail(Errc::not_found, "There is no such artefact.");
    auto read = [id = *id](store::Connection& tx) { return run_store::find_artefact(tx, id); };
    PIX_CO_TRY(auto const artefact, co_await tools.database().read(std::move(read)));
    if (!artefact) co_return fail(Errc::not_found, "There is no such artefact.");
    auto resolve = [&tools, path = artefact->rel_path] { return tools.runs().artefacts().resolve(path); };
    PIX_CO_TRY(auto path, co_await core::run_on(tools.pool(), std::move(resolve)));
    auto const download = request->query("download");
    bool const save = download && *download != "0" && *download != "false" && !download->empty();
    co_return Response::file(std::move(path), artefact->mime, save ? artefact->filename : std::string());
}

} // namespace pix::tools

// The streaming half of RunService: the tool's events are relayed as they come, and added up.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/base/json.h"
#include "tools/run_service.h"
#include "tools/stream_event.h"
#include "tools/streamed_outputs.h"

namespace pix::tools {

namespace {

using core::Errc;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

milliseconds left_until(Steady::time_point until)
{
    return std::max(std::chrono::duration_cast<milliseconds>(until - Steady::now()), milliseconds(1));
}

/// As our own readers see it: data as it is, names of outputs with a prefix so that they never mean our own events.
void tell(const std::shared_ptr<events::LiveStream>& live, const StreamEvent& event)
{
    if (!live || event.name == "done" || event.name == "error") return;
    live->append(event.name == "message" ? std::string("data") : "output:" + event.name, event.data);
}

RunFailure failed_with(std::string message, const WarmTool& tool)
{
    RunFailure failure;
    failure.message = tool.mask.apply(std::move(message));
    failure.detail = tool.stderr_tail();
    return failure;
}

} // namespace

awaitable<RunService::Outcome> RunService::relay(std::shared_ptr<ActiveRun> run, std::shared_ptr<WarmTool> tool,
                                                 Outcome initial, Steady::time_point until)
{
    const ToolSchema& schema = *run->request.tool->schema;
    if (run->live && !initial.outputs.empty()) {
        json::object first = initial.outputs;
        first["done"] = false;
        run->live->append("data", core::to_text(first));
    }
    http::ClientRequest request;
    request.port = tool->port;
    request.target = "/stream?run_id=" + run->id;
    request.headers.emplace_back("Accept", "text/event-stream");
    request.deadline = left_until(until);
    auto stream = co_await client_.stream(std::move(request), run->cancellation);
    if (!stream) co_return co_await broken(run, tool, std::move(stream).error(), run->request.plan.limit());
    int const status = (*stream)->status();
    if (status < 200 || status > 299) {
        // What only looks as if it streamed may have said everything in its answer to /run.
        if (!schema.is_streaming() && (status == 404 || status == 405)) co_return initial;
        co_return Outcome::failed(
            failed_with("The tool's /stream answered with status " + std::to_string(status) + ".", *tool));
    }

    StreamedOutputs values(schema, std::move(initial.outputs));
    StreamEventParser parser;
    bool closed = false;
    while (!closed && !values.has_ended()) {
        auto piece = co_await (*stream)->next(left_until(until));
        if (!piece) {
            if (run->cancel_requested) break;
            co_return co_await broken(run, tool, std::move(piece).error(), run->request.plan.limit());
        }
        core::Result<std::vector<StreamEvent>> events;
        if (*piece) {
            events = parser.feed(**piece);
        } else {
            closed = true;
            events = std::vector<StreamEvent>();
            if (auto last = parser.finish()) events->push_back(*std::move(last));
        }
        if (!events) co_return Outcome::failed(failed_with(events.error().message, *tool));
        for (const StreamEvent& event : *events) {
            tell(run->live, event);
            auto const change = values.apply(event);
            if (!change) co_return Outcome::failed(failed_with(change.error().message, *tool));
            if (!change->error.empty()) co_return Outcome::failed(failed_with(change->error, *tool));
            if (change->ended) break;
        }
        if (Steady::now() >= until) {
            core::Error late{Errc::timeout, "the stream did not end in time", "", ""};
            co_return co_await broken(run, tool, std::move(late), run->request.plan.limit());
        }
    }
    if (closed && !values.has_ended() && !run->cancel_requested) {
        // A close is an end, unless the tool's process has gone with it.
        asio::steady_timer pause(executor_);
        for (int i = 0; i < 10 && !tool->dead; ++i) {
            pause.expires_after(milliseconds(20));
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (tool->dead || tool->stopping) {
            core::Error lost{Errc::bad_gateway, "the stream broke off", "", ""};
            co_return co_await broken(run, tool, std::move(lost), run->request.plan.limit());
        }
    }
    Outcome outcome;
    outcome.outputs = values.values();
    co_return outcome;
}

} // namespace pix::tools

#include "app/runs_handlers.h"

#include "app/runs_page.h"
#include "core/http/door.h"
#include "core/http/event_stream.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;
using http::Response;
namespace json = boost::json;

namespace {

constexpr int page_size = 50;
constexpr const char* stream_name = "jobs";

/// A job that this door may show.
awaitable<Result<jobs::Job>> find_job(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    jobs::JobId id(request->param("job_id"));
    auto job = co_await pages.queue.load(id);
    if (job && request->door().kind() == http::DoorKind::tools && job->area != "tools")
        job = fail(Errc::not_found, "there is no run " + id.text());
    co_return job;
}

awaitable<Result<json::object>> list_view(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    auto const query = RunsQuery::of(*request);
    PIX_CO_TRY(auto filter, query.filter(*request));
    // The number is read first: what happens while the page is made is then sent to it once more, never missed.
    auto const after = co_await pages.journal.last_number(stream_name);
    PIX_CO_TRY(auto const page, co_await pages.queue.list(std::move(filter), query.cursor, page_size));
    co_return runs_view(*request, pages.frame, query, page, after.value_or(0), pages.clock.now());
}

/// After a change: a form's page is shown again, a script gets a message.
Response changed(const http::Request& request, const std::string& link, const std::string& text)
{
    if (!request.is_htmx()) return Response::see_other(link);
    auto response = Response::empty();
    json::object const toast{{"pixie:toast", json::object{{"text", text}, {"kind", "info"}}}};
    response.set("HX-Trigger", core::to_text(toast));
    return response;
}

} // namespace

Reply show_runs(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    PIX_CO_TRY(auto const view, co_await list_view(request, pages));
    http::PageInfo info;
    info.title = pages.frame.text_for(*request, "runs.title");
    info.active = "runs";
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(
        pages.frame.page(*request, info, pages.frame.templates_for(*request).render("runs", view)));
}

Reply show_runs_list(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    PIX_CO_TRY(auto const view, co_await list_view(request, pages));
    co_return Response::html(pages.frame.templates_for(*request).render("runs_list", view));
}

Reply show_run(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    auto const after = co_await pages.journal.last_number(stream_name);
    PIX_CO_TRY(auto const job, co_await find_job(request, pages));
    bool const has_log = pages.streams.find_spooled("job-log/" + job.id.text()) != nullptr;
    auto const view = run_view(*request, pages.frame, job, after.value_or(0), has_log, pages.clock.now());
    http::PageInfo info;
    info.title = job.title;
    info.active = "runs/" + job.id.text();
    info.crumbs.push_back({pages.frame.text_for(*request, "runs.title"), "/runs"});
    info.crumbs.push_back({job.title, ""});
    co_return Response::html(pages.frame.page(*request, info, pages.frame.templates_for(*request).render("run", view)));
}

Reply show_run_log(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    PIX_CO_TRY(auto const job, co_await find_job(request, pages));
    auto const stream = pages.streams.find_spooled("job-log/" + job.id.text());
    if (!stream) co_return fail(Errc::not_found, "the run " + job.id.text() + " has no log");
    auto write = [](std::shared_ptr<events::LiveStream> log, std::shared_ptr<http::BodyWriter> out) -> awaitable<void> {
        std::int64_t after = 0;
        for (;;) {
            auto const page = co_await log->read_back(after, 500);
            std::string text;
            for (auto const& event : page.events) {
                text += event.data;
                text += '\n';
                after = event.number;
            }
            if (!text.empty()) {
                auto const written = co_await out->write(std::move(text));
                if (!written) co_return;
            }
            if (page.closed || (page.events.empty() && log->is_closed()) || out->client_gone()) co_return;
            if (page.events.empty()) co_await log->wait(after, std::chrono::seconds(15));
        }
    };
    http::Writer writer = [stream, write](std::shared_ptr<http::BodyWriter> out) {
        return write(stream, std::move(out));
    };
    co_return Response::stream("text/plain; charset=utf-8", std::move(writer));
}

Reply cancel_run(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    PIX_CO_TRY(auto const job, co_await find_job(request, pages));
    core::Actor actor = request->actor;
    PIX_CO_CHECK(co_await pages.queue.request_cancel(job.id, std::move(actor)));
    co_return changed(*request, request->door().options().base_path + "/runs/" + job.id.text(),
                      pages.frame.text_for(*request, "runs.cancel_asked"));
}

Reply repeat_run(std::shared_ptr<http::Request> request, RunsPages& pages)
{
    PIX_CO_TRY(auto job, co_await find_job(request, pages));
    if (!jobs::is_final(job.state)) co_return fail(Errc::conflict, "the run " + job.id.text() + " has not ended yet");
    core::Actor actor = request->actor;
    std::string link;
    if (auto const repeat = pages.repeats.find(job.kind); repeat != pages.repeats.end()) {
        std::string const area = job.area;
        PIX_CO_TRY(auto const page, co_await repeat->second(std::move(job), std::move(actor)));
        link = area_link(*request, area, page);
    } else {
        PIX_CO_TRY(auto const id, co_await pages.queue.repeat(job.id, std::move(actor)));
        link = request->door().options().base_path + "/runs/" + id.text();
    }
    co_return changed(*request, link, pages.frame.text_for(*request, "runs.repeated"));
}

} // namespace pix::app

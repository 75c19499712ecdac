#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/base/text.h"
#include "core/http/event_stream.h"
#include "workbench/git/git_handlers.h"
#include "workbench/git/git_views.h"

namespace pix::workbench {

using http::Response;
namespace json = boost::json;

namespace {

GitResult<CloneRequest> clone_in(const http::Request& request)
{
    PIX_TRY(auto const asked, GitRequest::read(request, false));
    CloneRequest made;
    PIX_TRY(made.url, asked.needed("url", "githubUrl"));
    PIX_TRY(made.path, asked.needed("path", "projectPath"));
    PIX_TRY(made.branch, asked.text("branch"));
    PIX_TRY(made.depth, asked.number("depth", 0, 0, 1'000'000));
    return made;
}

/// What the clone and the stream of its progress share.
struct Cloning {
    explicit Cloning(const asio::any_io_executor& io) : changed(io) {}
    asio::steady_timer changed; ///< cancelled when there is news
    std::optional<CloneProgress> progress;
    std::optional<GitResult<std::string>> outcome;
};

awaitable<void> run_clone(std::shared_ptr<Cloning> cloning, Git& git, CloneRequest request)
{
    auto tell = [cloning](CloneProgress progress) {
        cloning->progress = std::move(progress);
        cloning->changed.cancel();
    };
    auto outcome = co_await git.clone(std::move(request), std::move(tell));
    cloning->outcome.emplace(std::move(outcome));
    cloning->changed.cancel();
}

awaitable<void> tell_clone(std::shared_ptr<Cloning> cloning, std::shared_ptr<http::EventWriter> events,
                           std::shared_ptr<http::Request> request)
{
    while (true) {
        if (auto const progress = std::exchange(cloning->progress, std::nullopt)) {
            json::object const data{{"stage", progress->stage}, {"percent", progress->percent}};
            if (!co_await events->event(std::nullopt, "progress", core::to_text(data))) co_return;
        }
        if (cloning->outcome) break;
        if (cloning->progress) continue;
        cloning->changed.expires_after(std::chrono::seconds(15));
        boost::system::error_code news;
        co_await cloning->changed.async_wait(asio::redirect_error(asio::use_awaitable, news));
        if (!news && !co_await events->comment()) co_return;
    }
    if (*cloning->outcome) {
        json::object const data{{"success", true}, {"path", core::to_utf8(**cloning->outcome)}};
        co_await events->event(std::nullopt, "done", core::to_text(data));
    } else {
        auto const refusal = git_refusal(cloning->outcome->error(), *request);
        co_await events->event(std::nullopt, "error", std::get<std::string>(refusal.body));
    }
}

} // namespace

awaitable<core::Result<Response>> clone_repository(std::shared_ptr<http::Request> request, Git& git)
{
    auto asked = clone_in(*request);
    if (!asked) co_return git_refusal(asked.error(), *request);
    if (!request->header("Accept").contains("text/event-stream")) {
        auto const cloned = co_await git.clone(*std::move(asked), nullptr);
        if (!cloned) co_return git_refusal(cloned.error(), *request);
        co_return Response::json(json::object{{"success", true}, {"path", core::to_utf8(*cloned)}});
    }
    auto const io = co_await asio::this_coro::executor;
    auto const cloning = std::make_shared<Cloning>(io);
    auto clone = run_clone(cloning, git, *std::move(asked));
    git.in_background(io, std::move(clone));
    http::EventSource source = [cloning, request](std::shared_ptr<http::EventWriter> events) {
        return tell_clone(cloning, std::move(events), request);
    };
    co_return Response::events(std::move(source));
}

awaitable<core::Result<Response>> show_git_identity(std::shared_ptr<http::Request> request, Git& git)
{
    auto const identity = co_await git.identity();
    if (!identity) co_return git_refusal(identity.error(), *request);
    co_return Response::json(json::object{
        {"success", true}, {"gitName", core::to_utf8(identity->name)}, {"gitEmail", core::to_utf8(identity->email)}});
}

awaitable<core::Result<Response>> save_git_identity(std::shared_ptr<http::Request> request, Git& git)
{
    auto const asked = GitRequest::read(*request, false);
    if (!asked) co_return git_refusal(asked.error(), *request);
    GitIdentity identity;
    auto name = asked->needed("gitName");
    if (!name) co_return git_refusal(name.error(), *request);
    identity.name = *std::move(name);
    auto email = asked->needed("gitEmail");
    if (!email) co_return git_refusal(email.error(), *request);
    identity.email = *std::move(email);
    auto const done = co_await git.set_identity(identity);
    if (!done) co_return git_refusal(done.error(), *request);
    co_return Response::json(json::object{{"success", true}, {"gitName", identity.name}, {"gitEmail", identity.email}});
}

} // namespace pix::workbench

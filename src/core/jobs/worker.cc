#include "core/jobs/worker.h"

#include <spdlog/spdlog.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

namespace pix::jobs {

namespace {

/// Tries to store a result while the disk is full or the database away; after that the lease decides.
constexpr int most_tries = 5;

bool may_pass(core::Errc code)
{
    return code == core::Errc::unavailable || code == core::Errc::timeout || code == core::Errc::bad_gateway ||
           code == core::Errc::limit;
}

/// A timer's wait that ends early when the timer is cancelled.
awaitable<void> wait_until(asio::steady_timer& timer, std::chrono::steady_clock::time_point time)
{
    timer.expires_at(time);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer.async_wait(token);
}

} // namespace

struct Worker::Waker {
    asio::any_io_executor executor;
    std::atomic<bool> posted = false;
    Worker* worker = nullptr; ///< io thread only; null once the worker is gone

    static void wake(const std::shared_ptr<Waker>& waker)
    {
        if (waker->posted.exchange(true)) return;
        asio::post(waker->executor, [waker] {
            waker->posted = false;
            if (waker->worker != nullptr) waker->worker->wake();
        });
    }
};

Worker::Worker(Queue& queue, asio::any_io_executor executor, WorkerOptions options)
    : queue_(queue), executor_(std::move(executor)), options_(std::move(options)),
      mark_(ProcessMark::of_this_process(options_.host)), waker_(std::make_shared<Waker>()), timer_(executor_)
{
    waker_->executor = executor_;
    waker_->worker = this;
    queue_.on_change([waker = waker_] { Waker::wake(waker); });
    auto const now = std::chrono::steady_clock::now();
    next_poll_ = next_progress_ = last_renewed_ = now;
    next_renew_ = now + options_.renew;
}

Worker::~Worker()
{
    waker_->worker = nullptr;
}

void Worker::handle(std::string kind, JobHandler handler, int at_once)
{
    kinds_[std::move(kind)] = Kind{std::move(handler), at_once, 0};
}

void Worker::wake()
{
    woken_ = true;
    timer_.cancel();
}

void Worker::stop()
{
    if (!stop_asked_at_) stop_asked_at_ = std::chrono::steady_clock::now();
    wake();
}

awaitable<void> Worker::listen(events::Bus& bus)
{
    auto subscription = bus.subscribe("jobs");
    asio::steady_timer pause(executor_);
    while (!stop_asked_at_) {
        auto const moved = co_await subscription.changed(options_.poll);
        if (moved.closed) co_return;
        if (moved.streams.empty() && !moved.lagged) continue;
        wake();
        co_await wait_until(pause, std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
    }
}

awaitable<core::Result<void>> Worker::open()
{
    auto add = [this](store::Connection& tx) { return queue_.add_worker(tx, id_, mark_); };
    core::Result<void> const added = co_await queue_.database().write(add);
    if (!added) co_return std::unexpected(added.error());
    co_await reap_jobs();
    co_return core::Result<void>();
}

std::shared_ptr<JobContext> Worker::hold(Job job, Kind* kind)
{
    auto on_progress = [waker = waker_] {
        Worker* const worker = waker->worker;
        if (worker == nullptr || worker->progress_waits_) return;
        worker->progress_waits_ = true;
        // Not woken_: there is no new work, only the time of the next step changes.
        worker->timer_.cancel();
    };
    auto context = std::make_shared<JobContext>(queue_, executor_, std::move(job), std::move(on_progress));
    context->start_deadline();
    if (running_.empty()) last_renewed_ = std::chrono::steady_clock::now();
    running_[context->job.id] = Running{context, kind};
    if (kind != nullptr) ++kind->running;
    return context;
}

void Worker::let_go(const JobId& id)
{
    auto const found = running_.find(id);
    if (found == running_.end()) return;
    found->second.context->deadline_.cancel();
    if (found->second.kind != nullptr) --found->second.kind->running;
    running_.erase(found);
    wake();
}

std::shared_ptr<JobContext> Worker::adopt(Job job)
{
    return hold(std::move(job), nullptr);
}

void Worker::release(const JobId& id)
{
    let_go(id);
}

void Worker::cancel(const Claim& claim, CancelReason reason)
{
    auto const found = running_.find(claim.id);
    // Ended, or ended and claimed again, since the database was asked.
    if (found == running_.end() || found->second.context->job.epoch != claim.epoch) return;
    // Its functions may let the job go.
    auto const context = found->second.context;
    context->cancel(reason);
}

awaitable<void> Worker::run_job(std::shared_ptr<JobContext> context, JobHandler handler)
{
    core::Result<std::string> result;
    try {
        result = co_await handler(context);
    } catch (const std::exception& error) {
        spdlog::error("job {} ({}) threw: {}", context->job.id.text(), context->job.kind, error.what());
        result = core::fail(core::Errc::internal, "an internal error stopped this job");
    }
    co_await settle(context, std::move(result));
    let_go(context->job.id);
}

awaitable<void> Worker::settle(std::shared_ptr<JobContext> context, core::Result<std::string> result)
{
    if (context->is_finished()) co_return;
    JobState state = JobState::succeeded;
    std::string message;
    bool again = false;
    bool hand_back = false;
    if (result) {
        message = *std::move(result);
    } else {
        message = result.error().message;
        again = may_pass(result.error().code);
        switch (context->reason()) {
        case CancelReason::none: state = JobState::failed; break;
        case CancelReason::asked: state = JobState::cancelled; break;
        case CancelReason::deadline:
            state = JobState::failed;
            message = "took longer than " + std::to_string(context->job.deadline.count() / 1000) + " s";
            again = false;
            break;
        case CancelReason::lost: co_return;
        case CancelReason::stopping: hand_back = true; break;
        }
        if (context->reason() == CancelReason::none && result.error().code == core::Errc::cancelled) {
            state = JobState::cancelled;
        }
    }
    asio::steady_timer pause(executor_);
    for (int tries = 1; tries <= most_tries; ++tries) {
        auto store = [this, context, state, message, again, hand_back](store::Connection& tx) {
            const Job& job = context->job;
            return hand_back ? queue_.hand_back(tx, job.id, job.epoch)
                             : queue_.settle(tx, job.id, job.epoch, state, message, again);
        };
        auto const stored = co_await queue_.database().write(store, store::Durability::full);
        if (stored) co_return;
        spdlog::warn("job {}: the result was not stored: {}", context->job.id.text(), stored.error().message);
        if (stored.error().code != core::Errc::unavailable || context->reason() == CancelReason::lost) co_return;
        co_await wait_until(pause, std::chrono::steady_clock::now() + std::chrono::seconds(1 << (tries - 1)));
    }
}

awaitable<void> Worker::claim_jobs()
{
    for (;;) {
        // The kinds with a free place, and as many jobs as each of them can take: no kind gets more than it may.
        std::vector<std::string> kinds;
        int limit = 32;
        for (const auto& [name, kind] : kinds_) {
            if (kind.running >= kind.at_once) continue;
            kinds.push_back(name);
            limit = std::min(limit, kind.at_once - kind.running);
        }
        if (kinds.empty()) co_return;
        auto take = [this, kinds, limit](store::Connection& tx) { return queue_.claim(tx, id_, kinds, limit); };
        auto const jobs = co_await queue_.database().write(take);
        if (!jobs) {
            spdlog::warn("no job was claimed: {}", jobs.error().message);
            co_return;
        }
        for (const Job& job : *jobs) {
            Kind& kind = kinds_.find(job.kind)->second;
            auto const context = hold(job, &kind);
            asio::co_spawn(executor_, run_job(context, kind.handler), asio::detached);
        }
        if (jobs->size() < static_cast<std::size_t>(limit) || stop_asked_at_) co_return;
    }
}

awaitable<void> Worker::renew_leases()
{
    auto const asked_at = std::chrono::steady_clock::now();
    std::vector<Claim> claims;
    claims.reserve(running_.size());
    for (const auto& [id, running] : running_) claims.push_back({id, running.context->job.epoch});
    auto renew = [this, claims](store::Connection& tx) { return queue_.renew(tx, id_, claims); };
    auto const renewal = co_await queue_.database().write(renew);
    if (renewal) {
        last_renewed_ = asked_at;
        for (const Claim& claim : renewal->fenced) cancel(claim, CancelReason::lost);
        for (const Claim& claim : renewal->cancel) cancel(claim, CancelReason::asked);
        co_return;
    }
    spdlog::warn("leases were not renewed: {}", renewal.error().message);
    if (std::chrono::steady_clock::now() - last_renewed_ < options_.give_up) co_return;
    for (const Claim& claim : claims) cancel(claim, CancelReason::lost);
}

awaitable<void> Worker::reap_jobs()
{
    for (;;) {
        auto reap = [this](store::Connection& tx) { return queue_.reap(tx, mark_); };
        auto const moved = co_await queue_.database().write(reap, store::Durability::full);
        if (!moved) {
            spdlog::warn("lost jobs were not looked for: {}", moved.error().message);
            co_return;
        }
        if (*moved == 0) co_return;
    }
}

awaitable<void> Worker::look_for_cancels()
{
    auto look = [this](store::Connection& tx) { return queue_.cancel_requests(tx, id_); };
    auto const ids = co_await queue_.database().read(look);
    if (!ids) co_return;
    for (const JobId& id : *ids) {
        auto const found = running_.find(id);
        if (found != running_.end()) cancel({id, found->second.context->job.epoch}, CancelReason::asked);
    }
}

awaitable<void> Worker::save_progress()
{
    struct Step {
        JobId id;
        std::int64_t epoch;
        double fraction;
        std::string text;
    };
    std::vector<Step> steps;
    for (const auto& [id, running] : running_) {
        auto unsaved = std::exchange(running.context->unsaved_, std::nullopt);
        if (!unsaved) continue;
        steps.push_back({id, running.context->job.epoch, unsaved->fraction, std::move(unsaved->text)});
    }
    for (const Step& step : steps) {
        // One transaction each: a job that ended meanwhile spoils only its own.
        auto save = [this, step](store::Connection& tx) {
            return queue_.progress(tx, step.id, step.epoch, step.fraction, step.text);
        };
        auto const saved = co_await queue_.database().write(save);
        if (!saved) spdlog::debug("job {}: progress was not stored: {}", step.id.text(), saved.error().message);
    }
}

awaitable<void> Worker::hand_back_rest()
{
    std::vector<std::shared_ptr<JobContext>> rest;
    rest.reserve(running_.size());
    for (const auto& [id, running] : running_) rest.push_back(running.context);
    for (const auto& context : rest) {
        if (context->is_finished() || context->reason() == CancelReason::lost) continue;
        auto back = [this, context](store::Connection& tx) {
            return queue_.hand_back(tx, context->job.id, context->job.epoch);
        };
        auto const handed = co_await queue_.database().write(back, store::Durability::full);
        if (!handed) spdlog::debug("job {}: not handed back: {}", context->job.id.text(), handed.error().message);
    }
}

bool Worker::shall_end()
{
    if (!stop_asked_at_) return false;
    if (running_.empty()) return true;
    auto const since = std::chrono::steady_clock::now() - *stop_asked_at_;
    if (since >= options_.drain && !cancelled_rest_) {
        cancelled_rest_ = true;
        std::vector<Claim> claims;
        claims.reserve(running_.size());
        for (const auto& [id, running] : running_) claims.push_back({id, running.context->job.epoch});
        for (const Claim& claim : claims) cancel(claim, CancelReason::stopping);
    }
    return running_.empty() || since >= options_.drain + options_.grace;
}

Worker::Time Worker::next_time() const
{
    Time next = std::min(next_poll_, next_renew_);
    if (progress_waits_) next = std::min(next, next_progress_);
    if (stop_asked_at_) {
        Time const end = *stop_asked_at_ + options_.drain;
        next = std::min(next, cancelled_rest_ ? end + options_.grace : end);
    }
    return next;
}

awaitable<void> Worker::run()
{
    // A failure of one step is a warning and the next turn; nothing here may end the loop.
    while (!shall_end()) {
        auto now = std::chrono::steady_clock::now();
        if (woken_ || now >= next_poll_) {
            woken_ = false;
            // A few percent of chance, so that many servers do not ask in step.
            next_poll_ = now + options_.poll + options_.poll * (now.time_since_epoch().count() % 10) / 100;
            if (!stop_asked_at_) co_await claim_jobs();
            if (!running_.empty()) co_await look_for_cancels();
        }
        if (now >= next_renew_) {
            next_renew_ = now + options_.renew;
            if (!running_.empty()) co_await renew_leases();
            co_await reap_jobs();
        }
        if (progress_waits_ && now >= next_progress_) {
            progress_waits_ = false;
            next_progress_ = now + options_.progress;
            co_await save_progress();
        }
        if (!woken_ && !shall_end()) co_await wait_until(timer_, next_time());
    }
    co_await hand_back_rest();
    auto remove = [this](store::Connection& tx) { return queue_.remove_worker(tx, id_); };
    auto const removed = co_await queue_.database().write(remove);
    if (!removed) spdlog::warn("this worker is still listed: {}", removed.error().message);
}

} // namespace pix::jobs

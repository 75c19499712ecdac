#include "core/jobs/job_context.h"

namespace pix::jobs {

JobContext::JobContext(Queue& queue, const asio::any_io_executor& executor, Job given,
                       std::function<void()> on_progress)
    : job(std::move(given)), queue_(queue), on_progress_(std::move(on_progress)), deadline_(executor)
{}

void JobContext::on_cancel(std::function<void()> fn)
{
    if (cancelled()) {
        fn();
    } else {
        on_cancel_.push_back(std::move(fn));
    }
}

void JobContext::cancel(CancelReason reason)
{
    // The lease is the one reason that outweighs another: nothing of this job may be stored any more.
    if (cancelled()) {
        if (reason == CancelReason::lost) reason_ = reason;
        return;
    }
    reason_ = reason;
    deadline_.cancel();
    auto const functions = std::exchange(on_cancel_, {});
    for (const auto& function : functions) function();
}

void JobContext::start_deadline()
{
    if (job.deadline.count() <= 0) return;
    deadline_.expires_after(job.deadline);
    deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        auto const context = weak.lock();
        if (!error && context) context->cancel(CancelReason::deadline);
    });
}

void JobContext::progress(double fraction, std::string text)
{
    unsaved_ = Progress{fraction, std::move(text)};
    on_progress_();
}

core::Result<void> JobContext::finish(store::Connection& tx, JobState state, std::string_view message)
{
    PIX_CHECK(queue_.finish(tx, job.id, job.epoch, state, message));
    tx.after_commit([finished = finished_] { *finished = true; });
    return {};
}

} // namespace pix::jobs

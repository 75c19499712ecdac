#include "core/store/lane.h"

#include <malloc.h>

#include <chrono>

namespace pix::store {

namespace {

thread_local bool on_store_thread = false;

constexpr int most_tries = 5;
/// A guess: short enough that nobody waits for memory, long enough that a page load does not reopen its caches.
constexpr auto idle_time = std::chrono::seconds(5);

} // namespace

Lane::Lane(Opener opener, std::size_t max_threads, std::size_t max_waiting)
    : opener_(std::move(opener)), max_threads_(max_threads), max_waiting_(max_waiting)
{}

bool Lane::is_store_thread()
{
    return on_store_thread;
}

void Lane::start_with(std::unique_ptr<Session> session)
{
    std::lock_guard const lock(mutex_);
    add_thread(std::move(session));
}

void Lane::add_thread(std::unique_ptr<Session> session)
{
    threads_.emplace_back([this, session = std::move(session)]() mutable { work(std::move(session)); });
}

core::Result<void> Lane::submit(Transaction transaction)
{
    {
        std::lock_guard const lock(mutex_);
        if (stopping_) return core::fail(core::Errc::unavailable, "the database is closed");
        if (waiting_.size() >= max_waiting_) {
            return core::fail(core::Errc::unavailable, "the database is busy: too many requests wait for it",
                              "Try again in a moment.");
        }
        waiting_.push_back(std::move(transaction));
        if (waiting_.size() > free_threads_ && threads_.size() < max_threads_) {
            try {
                add_thread(nullptr);
            } catch (const std::system_error&) {
                // Without a single thread nobody would ever run it.
                if (threads_.empty()) {
                    waiting_.pop_back();
                    return core::fail(core::Errc::unavailable, "no thread can be started for the database");
                }
            }
        }
    }
    wake_.notify_one();
    return {};
}

void Lane::stop()
{
    std::vector<std::thread> threads;
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads) thread.join();
}

void Lane::work(std::unique_ptr<Session> session)
{
    on_store_thread = true;
    bool holds_memory = true;
    std::unique_lock lock(mutex_);
    for (;;) {
        ++free_threads_;
        auto const ready = [this] { return stopping_ || !waiting_.empty(); };
        if (holds_memory && !wake_.wait_for(lock, idle_time, ready)) {
            holds_memory = false;
            if (session) {
                lock.unlock();
                session->release_memory();
                // Freed pages of a large transaction otherwise stay with this thread's part of the heap.
                ::malloc_trim(0);
                lock.lock();
            }
        }
        wake_.wait(lock, ready);
        --free_threads_;
        if (waiting_.empty()) return;
        Transaction transaction = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        run(session, transaction);
        transaction = {};
        holds_memory = true;
        lock.lock();
    }
}

void Lane::run(std::unique_ptr<Session>& session, Transaction& transaction)
{
    Outcome outcome;
    for (int tries = 1;; ++tries) {
        if (session && !session->is_usable()) session.reset();
        if (!session) {
            auto opened = opener_();
            if (!opened) {
                outcome = {std::unexpected(std::move(opened).error()), nullptr};
                break;
            }
            session = *std::move(opened);
        }
        outcome = run_transaction(*session, transaction.access, transaction.durability, transaction.body);
        bool const again = !outcome.result && !outcome.exception && session->may_retry() && tries < most_tries;
        if (!again) break;
        // Two transactions that collided must not collide in step.
        std::this_thread::sleep_for(std::chrono::milliseconds(
            tries * tries + static_cast<int>(std::hash<std::thread::id>()(std::this_thread::get_id()) % 7)));
    }
    transaction.done(std::move(outcome));
}

} // namespace pix::store

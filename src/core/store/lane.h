#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/store/session.h"

namespace pix::store {

/// One transaction on its way: what it runs and who is told.
struct Transaction {
    Access access = Access::write;
    Durability durability = Durability::normal;
    std::move_only_function<core::Result<void>(Connection&)> body;
    std::move_only_function<void(Outcome)> done; ///< called once, on the lane's thread
};

/// A queue of transactions and the threads, each with its own connection, that run them.
///
/// Thread-safe. Owns its threads until stop(). A thread and its connection are made when there is work and nobody is
/// free.
class Lane {
public:
    using Opener = std::function<core::Result<std::unique_ptr<Session>>()>;

    Lane(Opener opener, std::size_t max_threads, std::size_t max_waiting);
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Gives `session` to the first thread, so that an opened and checked connection is used.
    void start_with(std::unique_ptr<Session> session);
    /// Errors: Errc::unavailable (stopped, or too many wait); then `done` is not called.
    core::Result<void> submit(Transaction transaction);
    /// Runs what waits, then ends all threads.
    void stop();
    /// True on any store thread: waiting there for another transaction would never end.
    static bool is_store_thread();

private:
    void work(std::unique_ptr<Session> session);
    void run(std::unique_ptr<Session>& session, Transaction& transaction);
    void add_thread(std::unique_ptr<Session> session);

    Opener opener_;
    std::size_t max_threads_;
    std::size_t max_waiting_;
    std::mutex mutex_; ///< guards everything below
    std::condition_variable wake_;
    std::deque<Transaction> waiting_;
    std::vector<std::thread> threads_;
    std::size_t free_threads_ = 0;
    bool stopping_ = false;
};

} // namespace pix::store

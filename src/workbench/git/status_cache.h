#pragma once
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "workbench/git/git_command.h"
#include "workbench/git/git_types.h"
#include "workbench/git/repository.h"
#include "workbench/git/work_tree_watch.h"

namespace pix::workbench {

/// Remembers repositories' states for as long as a WorkTreeWatch says that nothing has changed.
///
/// Runs on: the io thread; the watches are asked on the pool.
/// Units:   an answer is asked for again after `longest`, whatever the watch says.
class StatusCache {
public:
    static constexpr std::chrono::seconds longest{30};
    static constexpr std::size_t most = 32; ///< folders at once; the one asked for longest ago goes first

    struct Watched {
        Repository repository;
        std::unique_ptr<WorkTreeWatch> watch;
        std::optional<GitStatus> status;
        std::uint64_t generation = 0; ///< of `status`
        std::chrono::steady_clock::time_point at;
    };
    /// What is known before git is asked.
    struct Known {
        std::optional<GitStatus> status;  ///< still true
        std::shared_ptr<Watched> watched; ///< else: what the new answer is given to by keep(), with `generation`
        std::uint64_t generation = 0;
    };

    StatusCache(GitCommand& git, asio::thread_pool& pool, std::size_t watches);
    ~StatusCache();

    awaitable<Known> find(std::string folder);
    void keep(const Known& known, const GitStatus& status);
    /// Starts a watch for a folder that has none, after its state was asked for without one; null if it cannot be
    /// watched. The state has to be asked for once more, and given to keep().
    awaitable<std::optional<Known>> watch(Repository repository, GitStatus status);
    void forget(const std::string& folder);

private:
    awaitable<GitResult<std::vector<std::string>>> ignored_folders(Repository repository);
    awaitable<GitResult<std::vector<std::string>>> files_to_mark(Repository repository, GitStatus status);

    GitCommand& git_;
    asio::thread_pool& pool_;
    std::unique_ptr<WatchBudget> budget_;
    std::map<std::string, std::shared_ptr<Watched>> all_;
    std::map<std::string, std::chrono::steady_clock::time_point> starting_; ///< or not to be tried again before
};

} // namespace pix::workbench

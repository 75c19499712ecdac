#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/async.h"
#include "core/process/supervisor.h"
#include "workbench/git/git_config.h"
#include "workbench/git/git_failure.h"

namespace pix::workbench {

/// What a git command may do.
enum class GitMode {
    look,    ///< takes no locks, talks to nobody, runs nothing that the repository names
    write,   ///< hooks, filters and signing as the user has set them up; talks to nobody
    network, ///< as write, and talks to remotes
};

using GitSettings = std::vector<std::pair<std::string, std::string>>;

/// One call of git.
struct GitCall {
    std::string folder;
    std::vector<std::string> arguments; ///< after "git"; checked by whoever makes them
    GitMode mode = GitMode::look;
    std::optional<std::string> input;
    GitSettings settings;                           ///< configuration for this call alone
    std::vector<std::string> env;                   ///< "NAME=value" beside what every call has
    std::size_t output_bytes = 0;                   ///< 0: the configured bound
    bool may_refresh = false;                       ///< a look may write the index, which is a copy of ours
    bool head_is_enough = false;                    ///< more output than that is cut, not refused
    std::function<void(std::string_view)> progress; ///< what git writes to standard error, as it comes
};

/// What it left behind.
struct GitRun {
    int status = 0;
    std::string output;
    std::string error_output;
    bool cut = false;
};

/// Runs git.
///
/// Runs on: the io thread.
/// Errors:  Errc::internal "GIT_FAILED" (git is not installed, was killed, wrote too much), Errc::timeout
/// "GIT_TIMEOUT".
class GitCommand {
public:
    GitCommand(process::Supervisor& supervisor, const GitConfig& config) : supervisor_(supervisor), config_(config) {}

    /// However it ends.
    awaitable<GitResult<GitRun>> run(GitCall call);
    /// A status other than 0 is a failure, see failure_of().
    awaitable<GitResult<GitRun>> succeed(GitCall call);

    const GitConfig& config() const { return config_; }

private:
    std::vector<std::string> environment_of(const GitCall& call) const;

    process::Supervisor& supervisor_;
    const GitConfig& config_;
};

} // namespace pix::workbench

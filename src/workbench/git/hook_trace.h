#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace pix::workbench {

/// A file in which git notes what it starts, so that a hook that failed is told from git's own refusals.
///
/// Owns:   the file, until it goes.
/// Source: git's api-trace2, events child_start and child_exit.
class HookTrace {
public:
    /// Blocking, briefly: one empty file in `folder`.
    explicit HookTrace(const std::filesystem::path& folder);
    ~HookTrace();
    HookTrace(const HookTrace&) = delete;
    HookTrace& operator=(const HookTrace&) = delete;

    /// For the environment of one git.
    std::string variable() const;
    /// The name of the first hook that ended with another status than 0; empty if none did.
    std::string failed_hook() const;

private:
    std::filesystem::path path_;
};

/// The same of a trace's text.
std::string failed_hook_in(std::string_view trace);

} // namespace pix::workbench

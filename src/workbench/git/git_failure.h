#pragma once
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace pix::workbench {

/// Why a git operation did not happen. Error::name is one of the contract's codes: "GIT_MERGE_CONFLICT".
struct GitFailure : core::Error {
    GitFailure() = default;
    GitFailure(core::Error error) : core::Error(std::move(error)) {}
    GitFailure(core::Errc kind, std::string git_name, std::string text, std::string advice = {})
    {
        code = kind;
        name = std::move(git_name);
        message = std::move(text);
        hint = std::move(advice);
    }

    std::string details;            ///< git's own text, without secrets
    std::vector<std::string> files; ///< in conflict, or in the way; relative to the project's folder
};

template <class T = void>
using GitResult = std::expected<T, GitFailure>;

/// Shorthand for returning one.
[[nodiscard]] inline std::unexpected<GitFailure> git_fail(core::Errc kind, std::string name, std::string text,
                                                          std::string advice = {})
{
    return std::unexpected(GitFailure(kind, std::move(name), std::move(text), std::move(advice)));
}

/// What git's exit and its words mean. `output` and `error_output` are what it wrote.
/// Source: git 2.39's messages under LC_ALL=C.
GitFailure failure_of(std::string_view output, std::string_view error_output, int status);

/// `text` without user names, passwords and tokens in URLs, without terminal sequences, as UTF-8, at most 16 KiB.
std::string without_secrets(std::string_view text);

} // namespace pix::workbench

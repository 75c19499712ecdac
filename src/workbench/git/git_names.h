#pragma once
#include <string>
#include <string_view>

#include "workbench/git/git_failure.h"

namespace pix::workbench {

/// A commit or ref as people write it: "HEAD~2", "origin/main", "stash@{0}". Never taken for an option.
/// Errors: Errc::invalid.
GitResult<> check_revision(std::string_view text);

/// One revision, or two joined by ".." or "...". Errors: Errc::invalid.
GitResult<> check_range(std::string_view text);

/// The name of a branch, by git's own rules for names and a few bytes less: no white space, no leading '-'.
/// Source: git-check-ref-format(1). Errors: Errc::invalid.
GitResult<> check_branch(std::string_view name);

/// Errors: Errc::invalid.
GitResult<> check_remote(std::string_view name);

/// A name inside a project as the caller wrote it -> the same without "." and doubled slashes.
/// Errors: Errc::invalid (empty, absolute, NUL), Errc::forbidden (leads out of the folder or into .git).
GitResult<std::string> inside(std::string_view path);

/// An address that may be cloned or added as a remote: https://host/path, ssh://host/path or user@host:path.
/// Control bytes, leading '-' and passwords in it are refused; "file" is allowed when `local` is.
/// Errors: Errc::invalid.
GitResult<> check_url(std::string_view url, bool local);

/// "https://user@github.com:443/x.git" -> "github.com:443"; empty for anything but http and https.
std::string host_of(std::string_view url);

} // namespace pix::workbench

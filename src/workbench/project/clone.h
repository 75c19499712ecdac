#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"
#include "workbench/project/project.h"

namespace pix::workbench {

/// What to clone, and where to.
struct NewClone {
    std::string url;
    std::string path; ///< the folder that the clone's own folder goes into; made if its parent is there
    std::optional<std::int64_t> token_id;
    std::string new_token;
};

/// `https://…`, `ssh://…` or `user@host:path`, and nothing that git could take for an option or a helper.
/// Errors: Errc::invalid (GITHUB_URL_REQUIRED, INVALID_GITHUB_URL).
core::Result<void> check_clone_url(const std::string& url);
/// "pix" of "https://example.org/ann/pix.git"; empty if there is no name to take.
std::string repository_name(const std::string& url);

/// Clones, and registers the folder as a project; its name. `tell` is given what git says, line by line; false from
/// `goes_on` ends it, and what was made is removed.
///
/// Errors: Errc::invalid (WORKSPACE_PATH_REQUIRED, GITHUB_URL_REQUIRED, INVALID_GITHUB_URL), Errc::not_found
///         (GITHUB_TOKEN_NOT_FOUND), Errc::conflict (ALREADY_EXISTS), Errc::bad_gateway (CLONE_FAILED, what git said),
///         Errc::cancelled, Errc::timeout.
using CloneTell = std::function<awaitable<bool>(std::string line)>;
using CloneGoesOn = std::function<bool()>;
awaitable<core::Result<std::string>> clone_project(Projects& projects, NewClone request, CloneTell tell,
                                                   CloneGoesOn goes_on);

} // namespace pix::workbench

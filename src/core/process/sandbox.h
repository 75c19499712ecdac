#pragma once
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/process/command.h"

namespace pix::process {

/// The command that runs `command` inside its sandbox: bubblewrap in front of its arguments.
/// Errors: Errc::not_found (the program, named), Errc::unavailable (bubblewrap is not installed), Errc::invalid (a
///         folder that is not absolute).
/// Source: bwrap(1).
core::Result<std::vector<std::string>> sandboxed_argv(const Command& command);

/// A harmless command that succeeds exactly if this system permits such sandboxes.
std::vector<std::string> sandbox_probe();

} // namespace pix::process

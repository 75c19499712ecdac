#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "tools/tool_environment.h"

namespace pix::process {
class Supervisor;
}

namespace pix::tools {

/// What runs a tool, as its entrypoint decides.
enum class InterpreterKind { python, node, executable };

InterpreterKind interpreter_kind(std::string_view entrypoint);

/// The entrypoint as an absolute path, checked to lie inside `folder` after links are followed.
/// Errors: Errc::invalid (leaves the folder), Errc::not_found.
core::Result<std::filesystem::path> entrypoint_path(const std::filesystem::path& folder, const std::string& entrypoint);

/// Finds the program that starts a tool and, for Python, makes a missing `.venv` when all that the tool's
/// pyproject.toml requires is installed system-wide. Nothing is ever downloaded.
///
/// Runs on: the io thread; the checks and the making run in child processes.
/// Errors:  Errc::gone (no `.venv` and it cannot be made: the message says what is missing, the hint how to get it),
///          Errc::invalid, Errc::not_found (no entrypoint, no Node).
class Interpreter {
public:
    /// `environment` is what children get; PATH in it decides where programs are looked for.
    Interpreter(process::Supervisor& supervisor, Variables environment);

    /// The start of the command line: program and script, without "--port".
    awaitable<core::Result<std::vector<std::string>>> command_for(std::filesystem::path folder, std::string entrypoint,
                                                                  bool may_make_venv = true);

    /// Where the interpreter of a Python tool must be.
    static std::filesystem::path venv_python(const std::filesystem::path& folder);

private:
    awaitable<core::Result<void>> make_venv(std::filesystem::path folder);

    process::Supervisor& supervisor_;
    Variables environment_;
};

/// The full path of a program on the PATH of `environment`; empty if there is none.
std::filesystem::path find_program(const Variables& environment, std::string_view name);

} // namespace pix::tools

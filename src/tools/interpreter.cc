#include "tools/interpreter.h"

#include <unistd.h>

#include <algorithm>

#include "core/base/id.h"
#include "core/base/text.h"
#include "core/process/supervisor.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
namespace fs = std::filesystem;

constexpr auto check_timeout = std::chrono::seconds(20);
constexpr auto make_timeout = std::chrono::seconds(60);

constexpr std::string_view partial_prefix = ".venv.partial-";

/// What a start that was killed left behind. Younger ones may be in the making.
void remove_stale_partials(const fs::path& folder)
{
    std::error_code error;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator(); it.increment(error)) {
        std::error_code ignored;
        if (!it->path().filename().string().starts_with(partial_prefix)) continue;
        auto const age = fs::file_time_type::clock::now() - it->last_write_time(ignored);
        if (age > std::chrono::minutes(5)) fs::remove_all(it->path(), ignored);
    }
}

/// Prints what pyproject.toml requires and the interpreter that runs this does not have, one a line.
/// Version conditions are looked at when the packaging library is there.
constexpr const char* missing_requirements_script = R"(
import importlib.metadata as metadata, re, sys, tomllib
with open(sys.argv[1], 'rb') as file:
    project = tomllib.load(file).get('project', {})
try:
    from packaging.requirements import Requirement
except ImportError:
    Requirement = None
for text in project.get('dependencies', []):
    text = str(text)
    name = re.match(r'[A-Za-z0-9._-]*', text.strip()).group(0)
    try:
        if Requirement:
            requirement = Requirement(text)
            if requirement.marker and not requirement.marker.evaluate():
                continue
            if requirement.url:
                print(text)
                continue
            if not requirement.specifier.contains(metadata.version(requirement.name), prereleases=True):
                print(text)
        else:
            metadata.version(name)
    except metadata.PackageNotFoundError:
        print(text)
    except Exception:
        print(text)
wanted = project.get('requires-python')
if wanted and Requirement:
    from packaging.specifiers import SpecifierSet
    here = '.'.join(map(str, sys.version_info[:3]))
    if not SpecifierSet(wanted).contains(here, prereleases=True):
        print('python' + wanted)
)";

process::Command program(std::vector<std::string> argv, const Variables& environment, const fs::path& folder)
{
    process::Command command;
    command.argv = std::move(argv);
    command.env = as_list(environment);
    command.folder = folder.string();
    command.job = "tools/interpreter";
    return command;
}

std::vector<fs::path> system_pythons(const Variables& environment)
{
    std::vector<fs::path> pythons;
    if (auto found = find_program(environment, "python3"); !found.empty()) pythons.push_back(std::move(found));
    fs::path const distribution = "/usr/bin/python3";
    std::error_code ignored;
    if (std::find(pythons.begin(), pythons.end(), distribution) == pythons.end() && fs::exists(distribution, ignored))
        pythons.push_back(distribution);
    return pythons;
}

std::string joined(std::string_view lines)
{
    std::string text;
    for (std::string_view const line : core::split(lines, '\n')) {
        if (core::trim(line).empty()) continue;
        if (!text.empty()) text += ", ";
        text += core::trim(line);
    }
    return core::shorten(core::to_utf8(text), 500);
}

} // namespace

InterpreterKind interpreter_kind(std::string_view entrypoint)
{
    if (entrypoint.ends_with(".py")) return InterpreterKind::python;
    if (entrypoint.ends_with(".js") || entrypoint.ends_with(".mjs")) return InterpreterKind::node;
    return InterpreterKind::executable;
}

Result<fs::path> entrypoint_path(const fs::path& folder, const std::string& entrypoint)
{
    fs::path const relative(entrypoint);
    bool leaves = entrypoint.empty() || relative.is_absolute() || entrypoint.find('\0') != std::string::npos;
    for (const fs::path& part : relative) leaves = leaves || part == "..";
    if (leaves) return fail(Errc::invalid, "the entrypoint " + entrypoint + " is not a path inside the tool's folder");
    std::error_code error;
    fs::path const base = fs::canonical(folder, error);
    if (error) return fail(Errc::not_found, "the folder " + folder.string() + " is not there");
    fs::path const path = fs::canonical(base / relative, error);
    if (error)
        return fail(Errc::not_found, "the entrypoint " + entrypoint + " is missing in " + folder.string(),
                    "Create it, or name another file in \"entrypoint\" of tool.json.");
    auto const [base_end, unused] = std::mismatch(base.begin(), base.end(), path.begin(), path.end());
    if (base_end != base.end())
        return fail(Errc::invalid, "the entrypoint " + entrypoint + " leads out of the tool's folder");
    return path;
}

fs::path find_program(const Variables& environment, std::string_view name)
{
    auto const path = environment.find("PATH");
    std::string const folders = path == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : path->second;
    for (std::string_view const folder : core::split(folders, ':')) {
        if (folder.empty() || folder.front() != '/') continue;
        fs::path const candidate = fs::path(folder) / name;
        std::error_code ignored;
        if (fs::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

Interpreter::Interpreter(process::Supervisor& supervisor, Variables environment)
    : supervisor_(supervisor), environment_(std::move(environment))
{}

fs::path Interpreter::venv_python(const fs::path& folder)
{
    return folder / ".venv" / "bin" / "python";
}

awaitable<Result<std::vector<std::string>>> Interpreter::command_for(fs::path folder, std::string entrypoint,
                                                                     bool may_make_venv)
{
    using Argv = std::vector<std::string>;
    PIX_CO_TRY(auto const script, entrypoint_path(folder, entrypoint));
    switch (interpreter_kind(entrypoint)) {
    case InterpreterKind::python: {
        fs::path const python = venv_python(folder);
        if (::access(python.c_str(), X_OK) != 0) {
            if (!may_make_venv)
                co_return fail(Errc::gone, "There is no Python environment at " + python.string() + ".");
            PIX_CO_CHECK(co_await make_venv(folder));
        }
        Argv argv;
        argv.push_back(python.string());
        argv.push_back(entrypoint);
        co_return argv;
    }
    case InterpreterKind::node: {
        fs::path const node = find_program(environment_, "node");
        if (node.empty())
            co_return fail(Errc::not_found, "Node is not installed: there is no program \"node\" on the PATH.");
        Argv argv;
        argv.push_back(node.string());
        argv.push_back(entrypoint);
        co_return argv;
    }
    case InterpreterKind::executable: break;
    }
    if (::access(script.c_str(), X_OK) != 0)
        co_return fail(Errc::invalid, "the entrypoint " + entrypoint + " is not executable",
                       "Build it, or allow it to be executed with chmod +x.");
    Argv argv;
    argv.push_back(script.string());
    co_return argv;
}

awaitable<Result<void>> Interpreter::make_venv(fs::path folder)
{
    fs::path const project = folder / "pyproject.toml";
    std::string const expected = venv_python(folder).string();
    std::string const how =
        "Run \"uv sync\" or \"pix tools install " + folder.filename().string() + "\" to install it.";
    std::error_code ignored;
    if (!fs::exists(project, ignored))
        co_return fail(Errc::gone,
                       "There is no Python environment at " + expected + " and no pyproject.toml to make one from.",
                       how);
    std::string missing;
    for (const fs::path& python : system_pythons(environment_)) {
        std::vector<std::string> check{python.string(), "-I", "-c", missing_requirements_script, project.string()};
        process::Command checking = program(std::move(check), environment_, folder);
        auto checked = co_await supervisor_.run(std::move(checking), check_timeout);
        if (!checked) {
            missing = checked.error().message;
            continue;
        }
        if (!checked->exit.ok()) {
            missing = "pyproject.toml cannot be read";
            continue;
        }
        if (!core::trim(checked->output).empty()) {
            // The last candidate is the distribution's own Python; what it lacks is what a person has to install.
            missing = joined(checked->output);
            continue;
        }
        // Made beside and renamed, so that a half-made environment never looks like a whole one, and under a name of
        // its own, because a run and the validator may both be first.
        remove_stale_partials(folder);
        fs::path const partial = folder / (std::string(partial_prefix) + core::uuid_v4().substr(0, 8));
        std::vector<std::string> make{python.string(), "-I", "-m", "venv", "--system-site-packages", "--without-pip",
                                      partial.string()};
        process::Command making = program(std::move(make), environment_, folder);
        auto made = co_await supervisor_.run(std::move(making), make_timeout);
        std::error_code error;
        if (made && made->exit.ok()) fs::rename(partial, folder / ".venv", error);
        if (made && made->exit.ok() && !error) co_return Result<void>{};
        fs::remove_all(partial, ignored);
        if (::access(venv_python(folder).c_str(), X_OK) == 0) co_return Result<void>{}; // the other one was faster
        missing = made ? core::shorten(core::to_utf8(core::trim(made->error_output + made->output)), 500)
                       : made.error().message;
    }
    if (missing.empty()) missing = "no python3 was found";
    co_return fail(Errc::gone,
                   "There is no Python environment at " + expected + ", and the system does not have: " + missing + ".",
                   how);
}

} // namespace pix::tools

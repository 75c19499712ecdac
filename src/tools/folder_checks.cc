#include "tools/folder_checks.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/interpreter.h"

namespace pix::tools {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = 4 * 1024 * 1024;
constexpr std::size_t shown_paths = 20;

std::optional<std::string> read_text(const fs::path& path)
{
    std::error_code error;
    if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > max_file_bytes || error) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return text;
}

Check made(std::string_view name, CheckStatus status, std::string message, std::string details = {})
{
    Check check;
    check.name = name;
    check.status = status;
    check.message = std::move(message);
    check.details = std::move(details);
    return check;
}

std::string lines(const std::vector<std::string>& list)
{
    std::string text;
    for (const std::string& line : list) text += (text.empty() ? "" : "\n") + line;
    return text;
}

/// A requirement's name, folded as PEP 503 says.
std::string requirement_name(std::string_view requirement)
{
    std::string name;
    for (char const c : core::lower(core::trim(requirement))) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain)
            name += c;
        else if (c == '-' || c == '_' || c == '.')
            name += name.ends_with('-') ? "" : "-";
        else
            break;
    }
    return name;
}

bool comes_from_elsewhere(std::string_view requirement)
{
    std::string const low = core::lower(requirement);
    static constexpr std::array marks{"git+", "hg+", "svn+", "bzr+", "://", " @ ", ".whl", ".tar.gz", ".zip"};
    return low.starts_with('.') || low.starts_with('/') ||
           std::any_of(marks.begin(), marks.end(),
                       [&](const char* mark) { return low.find(mark) != std::string::npos; });
}

void find_differences(const std::string& where, const json::value& left, const json::value& right, std::size_t limit,
                      std::vector<std::string>& found)
{
    if (found.size() >= limit || left == right) return;
    auto const place = [&](std::string_view key) {
        return where.empty() ? std::string(key) : where + "." + std::string(key);
    };
    if (left.is_object() && right.is_object()) {
        for (const auto& [key, value] : left.get_object()) {
            const json::value* other = right.get_object().if_contains(key);
            if (other)
                find_differences(place(key), value, *other, limit, found);
            else if (found.size() < limit)
                found.push_back(place(key) + " is only in tool.json");
        }
        for (const auto& [key, value] : right.get_object())
            if (!left.get_object().contains(key) && found.size() < limit)
                found.push_back(place(key) + " is only in /schema");
        return;
    }
    if (left.is_array() && right.is_array() && left.get_array().size() == right.get_array().size()) {
        for (std::size_t i = 0; i < left.get_array().size(); ++i)
            find_differences(where + "[" + std::to_string(i) + "]", left.get_array()[i], right.get_array()[i], limit,
                             found);
        return;
    }
    found.push_back((where.empty() ? "the document" : where) + " differs");
}

Check check_structure(const fs::path& folder, const std::string& entrypoint, bool python)
{
    std::vector<std::string> wanted{"tool.json"};
    if (python) wanted.emplace_back("pyproject.toml");
    wanted.push_back(entrypoint);
    std::vector<std::string> problems;
    for (const std::string& name : wanted) {
        std::error_code error;
        fs::path const path = folder / name;
        if (!fs::is_regular_file(path, error))
            problems.push_back(name + " is missing");
        else if (::access(path.c_str(), R_OK) != 0)
            problems.push_back(name + " cannot be read");
    }
    if (problems.empty()) {
        if (auto const path = entrypoint_path(folder, entrypoint); !path) problems.push_back(path.error().message);
    }
    if (problems.empty()) return made(check_names[0], CheckStatus::pass, "All required files are there.");
    return made(check_names[0], CheckStatus::fail, problems.front() + ".", lines(problems));
}

} // namespace

Check check_pyproject(std::string_view text)
{
    std::string_view const name = check_names[3];
    if (!core::is_utf8(text)) return made(name, CheckStatus::fail, "pyproject.toml is not UTF-8.");
    toml::table project;
    try {
        project = toml::parse(text);
    } catch (const toml::parse_error& problem) {
        return made(name, CheckStatus::fail,
                    "pyproject.toml cannot be read: " + std::string(problem.description()) + ".",
                    "line " + std::to_string(problem.source().begin.line));
    }
    std::vector<std::string> missing{"fastapi", "uvicorn", "python-dotenv"};
    std::vector<std::string> odd;
    const toml::array* dependencies = project["project"]["dependencies"].as_array();
    if (!dependencies) return made(name, CheckStatus::fail, "pyproject.toml has no [project] dependencies.");
    for (const toml::node& node : *dependencies) {
        auto const requirement = node.value<std::string>();
        if (!requirement) return made(name, CheckStatus::fail, "a dependency in pyproject.toml is not a text.");
        std::erase(missing, requirement_name(*requirement));
        if (comes_from_elsewhere(*requirement)) odd.push_back(core::shorten(*requirement, 200));
    }
    if (!missing.empty())
        return made(name, CheckStatus::fail, "pyproject.toml does not depend on " + missing.front() + ".",
                    lines(missing));
    if (!odd.empty())
        return made(name, CheckStatus::warn, "Some dependencies do not come from the package index.", lines(odd));
    return made(name, CheckStatus::pass, "pyproject.toml declares what a tool needs.");
}

FolderFindings check_folder(const fs::path& folder)
{
    FolderFindings findings;
    auto const text = read_text(folder / "tool.json");
    SchemaOutcome outcome;
    if (text) outcome = read_tool_schema(*text, folder.filename().string());
    // A tool.json that cannot be used still has its files looked at, as those of a Python tool, the usual kind.
    std::string const entrypoint = outcome.schema ? outcome.schema->entrypoint : "main.py";
    bool const python = interpreter_kind(entrypoint) == InterpreterKind::python;

    findings.checks.push_back(check_structure(folder, entrypoint, python));

    std::vector<std::string> syntax;
    std::vector<std::string> coherence;
    for (const Problem& problem : outcome.problems)
        (problem.kind == ProblemKind::syntax ? syntax : coherence).push_back(problem.location + ": " + problem.message);
    if (!text) {
        findings.checks.push_back(made(check_names[1], CheckStatus::fail, "tool.json cannot be read."));
        findings.checks.push_back(made(check_names[2], CheckStatus::skip, "not reached"));
    } else {
        findings.checks.push_back(syntax.empty() ? made(check_names[1], CheckStatus::pass, "tool.json is valid.")
                                                 : made(check_names[1], CheckStatus::fail,
                                                        "tool.json has " + std::to_string(syntax.size()) +
                                                            (syntax.size() == 1 ? " problem." : " problems."),
                                                        lines(syntax)));
        findings.checks.push_back(coherence.empty()
                                      ? made(check_names[2], CheckStatus::pass, "Inputs and outputs fit together.")
                                      : made(check_names[2], CheckStatus::fail, coherence.front(), lines(coherence)));
    }
    for (const Problem& warning : outcome.warnings)
        findings.warnings.push_back(warning.location + ": " + warning.message);

    if (!python) {
        findings.checks.push_back(made(check_names[3], CheckStatus::skip, "The tool is not written in Python."));
    } else if (auto const project = read_text(folder / "pyproject.toml")) {
        findings.checks.push_back(check_pyproject(*project));
    } else {
        findings.checks.push_back(made(check_names[3], CheckStatus::fail, "pyproject.toml cannot be read."));
    }
    findings.schema = std::move(outcome.schema);
    return findings;
}

std::vector<std::string> differing_paths(const json::value& left, const json::value& right, std::size_t limit)
{
    std::vector<std::string> found;
    find_differences("", left, right, limit, found);
    return found;
}

Check compare_schemas(const json::value& disk, const json::value& answered)
{
    std::string_view const name = check_names[6];
    if (!answered.is_object() || !disk.is_object())
        return made(name, CheckStatus::fail, "/schema did not answer with a JSON object.");
    auto const differences = differing_paths(disk, answered, shown_paths);
    if (differences.empty()) return made(name, CheckStatus::pass, "/schema answers what tool.json says.");
    static constexpr std::array essential{"id", "inputs", "outputs"};
    bool const differs_in_essence = std::any_of(essential.begin(), essential.end(), [&](const char* key) {
        const json::value* left = disk.get_object().if_contains(key);
        const json::value* right = answered.get_object().if_contains(key);
        return (left == nullptr) != (right == nullptr) || (left && *left != *right);
    });
    return made(name, differs_in_essence ? CheckStatus::fail : CheckStatus::warn,
                "/schema differs from tool.json: " + differences.front() + ".", lines(differences));
}

} // namespace pix::tools

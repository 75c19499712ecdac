#include "workbench/project/clone.h"

#include <algorithm>
#include <filesystem>

#include "core/base/text.h"
#include "workbench/project/forbidden_folders.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::fail_as;
using core::Result;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t url_bytes = 2048;
constexpr std::chrono::milliseconds look_every{250};
constexpr std::chrono::minutes clone_deadline{60};
constexpr std::size_t kept_lines = 12;

/// Folders that a clone has made, and takes back if it fails.
struct Made {
    std::string target;
    std::string parent; ///< empty: it was there
};

auto bad_url()
{
    return fail_as("INVALID_GITHUB_URL", Errc::invalid,
                   "the address of a repository looks like https://host/path, ssh://user@host/path or user@host:path");
}

/// "host" or "host:port" of an https address.
std::string https_host(const std::string& url)
{
    std::string rest = url.substr(std::string_view("https://").size());
    rest = rest.substr(0, rest.find('/'));
    if (auto const at = rest.rfind('@'); at != std::string::npos) rest = rest.substr(at + 1);
    return rest;
}

Result<Made> make_folders(const std::string& path, const std::string& name, const ProjectsConfig& config)
{
    std::string expanded = path;
    if (path == "~" || path.starts_with("~/")) expanded = config.user_home.string() + path.substr(1);
    if (!expanded.starts_with('/')) return fail_as("INVALID_PATH", Errc::invalid, "\"path\" must be absolute");
    Made made;
    std::string const parent = real_path(expanded);
    made.target = parent + "/" + name;
    PIX_CHECK(check_project_folder(made.target, config.user_home));
    if (!is_inside(parent, real_path(config.workspaces_root.string())) && !is_inside(parent, "/tmp"))
        return fail_as("FORBIDDEN_PATH", Errc::forbidden,
                       "new folders are made below " + config.workspaces_root.string() + " only");
    std::error_code error;
    if (!fs::exists(parent, error)) {
        if (!fs::create_directory(parent, error))
            return fail_as("PATH_NOT_CREATABLE", Errc::invalid,
                           "the folder cannot be made: " + parent + ": " + error.message());
        made.parent = parent;
    }
    // Made here, so that what is removed after a failure is surely ours.
    if (!fs::create_directory(made.target, error)) {
        if (!made.parent.empty()) fs::remove(made.parent, error);
        if (error) return fail(Errc::unavailable, "the folder cannot be made: " + made.target + ": " + error.message());
        return fail_as("ALREADY_EXISTS", Errc::conflict, "there is a folder " + made.target + " already");
    }
    return made;
}

void take_back(const Made& made)
{
    std::error_code ignored;
    fs::remove_all(made.target, ignored);
    if (!made.parent.empty()) fs::remove(made.parent, ignored);
}

process::Command clone_command(const NewClone& request, const Made& made, const ProjectsConfig& config,
                               const HostToken& token)
{
    auto environment = config.environment;
    environment["LC_ALL"] = "C";
    environment["GIT_TERMINAL_PROMPT"] = "0";
    environment["GIT_ALLOW_PROTOCOL"] = "https:ssh";
    environment.try_emplace("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20");
    environment.erase("GIT_DIR");
    environment.erase("GIT_WORK_TREE");
    if (!token.token.empty() && request.url.starts_with("https://")) {
        // In the environment and not among the arguments, which every user of the machine may read; and for this host
        // alone, wherever the server sends git on to.
        std::string const user = token.user.empty() ? "x-access-token" : token.user;
        environment["GIT_CONFIG_COUNT"] = "1";
        environment["GIT_CONFIG_KEY_0"] = "http.https://" + https_host(request.url) + "/.extraHeader";
        environment["GIT_CONFIG_VALUE_0"] = "Authorization: Basic " + core::base64_encode(user + ":" + token.token);
    }
    process::Command command;
    command.argv = {"git", "clone", "--progress", "--", request.url, made.target};
    for (auto const& [name, value] : environment) command.env.push_back(name + "=" + value);
    command.folder = fs::path(made.target).parent_path().string();
    command.merge_stderr = true;
    return command;
}

/// Cuts what git writes into lines; its progress ends in carriage returns.
class Lines {
public:
    std::vector<std::string> add(std::string_view bytes)
    {
        std::vector<std::string> lines;
        for (char const c : bytes) {
            if (c != '\r' && c != '\n') {
                if (line_.size() < 2000) line_ += c;
                continue;
            }
            if (!core::trim(line_).empty()) lines.push_back(core::to_utf8(core::trim(line_)));
            line_.clear();
        }
        return lines;
    }

private:
    std::string line_;
};

awaitable<Result<HostToken>> token_of(Projects& projects, const NewClone& request)
{
    HostToken token;
    if (!request.new_token.empty()) {
        token.token = request.new_token;
        co_return token;
    }
    auto const& find = projects.parts().find_token;
    std::string const host = request.url.starts_with("https://") ? https_host(request.url) : std::string();
    if (find && (request.token_id || !host.empty())) {
        PIX_CO_TRY(auto const found, co_await find(host, request.token_id));
        if (found) co_return *found;
    }
    if (request.token_id)
        co_return fail_as("GITHUB_TOKEN_NOT_FOUND", Errc::not_found, "there is no stored token with this number");
    co_return token;
}

} // namespace

Result<void> check_clone_url(const std::string& url)
{
    if (url.empty()) return fail_as("GITHUB_URL_REQUIRED", Errc::invalid, "\"githubUrl\" is missing");
    bool const plain = std::ranges::all_of(
        url, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7F && c != '\\' && c != '"'; });
    if (url.size() > url_bytes || url.starts_with('-') || !plain) return bad_url();
    if (url.starts_with("https://") || url.starts_with("ssh://")) {
        auto const host = url.substr(url.find("://") + 3);
        bool const has_path = host.find('/') != std::string::npos && !host.ends_with("/");
        if (host.empty() || host.starts_with('-') || host.starts_with('/') || !has_path) return bad_url();
        if (auto const at = host.find('@'); at != std::string::npos && host[at + 1] == '-') return bad_url();
        return {};
    }
    // user@host:path; "::" would name a helper program.
    auto const at = url.find('@');
    auto const colon = url.find(':');
    bool const scp = at != std::string::npos && colon != std::string::npos && at > 0 && at + 1 < colon &&
                     url.find('/') > colon && colon + 1 < url.size() && url[colon + 1] != ':' && url[at + 1] != '-' &&
                     url[colon + 1] != '-';
    if (!scp) return bad_url();
    return {};
}

std::string repository_name(const std::string& url)
{
    std::string_view rest = url;
    while (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.ends_with(".git")) rest.remove_suffix(4);
    auto const cut = rest.find_last_of("/:");
    std::string name(cut == std::string_view::npos ? rest : rest.substr(cut + 1));
    if (name == "." || name == ".." || name.starts_with('-')) return {};
    return name;
}

awaitable<Result<std::string>> clone_project(Projects& projects, NewClone request, CloneTell tell, CloneGoesOn goes_on)
{
    if (core::trim(request.path).empty())
        co_return fail_as("WORKSPACE_PATH_REQUIRED", Errc::invalid, "\"path\" is missing");
    PIX_CO_CHECK(check_clone_url(request.url));
    std::string const name = repository_name(request.url);
    if (name.empty()) co_return bad_url();
    PIX_CO_TRY(auto const token, co_await token_of(projects, request));
    auto& pool = projects.parts().pool;
    auto prepare = [path = request.path, name, config = projects.config()] { return make_folders(path, name, config); };
    PIX_CO_TRY(auto const made, co_await core::run_on(pool, std::move(prepare)));
    auto back = [made] { take_back(made); };

    auto command = clone_command(request, made, projects.config(), token);
    auto child = co_await projects.parts().supervisor.spawn(std::move(command));
    if (!child) {
        co_await core::run_on(pool, std::move(back));
        co_return std::unexpected(child.error());
    }
    Lines lines;
    std::vector<std::string> said;
    auto const until = std::chrono::steady_clock::now() + clone_deadline;
    Result<void> outcome;
    for (;;) {
        auto const bytes = co_await (*child)->read_output(look_every);
        if (!bytes && bytes.error().code != Errc::timeout) break;
        if (bytes && bytes->empty()) break;
        if (bytes) {
            for (auto& line : lines.add(*bytes)) {
                if (said.size() >= kept_lines) said.erase(said.begin());
                said.push_back(line);
                auto telling = tell(line);
                bool const heard = co_await std::move(telling);
                if (!heard) outcome = fail(Errc::cancelled, "the clone was cancelled");
            }
        }
        if (!goes_on()) outcome = fail(Errc::cancelled, "the clone was cancelled");
        if (std::chrono::steady_clock::now() > until) outcome = fail(Errc::timeout, "the clone took too long");
        if (!outcome) break;
    }
    process::Exit exit;
    if (outcome)
        exit = co_await (*child)->wait();
    else
        exit = co_await (*child)->stop();
    if (outcome && !exit.ok()) {
        std::string reason = "git " + exit.describe();
        for (auto const& line : said)
            if (line.starts_with("fatal:") || line.starts_with("ERROR:") || line.starts_with("remote:")) reason = line;
        outcome = fail_as("CLONE_FAILED", Errc::bad_gateway, "the repository could not be cloned: " + reason);
    }
    if (outcome) {
        auto opened = co_await projects.open_folder(made.target, false);
        if (opened) co_return opened;
        outcome = std::unexpected(opened.error());
    }
    co_await core::run_on(pool, std::move(back));
    co_return std::unexpected(outcome.error());
}

} // namespace pix::workbench

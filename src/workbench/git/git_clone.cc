#include <algorithm>
#include <filesystem>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"

namespace pix::workbench {

using core::Errc;

namespace {

/// "Receiving objects:  45% (9/20)" -> its stage and 45.
std::optional<CloneProgress> progress_in(std::string_view line)
{
    if (line.starts_with("remote: ")) line.remove_prefix(8);
    std::size_t const colon = line.find(':');
    std::size_t const percent = line.find('%');
    if (colon == std::string_view::npos || percent == std::string_view::npos || percent < colon) return std::nullopt;
    auto const number = core::parse_int(core::trim(line.substr(colon + 1, percent - colon - 1)), false);
    if (!number || *number > 100) return std::nullopt;
    return CloneProgress{core::to_utf8(core::trim(line.substr(0, colon))), static_cast<int>(*number)};
}

/// Reads progress out of what git writes, told piece by piece.
class ProgressReader {
public:
    explicit ProgressReader(std::function<void(CloneProgress)> tell) : tell_(std::move(tell)) {}
    void operator()(std::string_view bytes)
    {
        for (char const c : bytes) {
            if (c != '\r' && c != '\n') {
                if (line_.size() < 1000) line_ += c;
                continue;
            }
            if (auto progress = progress_in(line_)) tell_(*std::move(progress));
            line_.clear();
        }
    }

private:
    std::function<void(CloneProgress)> tell_;
    std::string line_;
};

} // namespace

awaitable<GitResult<std::string>> Git::clone(CloneRequest request, std::function<void(CloneProgress)> progress)
{
    PIX_CO_CHECK(check_url(request.url, config_.local_addresses));
    if (!request.branch.empty()) {
        PIX_CO_CHECK(check_branch(request.branch));
    }
    if (request.path.starts_with("~/")) request.path = config_.user_home.string() + request.path.substr(1);
    std::filesystem::path const place = std::filesystem::path(request.path).lexically_normal();
    std::error_code error;
    if (!place.is_absolute() || request.path.contains('\0') || place.filename().empty())
        co_return git_fail(Errc::invalid, "INVALID", "path must be the absolute path of the new folder");
    std::filesystem::path const parent = std::filesystem::canonical(place.parent_path(), error);
    if (error) co_return git_fail(Errc::not_found, "NOT_FOUND", "The folder for the new one does not exist.");
    if (parent == "/" || parent.string().starts_with("/proc") || parent.string().starts_with("/sys"))
        co_return git_fail(Errc::forbidden, "FORBIDDEN", "Nothing is cloned there.");
    if (std::filesystem::exists(std::filesystem::symlink_status(place, error)) &&
        !(std::filesystem::is_directory(place, error) && std::filesystem::is_empty(place, error)))
        co_return git_fail(Errc::conflict, "GIT_FOLDER_EXISTS", "There is something at this path already.");
    GitCall call;
    call.folder = parent.string();
    call.mode = GitMode::network;
    call.arguments = {"clone", "--progress", "--no-recurse-submodules"};
    if (!request.branch.empty()) call.arguments.push_back("--branch=" + request.branch);
    if (request.depth > 0) call.arguments.push_back("--depth=" + std::to_string(request.depth));
    call.arguments.emplace_back("--");
    call.arguments.push_back(request.url);
    call.arguments.push_back((parent / place.filename()).string());
    call.env.push_back(config_.local_addresses ? "GIT_ALLOW_PROTOCOL=https:ssh:file" : "GIT_ALLOW_PROTOCOL=https:ssh");
    if (progress) call.progress = ProgressReader(std::move(progress));
    PIX_CO_TRY(auto const secret, co_await sign_in(call, request.url));
    auto run = co_await command_.succeed(std::move(call));
    if (!run) {
        GitFailure failure = std::move(run).error();
        if (!secret.empty())
            for (auto at = failure.details.find(secret); at != std::string::npos; at = failure.details.find(secret))
                failure.details.replace(at, secret.size(), "***");
        co_return std::unexpected(std::move(failure));
    }
    co_return (parent / place.filename()).string();
}

} // namespace pix::workbench

#include "workbench/git/git_names.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;

namespace {

constexpr std::size_t name_bytes = 250;
constexpr std::size_t path_bytes = 4096;
constexpr std::size_t url_bytes = 2048;

bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only(std::string_view text, std::string_view others)
{
    return std::all_of(text.begin(), text.end(), [others](char c) { return is_word(c) || others.contains(c); });
}

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::unexpected<GitFailure> refuse(std::string name, std::string message)
{
    return git_fail(Errc::invalid, std::move(name), std::move(message));
}

} // namespace

GitResult<> check_revision(std::string_view text)
{
    if (text.empty() || text.size() > name_bytes || text.front() == '-' || !only(text, "._~^{}@/-+") ||
        text.contains(".."))
        return refuse("INVALID", "commit is not a name of a commit");
    return {};
}

GitResult<> check_range(std::string_view text)
{
    std::size_t const at = text.find("..");
    if (at == std::string_view::npos) return check_revision(text);
    std::string_view right = text.substr(at + 2);
    if (right.starts_with('.')) right.remove_prefix(1);
    PIX_CHECK(check_revision(text.substr(0, at)));
    return check_revision(right);
}

GitResult<> check_branch(std::string_view name)
{
    bool const broken = name.empty() || name.size() > name_bytes || name.front() == '-' || name.front() == '/' ||
                        name.back() == '/' || name.back() == '.' || name == "@" || name == "HEAD" ||
                        name.contains("..") || name.contains("//") || name.contains("@{") || !core::is_utf8(name) ||
                        std::any_of(name.begin(), name.end(), is_control) ||
                        name.find_first_of(" ~^:?*[\\") != std::string_view::npos;
    if (broken) return refuse("INVALID", "branch is not a valid name of a branch");
    for (auto const part : core::split(name, '/'))
        if (part.starts_with('.') || part.ends_with(".lock"))
            return refuse("INVALID", "branch is not a valid name of a branch");
    return {};
}

GitResult<> check_remote(std::string_view name)
{
    if (name.empty() || name.size() > name_bytes || name.front() == '-' || name.front() == '.' || !only(name, "._-"))
        return refuse("INVALID", "remote is not a valid name of a remote");
    return {};
}

GitResult<std::string> inside(std::string_view path)
{
    if (path.empty()) return refuse("INVALID", "file is empty");
    if (path.size() > path_bytes || path.contains('\0')) return refuse("INVALID", "file is not a path");
    if (path.front() == '/') return git_fail(Errc::forbidden, "FORBIDDEN", "file is not inside the project");
    bool const folder = path.back() == '/';
    std::string result;
    for (auto const part : core::split(path, '/')) {
        if (part.empty() || part == ".") continue;
        if (part == "..") return git_fail(Errc::forbidden, "FORBIDDEN", "file is not inside the project");
        if (core::equals_ignoring_case(part, ".git"))
            return git_fail(Errc::forbidden, "FORBIDDEN", "file belongs to git itself");
        if (!result.empty()) result += '/';
        result += part;
    }
    if (result.empty()) return refuse("INVALID", "file names the project's folder itself");
    if (folder) result += '/';
    return result;
}

GitResult<> check_url(std::string_view url, bool local)
{
    auto const bad = [] { return refuse("INVALID", "url must be an https or ssh address of a repository"); };
    if (url.empty() || url.size() > url_bytes || url.front() == '-' || !core::is_utf8(url)) return bad();
    if (std::any_of(url.begin(), url.end(), [](char c) { return is_control(c) || c == ' '; })) return bad();
    if (local && (url.starts_with("file:///") || url.starts_with('/'))) return {};
    std::string_view rest = url;
    bool const https = url.starts_with("https://");
    bool const ssh = url.starts_with("ssh://");
    if (https || ssh) {
        rest.remove_prefix(https ? 8 : 6);
        std::size_t const slash = rest.find('/');
        if (slash == std::string_view::npos || slash + 1 == rest.size()) return bad();
        std::string_view host = rest.substr(0, slash);
        std::size_t const sign = host.rfind('@');
        if (sign != std::string_view::npos) {
            if (https || host.substr(0, sign).contains(':'))
                return refuse("INVALID", "url must not carry a user name or password; store a token instead");
            if (!only(host.substr(0, sign), "._-") || host.front() == '-') return bad();
            host.remove_prefix(sign + 1);
        }
        if (host.empty() || host.front() == '-' || !only(host, ".-:[]")) return bad();
        return {};
    }
    std::size_t const colon = url.find(':');
    if (colon == std::string_view::npos || colon + 1 == url.size() || url.contains("::")) return bad();
    std::string_view host = url.substr(0, colon);
    std::size_t const sign = host.find('@');
    if (sign == std::string_view::npos || sign == 0) return bad();
    if (!only(host.substr(0, sign), "._-")) return bad();
    host.remove_prefix(sign + 1);
    if (host.empty() || host.front() == '-' || !only(host, ".-") || url[colon + 1] == '-') return bad();
    return {};
}

std::string host_of(std::string_view url)
{
    std::size_t const start = url.find("://");
    if (start == std::string_view::npos) return {};
    std::string const scheme = core::lower(url.substr(0, start));
    if (scheme != "https" && scheme != "http") return {};
    std::string_view host = url.substr(start + 3);
    host = host.substr(0, host.find('/'));
    if (auto const sign = host.rfind('@'); sign != std::string_view::npos) host.remove_prefix(sign + 1);
    return core::lower(host);
}

} // namespace pix::workbench

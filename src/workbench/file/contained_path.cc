#include "workbench/file/contained_path.h"

#include <algorithm>
#include <array>
#include <climits>
#include <vector>

#include "core/base/text.h"
#include "workbench/file/file_error.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

/// Windows' own, in any case and with any ending; a checkout of the project there would fail on them.
/// Source: "Naming Files, Paths, and Namespaces", Microsoft Learn.
bool is_device_name(std::string_view name)
{
    std::string const stem = core::lower(name.substr(0, name.find('.')));
    if (stem == "con" || stem == "prn" || stem == "aux" || stem == "nul") return true;
    return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '1' && stem[3] <= '9';
}

std::unexpected<core::Error> invalid_name(std::string_view name, std::string_view why)
{
    return fail_as("INVALID_NAME", Errc::invalid,
                   "a file or folder cannot be named " + shown_path(name) + ": " + std::string(why));
}

} // namespace

Result<ContainedPath> ContainedPath::read(std::string_view root, std::string_view text)
{
    if (text.find('\0') != std::string_view::npos)
        return fail_as("INVALID_PATH", Errc::invalid, "the path holds a NUL byte");
    if (text.size() >= PATH_MAX) return fail_as("INVALID_PATH", Errc::invalid, "the path is too long");
    std::string_view rest = text;
    if (rest.starts_with('/')) {
        while (root.size() > 1 && root.ends_with('/')) root.remove_suffix(1);
        if (root != "/") {
            if (!rest.starts_with(root)) return fail_outside(text);
            rest.remove_prefix(root.size());
            if (!rest.empty() && rest.front() != '/') return fail_outside(text);
        }
    }
    std::vector<std::string_view> parts;
    for (std::string_view const part : core::split(rest, '/')) {
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            if (part.size() > NAME_MAX) return fail_as("INVALID_PATH", Errc::invalid, "a part of the path is too long");
            parts.push_back(part);
            continue;
        }
        if (parts.empty()) return fail_outside(text);
        parts.pop_back();
    }
    std::string plain;
    plain.reserve(rest.size());
    for (std::string_view const part : parts) {
        if (!plain.empty()) plain += '/';
        plain += part;
    }
    return ContainedPath(std::move(plain));
}

std::string_view ContainedPath::name() const
{
    std::string_view const text = text_;
    std::size_t const slash = text.rfind('/');
    return slash == std::string_view::npos ? text : text.substr(slash + 1);
}

ContainedPath ContainedPath::parent() const
{
    std::size_t const slash = text_.rfind('/');
    return slash == std::string::npos ? ContainedPath() : ContainedPath(text_.substr(0, slash));
}

ContainedPath ContainedPath::child(std::string_view name) const
{
    return ContainedPath(text_.empty() ? std::string(name) : text_ + "/" + std::string(name));
}

bool ContainedPath::is_below(const ContainedPath& folder) const
{
    if (folder.text_.empty()) return true;
    return text_.starts_with(folder.text_) &&
           (text_.size() == folder.text_.size() || text_[folder.text_.size()] == '/');
}

Result<void> check_new_name(std::string_view name)
{
    if (core::trim(name).empty()) return invalid_name(name, "it is blank");
    if (name.find_first_not_of('.') == std::string_view::npos) return invalid_name(name, "it is only dots");
    if (name.size() > NAME_MAX) return invalid_name(name, "it is too long");
    if (!core::is_utf8(name)) return invalid_name(name, "it is not UTF-8");
    for (unsigned char const c : name)
        if (c < 0x20 || c == 0x7f ||
            std::string_view("<>:\"/\\|?*").find(static_cast<char>(c)) != std::string_view::npos)
            return invalid_name(name, "none of < > : \" / \\ | ? * and no control characters are taken");
    if (is_device_name(name)) return invalid_name(name, "Windows keeps it for a device");
    return {};
}

} // namespace pix::workbench

#include "workbench/file/filesystem_browser.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <vector>

#include "core/base/text.h"
#include "workbench/file/contained_path.h"
#include "workbench/file/descriptor.h"
#include "workbench/file/file_error.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_entries = 10'000;

struct CloseStream {
    void operator()(DIR* stream) const { ::closedir(stream); }
};

/// `~` and `~/x` filled in, dots resolved by spelling, absolute.
Result<std::string> absolute(std::string_view path, const BrowseConfig& config)
{
    if (path.find('\0') != std::string_view::npos || path.size() >= PATH_MAX)
        return fail_as("INVALID_PATH", Errc::invalid, "this is no path");
    std::string text(path);
    if (text.empty() || text == "~" || text.starts_with("~/"))
        text = config.user_home.string() + text.substr(text.empty() ? 0 : 1);
    if (!text.starts_with('/'))
        return fail_as("INVALID_PATH", Errc::invalid, shown_path(path) + " is not an absolute path",
                       "Begin with / or with ~ for your home folder.");
    std::string plain = fs::path(text).lexically_normal().string();
    while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
    return plain;
}

bool is_below(std::string_view path, std::string_view folder)
{
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

struct Found {
    bool is_file = false;
    bool is_hidden = false;
    std::string lower;
    std::string name;

    auto operator<=>(const Found&) const = default;
};

/// Of the root folder: nothing a person has projects in.
bool is_hidden_at_root(std::string_view name)
{
    static constexpr std::array<std::string_view, 14> names{"proc",  "sys",    "dev",        "boot", "run",
                                                            "bin",   "sbin",   "lib",        "etc",  "lib32",
                                                            "lib64", "libx32", "lost+found", "usr"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_folder(int folder, const dirent& entry)
{
    if (entry.d_type == DT_DIR) return true;
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return false;
    struct stat about{};
    return ::fstatat(folder, entry.d_name, &about, 0) == 0 && S_ISDIR(about.st_mode);
}

} // namespace

bool is_system_folder(std::string_view path, std::string_view user_home)
{
    if (path == "/") return true;
    if (is_below(path, user_home) && user_home != "/") return false;
    for (std::string_view const free : {"/var/tmp", "/var/folders"})
        if (is_below(path, free)) return path == free;
    static constexpr std::array<std::string_view, 14> names{"/etc",  "/bin",   "/sbin", "/usr",  "/dev",
                                                            "/proc", "/sys",   "/var",  "/boot", "/root",
                                                            "/lib",  "/lib64", "/opt",  "/run"};
    return path == "/tmp" ||
           std::any_of(names.begin(), names.end(), [&](std::string_view name) { return is_below(path, name); });
}

Result<json::object> browse_filesystem(std::string_view path, const BrowseConfig& config)
{
    PIX_TRY(std::string const plain, absolute(path, config));
    Descriptor folder(::open(plain.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
    if (!folder) {
        if (errno == ENOTDIR) {
            struct stat about{};
            if (::stat(plain.c_str(), &about) == 0)
                return fail_as("NOT_A_FOLDER", Errc::invalid, shown_path(plain) + " is not a folder");
        }
        return fail_as("FOLDER_NOT_FOUND", Errc::not_found, shown_path(plain) + " is not there or cannot be read");
    }
    std::unique_ptr<DIR, CloseStream> const stream(::fdopendir(folder.number()));
    if (!stream) return fail_path(errno, plain);
    int const open_folder = folder.release();
    std::vector<Found> found;
    bool truncated = false;
    while (const dirent* const entry = ::readdir(stream.get())) {
        std::string const name = entry->d_name;
        // A folder that cannot be named in JSON cannot be chosen here.
        if (name == "." || name == ".." || !core::is_utf8(name) || (plain == "/" && is_hidden_at_root(name))) continue;
        if (found.size() == most_entries) {
            truncated = true;
            break;
        }
        found.push_back({!is_folder(open_folder, *entry), name.starts_with('.'), core::lower(name), name});
    }
    std::sort(found.begin(), found.end());
    json::array entries;
    json::array suggestions;
    std::string const prefix = plain == "/" ? "/" : plain + "/";
    for (const Found& entry : found) {
        entries.push_back(json::object{{"name", entry.name}, {"type", entry.is_file ? "file" : "directory"}});
        if (!entry.is_file)
            suggestions.push_back(
                json::object{{"path", prefix + entry.name}, {"name", entry.name}, {"type", "directory"}});
    }
    json::object out{{"path", core::to_utf8(plain)}};
    if (plain == "/")
        out["parent"] = nullptr;
    else
        out["parent"] = core::to_utf8(fs::path(plain).parent_path().string());
    out["entries"] = std::move(entries);
    out["suggestions"] = std::move(suggestions);
    out["rootPath"] = core::to_utf8((config.workspaces.empty() ? config.user_home : config.workspaces).string());
    if (truncated) out["truncated"] = true;
    return out;
}

Result<std::string> create_folder(std::string_view path, const BrowseConfig& config)
{
    PIX_TRY(std::string const plain, absolute(path, config));
    std::string const name = fs::path(plain).filename().string();
    if (plain == "/") return fail_exists(plain);
    std::string const above = fs::path(plain).parent_path().string();
    // Where the parent really is decides; it is held open, so that it stays what was checked.
    Descriptor const parent(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent)
        return fail_as("FOLDER_NOT_FOUND", Errc::not_found,
                       shown_path(above) + " is not there, so nothing can be made in it");
    std::error_code error;
    std::string const real = fs::read_symlink("/proc/self/fd/" + std::to_string(parent.number()), error).string();
    std::string const home = fs::weakly_canonical(config.user_home, error).string();
    std::string const allowed =
        config.workspaces.empty() ? home : fs::weakly_canonical(config.workspaces, error).string();
    std::string const made = (real == "/" ? "" : real) + "/" + name;
    bool const in_reach = is_below(real, allowed) || is_below(real, "/tmp") || is_below(real, "/var/tmp");
    if (real.empty() || is_system_folder(made, home) || !in_reach)
        return fail_as("FORBIDDEN_PLACE", Errc::forbidden, "no folder is made at " + shown_path(made),
                       "Choose a place below " + allowed + ".");
    PIX_CHECK(check_new_name(name));
    if (::mkdirat(parent.number(), name.c_str(), 0777) != 0) return fail_path(errno, made);
    return made;
}

} // namespace pix::workbench

#include "workbench/file/folder_walk.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <optional>

namespace pix::workbench {

using core::Result;

namespace {

constexpr std::size_t most_rule_bytes = 1024 * 1024;

/// The text of a .gitignore in an open folder; nothing if there is none that is a plain file.
std::optional<std::string> read_rules(int folder)
{
    Descriptor const found(::openat(folder, ".gitignore", O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat about{};
    if (!found || ::fstat(found.number(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    Descriptor const file(reopen(found, O_RDONLY));
    if (!file) return std::nullopt;
    std::string text(std::min<std::size_t>(static_cast<std::size_t>(about.st_size), most_rule_bytes), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        ssize_t const got = ::read(file.number(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

Result<FolderWalk> FolderWalk::start(const ProjectFolder& project, const ContainedPath& folder, WalkOptions options)
{
    FolderWalk walk(options);
    std::shared_ptr<const IgnoreRules> rules;
    if (options.leave_out == LeaveOut::by_gitignore) {
        // The folders above have their say, too, the outermost first.
        std::vector<ContainedPath> above;
        for (ContainedPath path = folder; !path.is_root();) {
            path = path.parent();
            above.insert(above.begin(), path);
        }
        PIX_TRY(Descriptor const root, project.open_folder({}));
        walk.by_rules_ = ::faccessat(root.number(), ".gitignore", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        for (std::size_t i = 0; walk.by_rules_ && i < above.size(); ++i) {
            auto const opened = project.open_folder(above[i]);
            auto const text = opened ? read_rules(opened->number()) : std::nullopt;
            if (text) rules = std::make_shared<const IgnoreRules>(above[i].text(), *text, std::move(rules));
        }
    }
    PIX_TRY(Descriptor opened, project.open_folder(folder));
    struct stat about{};
    if (::fstat(opened.number(), &about) == 0) walk.device_ = about.st_dev;
    walk.push(std::move(opened), folder, std::move(rules));
    return walk;
}

bool FolderWalk::push(Descriptor folder, ContainedPath path, std::shared_ptr<const IgnoreRules> outer)
{
    if (by_rules_)
        if (auto const text = read_rules(folder.number()))
            outer = std::make_shared<const IgnoreRules>(path.text(), *text, std::move(outer));
    Level level;
    level.stream.reset(::fdopendir(folder.number()));
    if (!level.stream) return false;
    folder.release();
    level.path = std::move(path);
    level.rules = std::move(outer);
    levels_.push_back(std::move(level));
    return true;
}

bool FolderWalk::is_left_out(std::string_view name, const ContainedPath& path, bool is_folder) const
{
    if (is_one_of(name, {"node_modules", ".git", ".svn", ".hg"})) return true;
    if (options_.leave_out == LeaveOut::nothing_more) return false;
    if (!by_rules_) return is_one_of(name, {"dist", "build"});
    const auto& rules = levels_.back().rules;
    return rules && rules->ignores(path.text(), is_folder);
}

int FolderWalk::folder() const
{
    return ::dirfd(levels_.back().stream.get());
}

void FolderWalk::enter()
{
    // A folder that was replaced by a link in between is not entered.
    Descriptor folder(::openat(this->folder(), entering_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    entering_.clear();
    if (folder) push(std::move(folder), std::move(entering_path_), levels_.back().rules);
}

std::optional<WalkEntry> FolderWalk::next()
{
    if (!entering_.empty()) enter();
    while (!levels_.empty()) {
        if (std::chrono::steady_clock::now() >= deadline_) {
            out_of_time_ = true;
            return std::nullopt;
        }
        Level& level = levels_.back();
        const dirent* const found = ::readdir(level.stream.get());
        if (!found) {
            levels_.pop_back();
            continue;
        }
        std::string_view const name = found->d_name;
        if (name == "." || name == "..") continue;
        WalkEntry entry;
        entry.path = level.path.child(name);
        // A name that the rules leave out costs no more calls.
        bool const unknown = found->d_type == DT_UNKNOWN;
        if (!unknown && is_left_out(name, entry.path, found->d_type == DT_DIR)) continue;
        if (::fstatat(folder(), found->d_name, &entry.about, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (unknown && is_left_out(name, entry.path, entry.is_folder())) continue;
        entry.depth = static_cast<unsigned>(levels_.size() - 1);
        entry.enters = entry.is_folder() && entry.about.st_dev == device_ && levels_.size() < options_.depth;
        if (entry.enters) {
            entering_ = name;
            entering_path_ = entry.path;
        }
        return entry;
    }
    return std::nullopt;
}

} // namespace pix::workbench

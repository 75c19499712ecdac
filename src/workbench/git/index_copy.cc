#include "workbench/git/index_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <vector>

namespace pix::workbench {

namespace {

constexpr std::size_t most = 64;
constexpr std::uint64_t largest = 256UL * 1024 * 1024;

void remove_quietly(const std::string& path)
{
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
}

} // namespace

IndexCopies::IndexCopies(std::filesystem::path folder) : folder_(std::move(folder))
{
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    clear();
}

IndexCopies::~IndexCopies()
{
    clear();
}

void IndexCopies::clear()
{
    std::error_code ignored;
    std::vector<std::filesystem::path> left;
    for (auto const& entry : std::filesystem::directory_iterator(folder_, ignored))
        if (entry.path().filename().string().starts_with("index-")) left.push_back(entry.path());
    for (auto const& path : left) std::filesystem::remove(path, ignored);
}

std::optional<std::string> IndexCopies::copy_for(const std::string& git_dir)
{
    std::scoped_lock const lock(mutex_);
    std::string const source = git_dir + "/index";
    PathMark const mark = mark_of(source);
    if (mark == PathMark() || mark.size > largest) return std::nullopt;
    auto const found = copies_.find(git_dir);
    if (found != copies_.end() && found->second.of == mark && mark_of(found->second.path) != PathMark())
        return found->second.path;
    // A name of its own each time: a git that still works on the last copy may write that, but never this one.
    std::string path = (folder_ / ("index-" + std::to_string(++number_))).string();
    std::error_code error;
    if (!std::filesystem::copy_file(source, path, std::filesystem::copy_options::overwrite_existing, error) || error) {
        remove_quietly(path);
        return std::nullopt;
    }
    std::array<timespec, 2> times{};
    for (auto& time : times) {
        time.tv_sec = mark.modified_ns / 1'000'000'000;
        time.tv_nsec = mark.modified_ns % 1'000'000'000;
    }
    if (::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0 || mark_of(source) != mark) {
        remove_quietly(path);
        return std::nullopt;
    }
    if (found != copies_.end()) remove_quietly(found->second.path);
    if (copies_.size() >= most && found == copies_.end()) {
        remove_quietly(copies_.begin()->second.path);
        copies_.erase(copies_.begin());
    }
    copies_[git_dir] = Copy{mark, path};
    return path;
}

} // namespace pix::workbench

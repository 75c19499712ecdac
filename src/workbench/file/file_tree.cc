#include "workbench/file/file_tree.h"

#include <algorithm>

#include "core/base/text.h"
#include "workbench/file/file_error.h"
#include "workbench/file/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

namespace {

std::string octal(mode_t mode)
{
    std::string text;
    for (int shift = 6; shift >= 0; shift -= 3) text += static_cast<char>('0' + (mode >> shift & 7));
    return text;
}

std::string rwx(mode_t mode)
{
    std::string text = "rwxrwxrwx";
    for (std::size_t i = 0; i < 9; ++i)
        if ((mode >> (8 - i) & 1) == 0) text[i] = '-';
    return text;
}

json::object to_json(const ProjectFolder& project, const WalkEntry& entry)
{
    json::object out;
    wire::add_path(out, entry.path);
    struct stat about = entry.about;
    bool leads_inside = true;
    if (entry.is_link()) {
        // A link counts as what it leads to, if that is inside.
        auto const target = project.find(entry.path);
        leads_inside = target && ::fstat(target->number(), &about) == 0;
        if (!leads_inside) about = entry.about;
    }
    bool const folder = S_ISDIR(about.st_mode);
    out["type"] = folder ? "directory" : "file";
    if (S_ISREG(about.st_mode))
        out["size"] = about.st_size;
    else
        out["size"] = nullptr;
    out["modified"] = wire::modified_text(about);
    out["permissions"] = octal(about.st_mode);
    out["permissionsRwx"] = rwx(about.st_mode);
    out["isSymlink"] = entry.is_link();
    if (!leads_inside) out["isBroken"] = true;
    if (leads_inside && !folder && !S_ISREG(about.st_mode)) out["isSpecial"] = true;
    if (entry.enters) out["children"] = json::array();
    return out;
}

/// What entries are sorted by, made once for each.
struct SortKey {
    bool is_file = false;
    std::string name;
    std::size_t number = 0;

    auto operator<=>(const SortKey&) const = default;
};

void sort_entries(json::array& entries)
{
    std::vector<SortKey> keys;
    keys.reserve(entries.size());
    for (json::value& entry : entries) {
        const json::object& object = entry.get_object();
        keys.push_back(
            {object.at("type").as_string() == "file", core::lower(object.at("name").as_string()), keys.size()});
    }
    std::sort(keys.begin(), keys.end());
    json::array sorted;
    sorted.reserve(entries.size());
    for (const SortKey& key : keys) sorted.push_back(std::move(entries[key.number]));
    entries = std::move(sorted);
}

std::unexpected<core::Error> too_large(const TreeLimits& limits, bool out_of_time)
{
    std::string const what = out_of_time ? "reading it took longer than " + std::to_string(limits.time.count()) + " ms"
                                         : "it has more than " + std::to_string(limits.items) + " entries";
    return fail_as("FILE_TREE_TOO_LARGE", Errc::too_large, "the folder is too large for one answer: " + what,
                   "Ask for a folder inside it, for less depth, or with truncate=1.");
}

} // namespace

Result<FileTree> read_tree(const ProjectFolder& project, const TreeRequest& request, const TreeLimits& limits)
{
    WalkOptions options;
    options.depth = request.depth;
    options.leave_out = request.leave_out;
    options.time = limits.time;
    PIX_TRY(FolderWalk walk, FolderWalk::start(project, request.folder, options));
    FileTree tree;
    std::vector<json::array> open(1); // the levels that are being read, outermost first
    auto const close_one = [&] {
        json::array entries = std::move(open.back());
        open.pop_back();
        sort_entries(entries);
        open.back().back().get_object()["children"] = std::move(entries);
    };
    std::size_t items = 0;
    while (auto const entry = walk.next()) {
        if (++items > limits.items) {
            tree.truncated = true;
            break;
        }
        while (open.size() > entry->depth + 1) close_one();
        if (open.size() <= entry->depth) open.emplace_back();
        open.back().push_back(to_json(project, *entry));
    }
    tree.truncated = tree.truncated || walk.out_of_time();
    if (tree.truncated && !request.truncate) return too_large(limits, walk.out_of_time());
    while (open.size() > 1) close_one();
    sort_entries(open.front());
    tree.entries = std::move(open.front());
    return tree;
}

} // namespace pix::workbench

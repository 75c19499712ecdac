#include "workbench/file/trash.h"

#include <fcntl.h>
#include <linux/fs.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/file/file_changes.h"
#include "workbench/file/file_error.h"
#include "workbench/file/staged_file.h"
#include "workbench/file/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* item_name = "item";
constexpr std::size_t id_size = 26;

bool is_id(std::string_view text)
{
    return text.size() == id_size && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'v');
           });
}

/// Moves without replacing. Errno, or 0.
int move_entry(int from, const std::string& name, int to, const std::string& new_name)
{
    if (::renameat2(from, name.c_str(), to, new_name.c_str(), RENAME_NOREPLACE) == 0) return 0;
    return errno;
}

/// Copies a plain file to a place on another file system; the original stays.
Result<void> copy_file(int from, const std::string& name, const Place& to, const ContainedPath& path,
                       std::uint64_t limit)
{
    Descriptor const found(::openat(from, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat about{};
    if (!found || ::fstat(found.number(), &about) != 0) return fail_path(errno, path.text());
    if (!S_ISREG(about.st_mode) || static_cast<std::uint64_t>(about.st_size) > limit)
        return fail_path(EXDEV, path.text());
    Descriptor const source(reopen(found, O_RDONLY));
    if (!source) return fail_path(errno, path.text());
    PIX_TRY(StagedFile staged, StagedFile::create(to, path));
    std::string bytes(256 * 1024, '\0');
    for (;;) {
        ssize_t const got = ::read(source.number(), bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_path(errno, path.text());
        if (got == 0) break;
        PIX_CHECK(staged.write({bytes.data(), static_cast<std::size_t>(got)}));
    }
    staged.take_over(found);
    return staged.place_new(to);
}

} // namespace

Trash::Trash(fs::path folder, TrashLimits limits) : folder_(std::move(folder)), limits_(limits) {}

Result<std::optional<std::string>> Trash::take(const ProjectFolder& project, const Place& place,
                                               const ContainedPath& path, core::Millis now) const
{
    if (folder_.empty()) return std::nullopt;
    PIX_TRY(EntryType const type, type_at(place, path));
    std::string const id = core::sortable_id();
    fs::path const kept = folder_ / id;
    ::mkdir(folder_.c_str(), 0700);
    if (::mkdir(kept.c_str(), 0700) != 0) return fail_path(errno, path.text());
    json::object const about{{"project", core::percent_encode(project.path())},
                             {"path", core::percent_encode(path.text())},
                             {"type", name_of(type)},
                             {"at", now}};
    // Without it nothing could be brought back: then nothing is kept.
    std::ofstream note(kept / "about.json");
    note << core::to_text(about);
    note.close();
    if (!note) {
        remove(id);
        return std::nullopt;
    }
    Place into;
    into.folder = Descriptor(::open(kept.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    into.name = item_name;
    int error = into.folder ? move_entry(place.folder.number(), place.name, into.folder.number(), into.name) : errno;
    if (error == EXDEV && copy_file(place.folder.number(), place.name, into, path, limits_.copied_bytes))
        error = ::unlinkat(place.folder.number(), place.name.c_str(), 0) == 0 ? 0 : errno;
    if (error != 0) {
        remove(id);
        // Another file system, or one that cannot move without replacing: it cannot be kept.
        if (error == EXDEV || error == EINVAL || error == ENOSYS) return std::nullopt;
        return fail_path(error, path.text());
    }
    purge(now);
    return id;
}

std::optional<json::object> Trash::about(const std::string& id, const ProjectFolder& project) const
{
    std::ifstream in(folder_ / id / "about.json");
    std::stringstream text;
    text << in.rdbuf();
    auto value = core::parse_json(text.str());
    if (!value || !value->is_object()) return std::nullopt;
    json::object& about = value->get_object();
    for (const char* const name : {"project", "path"}) {
        auto const coded = wire::text_field(about, {name});
        auto const plain = coded && *coded ? core::percent_decode(**coded) : std::nullopt;
        if (!plain) return std::nullopt;
        about[name] = *plain;
    }
    if (about.at("project").as_string() != project.path()) return std::nullopt;
    const json::value* const at = about.if_contains("at");
    const json::value* const type = about.if_contains("type");
    if (!at || !at->is_int64() || !type || !type->is_string()) return std::nullopt;
    return about;
}

Result<ContainedPath> Trash::restore(const ProjectFolder& project, const std::string& id) const
{
    auto const known = is_id(id) && !folder_.empty() ? about(id, project) : std::nullopt;
    if (!known)
        return fail_as("TRASH_NOT_FOUND", Errc::not_found, "there is nothing to bring back under this id",
                       "What was deleted is kept for " + std::to_string(limits_.age.count() / 24) + " days.");
    PIX_TRY(ContainedPath const path, project.contained(known->at("path").as_string()));
    PIX_TRY(Place const place, project.make_place(path));
    Descriptor const kept(::open((folder_ / id).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!kept) return fail_path(errno, path.text());
    int const error = move_entry(kept.number(), item_name, place.folder.number(), place.name);
    if (error == EXDEV) PIX_CHECK(copy_file(kept.number(), item_name, place, path, limits_.copied_bytes));
    if (error != 0 && error != EXDEV) return fail_path(error, path.text());
    remove(id);
    return path;
}

std::vector<std::string> Trash::ids() const
{
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error))
        if (std::string name = it->path().filename().string(); is_id(name)) found.push_back(std::move(name));
    std::sort(found.begin(), found.end()); // ids sort by the time they were made
    return found;
}

json::array Trash::list(const ProjectFolder& project) const
{
    json::array out;
    if (folder_.empty()) return out;
    auto const all = ids();
    for (auto id = all.rbegin(); id != all.rend(); ++id) {
        auto const known = about(*id, project);
        auto const path =
            known ? project.contained(known->at("path").as_string()) : Result<ContainedPath>(fail_path(ENOENT, *id));
        if (!path) continue;
        json::object entry{{"id", *id}};
        wire::add_path(entry, *path);
        entry["type"] = known->at("type");
        entry["deletedAt"] = core::iso_time(known->at("at").as_int64(), true);
        out.push_back(std::move(entry));
    }
    return out;
}

std::size_t Trash::empty(const ProjectFolder& project) const
{
    std::size_t count = 0;
    if (folder_.empty()) return count;
    for (const std::string& id : ids()) {
        if (!about(id, project)) continue;
        remove(id);
        ++count;
    }
    return count;
}

void Trash::remove(const std::string& id) const
{
    Descriptor const folder(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    // What cannot be removed now is tried again at the next deletion that finds it too old.
    if (folder) static_cast<void>(remove_tree(folder.number(), id));
}

void Trash::purge(core::Millis now) const
{
    core::Millis const oldest = now - std::chrono::milliseconds(limits_.age).count();
    auto const all = ids();
    for (std::size_t i = 0; i < all.size(); ++i) {
        struct stat made{};
        bool const is_old = ::stat((folder_ / all[i]).c_str(), &made) == 0 && made.st_mtim.tv_sec * 1000 < oldest;
        if (!is_old && all.size() - i <= limits_.entries) return;
        remove(all[i]);
    }
}

} // namespace pix::workbench

#include "workbench/file/file_save.h"

#include <fcntl.h>

#include <cerrno>

#include "workbench/file/file_content.h"
#include "workbench/file/file_error.h"
#include "workbench/file/staged_file.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

Result<SavedFile> replace_file(const ProjectFolder& project, const SaveRequest& request, const Descriptor& found)
{
    const std::string& path = request.path.text();
    if (request.only_new) return fail_exists(path);
    OpenFile old;
    if (::fstat(found.number(), &old.about) != 0) return fail_path(errno, path);
    if (!S_ISREG(old.about.st_mode)) return fail_no_file(path, kind_of(old.about));
    // Replacing needs no permission for the file itself; a file that is write-protected stays so all the same.
    std::string const by_descriptor = "/proc/self/fd/" + std::to_string(found.number());
    if (::faccessat(AT_FDCWD, by_descriptor.c_str(), W_OK, AT_EACCESS) != 0) return fail_path(errno, path);
    PIX_TRY(Place const place, project.real_place_of(found, request.path));
    if (request.if_match) {
        old.descriptor = Descriptor(reopen(found, O_RDONLY));
        if (!old.descriptor) return fail_path(errno, path);
        PIX_TRY(std::string const tag, etag_of_file(old, request.path));
        if (!names_etag(*request.if_match, tag))
            return fail_as("FILE_CHANGED", Errc::conflict, shown_path(path) + " was changed since it was read",
                           "Read it again and decide what to keep.");
    }
    PIX_TRY(StagedFile staged, StagedFile::create(place, request.path));
    PIX_CHECK(staged.write(request.bytes));
    staged.take_over(found);
    PIX_CHECK(request.if_match ? staged.replace_only(place, old.about) : staged.replace(place));
    return SavedFile{false, etag_of(request.bytes), staged.about()};
}

Result<SavedFile> make_file(const ProjectFolder& project, const SaveRequest& request)
{
    const std::string& path = request.path.text();
    PIX_TRY(Place const place, project.place_of(request.path));
    struct stat there{};
    if (::fstatat(place.folder.number(), place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
        return fail_as("FILE_NOT_FOUND", Errc::not_found, "the link " + shown_path(path) + " leads to nothing",
                       "Remove the link, or make what it leads to.");
    if (request.if_match)
        return fail_as("FILE_CHANGED", Errc::conflict, shown_path(path) + " is no longer there",
                       "Save it without If-Match to make it again.");
    PIX_CHECK(check_new_name(place.name));
    PIX_TRY(StagedFile staged, StagedFile::create(place, request.path));
    PIX_CHECK(staged.write(request.bytes));
    PIX_CHECK(staged.place_new(place));
    return SavedFile{true, etag_of(request.bytes), staged.about()};
}

} // namespace

Result<SavedFile> save_file(const ProjectFolder& project, const SaveRequest& request)
{
    auto const found = project.find(request.path);
    if (found) return replace_file(project, request, *found);
    if (found.error().code == Errc::not_found) return make_file(project, request);
    return std::unexpected(found.error());
}

} // namespace pix::workbench

#include "workbench/file/file_error.h"

#include <cerrno>
#include <cstring>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;
using core::Error;
using core::fail_as;

std::string shown_path(std::string_view path)
{
    return "\"" + core::shorten(core::to_utf8(path), 200) + "\"";
}

std::unexpected<Error> fail_outside(std::string_view path)
{
    return fail_as("PATH_OUTSIDE_PROJECT", Errc::forbidden, shown_path(path) + " leads out of the project",
                   "Paths are relative to the project's folder.");
}

std::unexpected<Error> fail_not_found(std::string_view path)
{
    return fail_as("FILE_NOT_FOUND", Errc::not_found, "there is no " + shown_path(path));
}

std::unexpected<Error> fail_exists(std::string_view path)
{
    return fail_as("ALREADY_EXISTS", Errc::conflict, shown_path(path) + " is there already",
                   "Choose another name, or remove it first.");
}

std::unexpected<Error> fail_no_file(std::string_view path, std::string_view found)
{
    return fail_as("NOT_A_FILE", Errc::invalid, shown_path(path) + " is " + std::string(found) + ", not a file");
}

std::unexpected<Error> fail_path(int error_number, std::string_view path)
{
    switch (error_number) {
    case ENOENT:
    case ENOTDIR: return fail_not_found(path);
    case EACCES:
    case EPERM:
        return fail_as("PERMISSION_DENIED", Errc::forbidden, "no permission for " + shown_path(path),
                       "The file's or its folder's mode forbids it to the user that Pix runs as.");
    case EROFS:
        return fail_as("PERMISSION_DENIED", Errc::forbidden, shown_path(path) + " is on a read-only file system");
    case EEXIST: return fail_exists(path);
    case ENOTEMPTY: return fail_as("NOT_EMPTY", Errc::invalid, "the folder " + shown_path(path) + " is not empty");
    case EISDIR: return fail_no_file(path, "a folder");
    case EXDEV:
        return fail_as("OTHER_FILE_SYSTEM", Errc::invalid, shown_path(path) + " is on another file system",
                       "Copy it and remove the original.");
    case ELOOP: return fail_as("LINK_LOOP", Errc::invalid, "the links of " + shown_path(path) + " lead in a circle");
    case ENAMETOOLONG: return fail_as("INVALID_NAME", Errc::invalid, shown_path(path) + " is too long");
    case EFBIG: return fail_as("FILE_TOO_LARGE", Errc::too_large, shown_path(path) + " would be too large");
    case ENOSPC:
    case EDQUOT:
        return fail_as("DISK_FULL", Errc::unavailable, "no room on the disk for " + shown_path(path),
                       "What was there before is unchanged. Free some space and try again.");
    case EBUSY:
    case ETXTBSY: return fail_as("FILE_BUSY", Errc::conflict, shown_path(path) + " is in use");
    default: {
        auto failure = core::fail_errno(Errc::unavailable, "cannot use " + shown_path(path), error_number);
        return failure;
    }
    }
}

} // namespace pix::workbench

#pragma once
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "core/http/form.h"
#include "workbench/file/project_folder.h"

namespace pix::workbench {

struct UploadLimits {
    std::size_t files = 20;
    std::uint64_t file_bytes = 50UL << 20;
};

/// One file to be put into a project.
struct UploadedFile {
    ContainedPath path;
    std::string_view bytes; ///< of the form
};

struct Upload {
    ContainedPath folder;
    std::vector<UploadedFile> files;
    bool overwrite = false;
};

/// Reads the form: parts `files`, `targetPath`, `relativePaths` (a JSON array in the order of the files), `overwrite`.
/// `form` outlives the answer. Errors: Errc::invalid (nothing or too much, INVALID_NAME), Errc::too_large,
/// Errc::forbidden (a path that leaves the target folder).
core::Result<Upload> read_upload(const ProjectFolder& project, const http::Form& form, const UploadLimits& limits);

/// Puts all files where they belong, or none: what is new of a failed upload is taken away again.
/// Errors: those of ProjectFolder and StagedFile, Errc::conflict (ALREADY_EXISTS).
core::Result<void> store_upload(const ProjectFolder& project, const Upload& upload);

} // namespace pix::workbench

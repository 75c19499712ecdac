#pragma once
#include <memory>

#include "workbench/file/file_handlers.h"

/// What answers the requests for names, for what was deleted, and for folders outside projects.
namespace pix::workbench {

/// GET files/search?q=&limit=: {results: [{name, path}], total, files, truncated}, the best first.
FileReply search_files(std::shared_ptr<http::Request> request, Files& files);
/// GET files/trash: what was deleted in the project and can be brought back.
FileReply list_trash(std::shared_ptr<http::Request> request, Files& files);
/// POST files/restore {undo}: brings it back to where it was.
FileReply restore_file(std::shared_ptr<http::Request> request, Files& files);
/// DELETE files/trash: removes it all for good.
FileReply empty_trash(std::shared_ptr<http::Request> request, Files& files);
/// GET /api/browse-filesystem?path=
FileReply show_filesystem(std::shared_ptr<http::Request> request, Files& files);
/// POST /api/create-folder {path}
FileReply make_folder(std::shared_ptr<http::Request> request, Files& files);

} // namespace pix::workbench

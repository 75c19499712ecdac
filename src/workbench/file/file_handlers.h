#pragma once
#include <memory>

#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/file/files.h"

/// What answers the requests for the files of a project (`{projectName}` in the path). Requests take `encodedPath`, the
/// percent-encoded bytes of a path that is not UTF-8, wherever they take `path`.
///
/// Errors: those of the functions that they call, and Errc::invalid for what is missing or ill-typed.
namespace pix::workbench {

using FileReply = awaitable<core::Result<http::Response>>;

/// GET files?path=&depth=&respectGitignore=&truncate=: a bare array.
FileReply list_files(std::shared_ptr<http::Request> request, Files& files);
/// GET file?path=&decode=: content, encoding, etag.
FileReply read_file(std::shared_ptr<http::Request> request, Files& files);
/// PUT file {path, content, encoding?, charset?}; If-Match and If-None-Match: * are honoured.
FileReply write_file(std::shared_ptr<http::Request> request, Files& files);
/// POST files/create {path, type, content?, encoding?}, or the older {path: folder, name, type}.
FileReply create_file(std::shared_ptr<http::Request> request, Files& files);
/// PUT files/rename {oldPath, newPath}, or the older {oldPath, newName}.
FileReply rename_file(std::shared_ptr<http::Request> request, Files& files);
/// DELETE files {path, type?}, or the same in the query. `undo` brings it back for some days; with ?permanent=1, or
/// where it cannot be kept, that is null.
FileReply delete_file(std::shared_ptr<http::Request> request, Files& files);

} // namespace pix::workbench

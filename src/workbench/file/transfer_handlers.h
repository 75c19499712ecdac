#pragma once
#include <memory>

#include "workbench/file/file_handlers.h"

/// What answers the requests that carry bytes: in forms, as they are, and as archives.
namespace pix::workbench {

/// GET files/content?path=&download=: the bytes of a file, in parts if asked for; never as a page that could act.
FileReply send_content(std::shared_ptr<http::Request> request, Files& files);
/// GET files/archive?path=&all=: a folder as a zip file, as it is made. What the tree leaves out is left out; with
/// all=1 only version control and installed packages are.
FileReply send_archive(std::shared_ptr<http::Request> request, Files& files);
/// POST files/upload: a multipart form.
FileReply upload_files(std::shared_ptr<http::Request> request, Files& files);
/// POST upload-images: a multipart form; answers data URLs and stores nothing.
FileReply upload_images(std::shared_ptr<http::Request> request, Files& files);
/// POST /api/assets: one file of a multipart form, kept for prompts.
FileReply keep_attachment(std::shared_ptr<http::Request> request, Files& files);

} // namespace pix::workbench

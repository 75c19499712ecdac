#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "workbench/file/project_folder.h"

namespace pix::workbench {

/// What a file held when it was read.
struct FileContent {
    std::string bytes;
    struct stat about{};
};

/// Reads a whole file. Errors: those of open_file(), Errc::too_large (FILE_TOO_LARGE, more than `limit` bytes; nothing
/// of it was read).
core::Result<FileContent> read_content(const ProjectFolder& project, const ContainedPath& path, std::uint64_t limit);
/// The same of a file that is open.
core::Result<FileContent> read_content(const OpenFile& file, const ContainedPath& path, std::uint64_t limit);

/// `"<32 hex digits>"`, of the content: the same bytes have the same tag however often they were written.
std::string etag_of(std::string_view bytes);
/// The tag of an open file's content, reading it in pieces.
core::Result<std::string> etag_of_file(const OpenFile& file, const ContainedPath& path);
/// Whether an If-Match or If-None-Match header names the tag; "*" names any, "W/" is not looked at.
bool names_etag(std::string_view header, std::string_view etag);

/// What the wire says of a file: content, encoding (utf-8 or base64), path, size, modified, etag. With `decode`, a text
/// in UTF-16 or Latin-1 comes as text, and `charset` says how it is kept.
boost::json::object to_json(const FileContent& content, const ContainedPath& path, bool decode);

} // namespace pix::workbench

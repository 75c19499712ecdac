#pragma once
#include <sys/stat.h>

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "workbench/file/contained_path.h"

/// How the files area's JSON is read and written.
namespace pix::workbench::wire {

/// Adds `name`, `path` and, where they are not UTF-8, `encodedPath`, which every operation takes in place of `path`.
void add_path(boost::json::object& entry, const ContainedPath& path);

/// What a change answers: success, name, path, and a sentence.
boost::json::object done_json(const ContainedPath& path, std::string_view message);

/// When a file was written: ISO 8601 with milliseconds.
std::string modified_text(const struct stat& about);

/// The first of `names` that is there; nothing if none is (or it is null). Errors: Errc::invalid (no text).
core::Result<std::optional<std::string>> text_field(const boost::json::object& body,
                                                    std::initializer_list<std::string_view> names);
/// The same; none is a failure that names the first.
core::Result<std::string> required_text(const boost::json::object& body, std::initializer_list<std::string_view> names);

/// Errors: Errc::invalid: which field is missing or wrong.
[[nodiscard]] std::unexpected<core::Error> fail_missing(std::string_view field);

} // namespace pix::workbench::wire

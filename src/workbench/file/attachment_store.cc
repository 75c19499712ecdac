#include "workbench/file/attachment_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/base/id.h"
#include "core/base/text.h"
#include "workbench/file/descriptor.h"
#include "workbench/file/file_error.h"
#include "workbench/file/media_type.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

namespace {

constexpr std::size_t most_images = 5;
constexpr std::size_t image_bytes = 5UL << 20;
constexpr std::size_t longest_name = 100;

/// By the first bytes; "" for anything that is none of the five.
std::string_view image_type(std::string_view bytes)
{
    if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
    if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
    if (bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return "image/webp";
    std::string_view const head = bytes.substr(0, 4096);
    bool const is_markup = core::trim(head).starts_with('<') || head.starts_with("\xEF\xBB\xBF<");
    if (is_markup && head.find("<svg") != std::string_view::npos && core::is_utf8(bytes)) return "image/svg+xml";
    return {};
}

/// What is left of a name when only harmless characters stay: it becomes part of a path that agents are given.
std::string plain_name(std::string_view name)
{
    std::string plain;
    for (char const c : name) {
        bool const safe =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        plain += safe ? c : '_';
    }
    // The ending says what it is: a long name is cut at its front.
    if (plain.size() > longest_name) plain.erase(0, plain.size() - longest_name);
    return plain.empty() ? "file" : plain;
}

Result<void> write_private(const std::string& path, std::string_view bytes)
{
    Descriptor const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return fail_path(errno, path);
    while (!bytes.empty()) {
        ssize_t const wrote = ::write(file.number(), bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            int const error = errno;
            ::unlink(path.c_str());
            return fail_path(error, path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
}

} // namespace

AttachmentStore::AttachmentStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

Result<json::object> AttachmentStore::keep(const http::Form& form) const
{
    std::vector<const http::Part*> files;
    for (const http::Part& part : form.parts())
        if (part.is_file) files.push_back(&part);
    if (files.size() != 1) return fail_as("INVALID_REQUEST", Errc::invalid, "the form must hold one file");
    const http::Part& part = *files.front();
    if (part.bytes.size() > file_bytes)
        return fail_as("FILE_TOO_LARGE", Errc::too_large,
                       "an attachment may have " + core::human_bytes(file_bytes) + " at most");
    std::error_code error;
    std::filesystem::create_directories(folder_.parent_path(), error);
    ::mkdir(folder_.c_str(), 0700);
    std::string const path = (folder_ / (core::sortable_id() + "-" + plain_name(part.filename))).string();
    PIX_CHECK(write_private(path, part.bytes));
    std::string const type =
        media_type_of(part.filename, std::string_view(part.bytes).substr(0, media_type_bytes)).content_type;
    return json::object{{"path", path},
                        {"name", core::to_utf8(part.filename)},
                        {"mimeType", type.substr(0, type.find(';'))},
                        {"size", part.bytes.size()}};
}

Result<json::object> images_as_data(const http::Form& form)
{
    auto const parts = form.files("images");
    if (parts.empty()) return fail_as("INVALID_REQUEST", Errc::invalid, R"(there is no file in "images")");
    if (parts.size() > most_images)
        return fail_as("TOO_MANY_FILES", Errc::invalid,
                       "at most " + std::to_string(most_images) + " images are taken at once");
    json::array images;
    for (const http::Part& part : parts) {
        if (part.bytes.size() > image_bytes)
            return fail_as("FILE_TOO_LARGE", Errc::too_large,
                           shown_path(part.filename) + " is larger than the " + core::human_bytes(image_bytes) +
                               " that are taken");
        std::string_view const type = image_type(part.bytes);
        if (type.empty())
            return fail_as("NOT_AN_IMAGE", Errc::invalid,
                           shown_path(part.filename) + " is none of JPEG, PNG, GIF, WebP and SVG");
        images.push_back(
            json::object{{"name", core::to_utf8(part.filename)},
                         {"data", "data:" + std::string(type) + ";base64," + core::base64_encode(part.bytes)},
                         {"size", part.bytes.size()},
                         {"mimeType", type}});
    }
    return json::object{{"images", std::move(images)}};
}

} // namespace pix::workbench

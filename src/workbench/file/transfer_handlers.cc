#include "workbench/file/transfer_handlers.h"

#include <cerrno>
#include <stdexcept>

#include "core/http/conditional.h"
#include "core/http/event_stream.h"
#include "workbench/file/file_error.h"
#include "workbench/file/folder_archive.h"
#include "workbench/file/media_type.h"
#include "workbench/file/request_fields.h"

namespace pix::workbench {

using core::Result;
using http::Response;
namespace json = boost::json;

namespace {

/// What is sent in one go, with its length; more is streamed.
constexpr std::uint64_t small_part = 512 * 1024;
constexpr std::uint64_t piece = 128 * 1024;
/// A download is not a page's tree: it may take its time.
constexpr auto archive_time = std::chrono::hours(1);

/// A file that is being sent.
struct Sending {
    OpenFile file;
    std::string name;
    MediaType type;
    std::string etag;
    http::RangeChoice range;
    std::string bytes; ///< of a small part
    std::uint64_t first = 0;
    std::uint64_t left = 0;
};

/// At most `size` bytes from `offset`; fewer at the end of the file, or when it cannot be read.
std::string read_piece(const OpenFile& file, std::uint64_t offset, std::uint64_t size)
{
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        ssize_t const got = ::pread(file.descriptor.number(), bytes.data() + filled, bytes.size() - filled,
                                    static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

/// Of the file's state: content that is sent in parts is not read through for a tag.
std::string state_etag(const struct stat& about)
{
    char text[80];
    std::snprintf(text, sizeof text, "\"%llx-%llx-%llx\"", static_cast<unsigned long long>(about.st_ino),
                  static_cast<unsigned long long>(about.st_mtim.tv_sec * 1'000'000'000LL + about.st_mtim.tv_nsec),
                  static_cast<unsigned long long>(about.st_size));
    return text;
}

Result<std::shared_ptr<Sending>> open_for_sending(const ProjectFolder& project, const std::string& text,
                                                  const http::Request& request)
{
    PIX_TRY(ContainedPath const path, project.contained(text));
    auto sending = std::make_shared<Sending>();
    PIX_TRY(sending->file, project.open_file(path));
    sending->name = path.name();
    sending->type = media_type_of(sending->name, read_piece(sending->file, 0, media_type_bytes));
    sending->etag = state_etag(sending->file.about);
    auto const size = static_cast<std::uint64_t>(sending->file.about.st_size);
    sending->range = http::choose_range(request.header("Range"), request.header("If-Range"), sending->etag, size);
    sending->left = size;
    if (sending->range.kind == http::RangeChoice::Kind::part) {
        sending->first = sending->range.range.first;
        sending->left = sending->range.range.last - sending->first + 1;
    }
    if (sending->left <= small_part) sending->bytes = read_piece(sending->file, sending->first, sending->left);
    return sending;
}

awaitable<void> send_pieces(std::shared_ptr<http::BodyWriter> writer, std::shared_ptr<Sending> sending, Files& files)
{
    while (sending->left > 0) {
        auto read = [sending] { return read_piece(sending->file, sending->first, std::min(sending->left, piece)); };
        std::string bytes = co_await files.on_pool(std::move(read));
        // A file that became shorter cannot keep what was promised: the client must see that the answer is cut.
        if (bytes.empty()) throw std::runtime_error("the file became shorter while it was sent");
        sending->first += bytes.size();
        sending->left -= bytes.size();
        auto const sent = co_await writer->write(std::move(bytes));
        if (!sent) co_return;
    }
}

awaitable<void> send_zip(std::shared_ptr<http::BodyWriter> writer, std::shared_ptr<FolderArchive> archive, Files& files)
{
    for (;;) {
        auto make = [archive] { return archive->next(); };
        auto bytes = co_await files.on_pool(std::move(make));
        if (!bytes) throw std::runtime_error(bytes.error().message + ": " + bytes.error().detail);
        if (bytes->empty()) co_return;
        auto const sent = co_await writer->write(*std::move(bytes));
        if (!sent) co_return;
    }
}

/// "bytes 0-99/1000"
std::string part_text(const Sending& sending)
{
    http::ByteRange const part = sending.range.range;
    return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.last) + "/" +
           std::to_string(sending.file.about.st_size);
}

Response unsatisfiable(const Sending& sending)
{
    Response response = Response::empty(416);
    response.set("Content-Range", "bytes */" + std::to_string(sending.file.about.st_size));
    return response;
}

/// A form as large as the limits of the area allow, read on the pool.
http::FormLimits form_limits()
{
    http::FormLimits limits;
    limits.value_bytes = 1024 * 1024;
    return limits;
}

} // namespace

FileReply send_content(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(std::string path, wire::required_query_path(*request));
    auto open = [path = std::move(path), request](const ProjectFolder& project) {
        return open_for_sending(project, path, *request);
    };
    PIX_CO_TRY(auto sending, co_await files.in_project(request->param("projectName"), std::move(open)));
    if (http::is_none_match_satisfied_by(request->header("If-None-Match"), sending->etag)) {
        Response unchanged = Response::empty(304);
        unchanged.set("ETag", sending->etag);
        co_return unchanged;
    }
    if (sending->range.kind == http::RangeChoice::Kind::unsatisfiable) co_return unsatisfiable(*sending);
    bool const is_part = sending->range.kind == http::RangeChoice::Kind::part;
    Response response;
    bool const is_inline = sending->type.is_inline && !wire::is_asked(*request, "download");
    if (sending->left <= small_part) {
        response = Response::bytes(std::move(sending->bytes), sending->type.content_type);
    } else {
        http::Writer writer = [sending, &files](std::shared_ptr<http::BodyWriter> body) {
            return send_pieces(std::move(body), sending, files);
        };
        response = Response::stream(sending->type.content_type, std::move(writer));
    }
    if (is_part) {
        response.status = 206;
        response.set("Content-Range", part_text(*sending));
    }
    response.compressible = false;
    response.content_policy = std::string(http::sandbox_content_policy);
    response.set("Content-Disposition", http::content_disposition(is_inline ? "inline" : "attachment", sending->name));
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Accept-Ranges", "bytes");
    response.set("ETag", sending->etag);
    response.set("Cache-Control", "no-cache");
    co_return response;
}

FileReply send_archive(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(std::string path, wire::query_path(*request));
    WalkOptions options;
    options.time = archive_time;
    options.leave_out = wire::is_asked(*request, "all")                ? LeaveOut::nothing_more
                        : wire::is_asked(*request, "respectGitignore") ? LeaveOut::by_gitignore
                                                                       : LeaveOut::by_default;
    auto open = [path = std::move(path),
                 options](const ProjectFolder& project) -> Result<std::shared_ptr<FolderArchive>> {
        PIX_TRY(ContainedPath const folder, project.contained(path));
        PIX_TRY(auto archive, FolderArchive::open(project, folder, options));
        return std::shared_ptr<FolderArchive>(std::move(archive));
    };
    PIX_CO_TRY(auto archive, co_await files.in_project(request->param("projectName"), std::move(open)));
    http::Writer writer = [archive, &files](std::shared_ptr<http::BodyWriter> body) {
        return send_zip(std::move(body), archive, files);
    };
    Response response = Response::stream("application/zip", std::move(writer));
    response.set("Content-Disposition", http::content_disposition("attachment", archive->filename()));
    response.set("Cache-Control", "no-store");
    co_return response;
}

FileReply upload_files(std::shared_ptr<http::Request> request, Files& files)
{
    auto work = [request, limits = files.config().upload](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(auto const form, request->form(form_limits()));
        PIX_TRY(Upload upload, read_upload(project, form, limits));
        upload.overwrite = upload.overwrite || wire::is_asked(*request, "overwrite");
        PIX_CHECK(store_upload(project, upload));
        json::array stored;
        for (const UploadedFile& file : upload.files) {
            json::object entry;
            wire::add_path(entry, file.path);
            entry["size"] = file.bytes.size();
            stored.push_back(std::move(entry));
        }
        std::string const count = std::to_string(upload.files.size());
        return Response::json(
            json::object{{"success", true},
                         {"files", std::move(stored)},
                         {"targetPath", upload.folder.text()},
                         {"message", upload.files.size() == 1 ? "1 file was stored." : count + " files were stored."}});
    };
    co_return co_await files.change_project(request->param("projectName"), std::move(work));
}

FileReply upload_images(std::shared_ptr<http::Request> request, Files& files)
{
    auto work = [request](const ProjectFolder&) -> Result<Response> {
        PIX_TRY(auto const form, request->form(form_limits()));
        PIX_TRY(auto const images, images_as_data(form));
        return Response::json(images);
    };
    co_return co_await files.in_project(request->param("projectName"), std::move(work));
}

FileReply keep_attachment(std::shared_ptr<http::Request> request, Files& files)
{
    auto work = [request, store = &files.attachments()]() -> Result<Response> {
        PIX_TRY(auto const form, request->form(form_limits()));
        PIX_TRY(auto const kept, store->keep(form));
        return Response::json(kept);
    };
    co_return co_await files.on_pool(std::move(work));
}

} // namespace pix::workbench

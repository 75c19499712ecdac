#include "tools/artefact_folder.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
namespace fs = std::filesystem;

constexpr int max_depth = 16;

struct CloseFd {
    int fd = -1;
    ~CloseFd()
    {
        if (fd >= 0) ::close(fd);
    }
};

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::string finish(EVP_MD_CTX* context)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context, sum.data(), &size);
    return core::hex({reinterpret_cast<const char*>(sum.data()), size});
}

std::string hash_of(std::string_view bytes, const EVP_MD* kind)
{
    Digest const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), kind, nullptr);
    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
    return finish(context.get());
}

/// Empty if the file cannot be read to its end.
std::string hash_of_file(const fs::path& path)
{
    CloseFd const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (file.fd < 0) return {};
    Digest const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    std::vector<char> buffer(256 * 1024);
    for (;;) {
        ssize_t const n = ::read(file.fd, buffer.data(), buffer.size());
        if (n < 0) return {};
        if (n == 0) return finish(context.get());
        EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(n));
    }
}

Result<void> write_file(const fs::path& path, std::string_view bytes)
{
    CloseFd const file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0) return core::fail_errno(Errc::unavailable, "cannot write " + path.string(), errno);
    while (!bytes.empty()) {
        ssize_t const n = ::write(file.fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            int const error = errno;
            ::unlink(path.c_str());
            return core::fail_errno(Errc::unavailable, "cannot write " + path.string(), error);
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 38> mimes{{
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"svg", "image/svg+xml"},
    {"bmp", "image/bmp"},
    {"ico", "image/x-icon"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"wav", "audio/wav"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"flac", "audio/flac"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"mov", "video/quicktime"},
    {"txt", "text/plain"},
    {"log", "text/plain"},
    {"csv", "text/csv"},
    {"tsv", "text/tab-separated-values"},
    {"md", "text/markdown"},
    {"html", "text/html"},
    {"css", "text/css"},
    {"xml", "application/xml"},
    {"json", "application/json"},
    {"jsonl", "application/x-ndjson"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"toml", "application/toml"},
    {"pdf", "application/pdf"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"tar", "application/x-tar"},
    {"parquet", "application/x-parquet"},
    {"geojson", "application/geo+json"},
    {"gpx", "application/gpx+xml"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
}};

std::string extension_of(std::string_view mime)
{
    for (const auto& [extension, type] : mimes)
        if (type == mime) return std::string(extension);
    return "bin";
}

struct DataUrl {
    std::string mime;
    std::string bytes;
};

/// `data:<type>[;parameters];base64,<bytes>`; nothing for any other text.
std::optional<DataUrl> read_data_url(std::string_view text)
{
    if (!text.starts_with("data:")) return std::nullopt;
    std::size_t const comma = text.substr(0, 300).find(',');
    if (comma == std::string_view::npos || !text.substr(0, comma).ends_with(";base64")) return std::nullopt;
    std::string_view const type = text.substr(5, text.find_first_of(";,") - 5);
    auto bytes = core::base64_decode(text.substr(comma + 1));
    if (!bytes) return std::nullopt;
    return DataUrl{type.empty() ? "application/octet-stream" : core::lower(type), *std::move(bytes)};
}

bool is_media(OutputType type)
{
    return type == OutputType::image || type == OutputType::audio || type == OutputType::video ||
           type == OutputType::file;
}

/// The member of a media value that holds its bytes: null if there is none.
json::value* media_of(json::value& value)
{
    if (value.is_string()) return &value;
    if (json::object* object = value.if_object())
        for (const char* key : {"value", "data", "url"})
            if (json::value* member = object->if_contains(key); member && member->is_string()) return member;
    return nullptr;
}

/// Whether the value's JSON is longer than `limit`, without making all of it.
bool is_longer(const json::value& value, std::size_t limit)
{
    json::serializer serializer;
    serializer.reset(&value);
    std::array<char, 4096> buffer{};
    std::size_t size = 0;
    while (!serializer.done() && size <= limit) size += serializer.read(buffer.data(), buffer.size()).size();
    return size > limit;
}

/// A key as a file name.
std::string file_stem(std::string_view key)
{
    std::string stem;
    for (char const c : key.substr(0, 100)) {
        bool const safe =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        stem += safe ? c : '_';
    }
    return stem.empty() ? "output" : stem;
}

} // namespace

bool is_plain_name(std::string_view text)
{
    return !text.empty() && text.size() <= 200 && text.front() != '.' && text.front() != '_' &&
           text.find('/') == std::string_view::npos && text.find('\\') == std::string_view::npos &&
           text.find('\0') == std::string_view::npos;
}

std::string mime_of(std::string_view filename)
{
    std::size_t const dot = filename.rfind('.');
    if (dot != std::string_view::npos) {
        std::string const extension = core::lower(filename.substr(dot + 1));
        for (const auto& [known, type] : mimes)
            if (known == extension) return std::string(type);
    }
    return "application/octet-stream";
}

std::string shown_filename(const std::string& filename)
{
    static constexpr std::array words{"password", "secret", "token", "api_key",   "api-key",
                                      "auth",     "bearer", "jwt",   "credential"};
    std::string const low = core::lower(filename);
    bool const secret =
        std::any_of(words.begin(), words.end(), [&](const char* word) { return low.find(word) != std::string::npos; });
    if (!secret) return core::to_utf8(filename);
    std::string const extension = fs::path(filename).extension().string();
    return "redacted-" + hash_of(filename, EVP_sha1()).substr(0, 8) + core::to_utf8(extension);
}

ArtefactFolder::ArtefactFolder(fs::path root, ArtefactLimits limits) : root_(std::move(root)), limits_(limits) {}

fs::path ArtefactFolder::path_of(const std::string& tool_id, const std::string& run_id) const
{
    return root_ / tool_id / run_id;
}

Result<fs::path> ArtefactFolder::make(const std::string& tool_id, const std::string& run_id) const
{
    if (!is_plain_name(tool_id) || !is_plain_name(run_id))
        return fail(Errc::invalid, "the id " + core::shorten(core::to_utf8(tool_id), 60) + " cannot name a folder");
    fs::path const path = path_of(tool_id, run_id);
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return path;
    if (errno == ENOENT) {
        std::error_code ignored;
        fs::create_directories(root_, ignored);
        ::mkdir((root_ / tool_id).c_str(), 0700);
        if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return path;
    }
    return core::fail_errno(Errc::unavailable, "cannot make the artefact folder " + path.string(), errno);
}

std::vector<Artefact> ArtefactFolder::collect(const std::string& tool_id, const std::string& run_id,
                                              core::Millis at) const
{
    std::vector<Artefact> found;
    fs::path const base = path_of(tool_id, run_id);
    if (::rmdir(base.c_str()) == 0) return found; // most runs leave nothing behind
    std::error_code error;
    fs::recursive_directory_iterator it(base, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator() && found.size() < limits_.max_files;
         it.increment(error)) {
        std::string const name = it->path().filename().string();
        std::error_code status_error;
        auto const status = it->symlink_status(status_error);
        if (fs::is_directory(status)) {
            if (name.starts_with('.') || it.depth() >= max_depth) it.disable_recursion_pending();
            continue;
        }
        if (status_error || !fs::is_regular_file(status) || name.starts_with('.') || name.ends_with(".partial"))
            continue;
        fs::path const relative = it->path().lexically_relative(base);
        if (!core::is_utf8(relative.native())) continue;
        Artefact artefact;
        artefact.run_id = run_id;
        artefact.tool_id = tool_id;
        artefact.output_key = relative.has_parent_path() ? relative.begin()->string() : relative.stem().string();
        artefact.rel_path = tool_id + "/" + run_id + "/" + relative.generic_string();
        artefact.filename = shown_filename(name);
        artefact.mime = mime_of(name);
        artefact.size_bytes = static_cast<std::int64_t>(fs::file_size(it->path(), status_error));
        artefact.sha256 = hash_of_file(it->path());
        artefact.created_at = at;
        if (!status_error) found.push_back(std::move(artefact));
    }
    return found;
}

Result<std::vector<SpilledValue>> ArtefactFolder::spill(const std::string& tool_id, const std::string& run_id,
                                                        const ToolSchema& schema, json::object& outputs,
                                                        core::Millis at) const
{
    std::vector<SpilledValue> spilled;
    for (auto& [key, value] : outputs) {
        const OutputSpec* spec = schema.find_output(key);
        std::optional<DataUrl> media;
        json::value* holder = nullptr;
        if (spec && is_media(spec->type)) {
            holder = media_of(value);
            if (holder) media = read_data_url(std::string_view(holder->get_string()));
        }
        if (!media && !is_longer(value, limits_.inline_bytes)) continue;
        if (spilled.size() >= limits_.max_files) return fail(Errc::too_large, "the run has too many large outputs");

        PIX_TRY(auto const folder, make(tool_id, run_id));
        SpilledValue result;
        std::string const mime = media ? media->mime : "application/json";
        std::string const name = file_stem(key) + "." + extension_of(mime);
        std::string const bytes = media ? std::move(media->bytes) : core::to_text(value);
        PIX_CHECK(write_file(folder / name, bytes));
        result.artefact.run_id = run_id;
        result.artefact.tool_id = tool_id;
        result.artefact.output_key = key;
        result.artefact.rel_path = tool_id + "/" + run_id + "/" + name;
        result.artefact.filename = shown_filename(name);
        result.artefact.mime = mime;
        result.artefact.size_bytes = static_cast<std::int64_t>(bytes.size());
        result.artefact.sha256 = hash_of(bytes, EVP_sha256());
        result.artefact.created_at = at;
        if (media && value.is_object()) {
            // What describes the media stays: its file name, alternative text, poster.
            *holder = nullptr;
            result.reference = value.get_object();
            result.reference.erase("value");
            result.reference.erase("data");
        }
        result.reference["output_type"] = spec ? name_of(spec->type) : std::string_view("json");
        result.reference["mime"] = mime;
        result.reference["size"] = result.artefact.size_bytes;
        value = nullptr;
        spilled.push_back(std::move(result));
    }
    return spilled;
}

void ArtefactFolder::remove(const std::string& tool_id, const std::string& run_id) const
{
    if (!is_plain_name(tool_id) || !is_plain_name(run_id)) return;
    std::error_code ignored;
    fs::remove_all(path_of(tool_id, run_id), ignored);
}

std::uint64_t ArtefactFolder::size_of(const std::string& tool_id, const std::string& run_id) const
{
    std::uint64_t total = 0;
    std::error_code error;
    fs::recursive_directory_iterator it(path_of(tool_id, run_id), fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator() && total <= limits_.max_bytes; it.increment(error)) {
        std::error_code ignored;
        if (it.depth() >= max_depth) it.disable_recursion_pending();
        if (!it->is_symlink(ignored) && it->is_regular_file(ignored)) {
            auto const size = it->file_size(ignored);
            if (!ignored) total += size;
        }
    }
    return total;
}

Result<fs::path> ArtefactFolder::resolve(const std::string& rel_path) const
{
    fs::path const relative(rel_path);
    bool leaves = rel_path.empty() || relative.is_absolute();
    for (const fs::path& part : relative) leaves = leaves || part == "..";
    std::error_code error;
    fs::path const base = fs::canonical(root_, error);
    if (leaves) return fail(Errc::forbidden, "the artefact's path leads out of the artefact folder");
    fs::path const path = fs::canonical(base / relative, error);
    if (error) return fail(Errc::gone, "the artefact's file is no longer there");
    auto const [base_end, unused] = std::mismatch(base.begin(), base.end(), path.begin(), path.end());
    if (base_end != base.end()) return fail(Errc::forbidden, "the artefact's path leads out of the artefact folder");
    return path;
}

} // namespace pix::tools

#include "workbench/file/file_content.h"

#include <openssl/evp.h>

#include <memory>

#include "core/base/text.h"
#include "workbench/file/file_error.h"
#include "workbench/file/text_encoding.h"
#include "workbench/file/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

namespace {

constexpr std::size_t piece = 256 * 1024;
constexpr std::size_t tag_bytes = 16;

/// SHA-256 as it is fed.
class Digest {
public:
    Digest() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free)
    {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }
    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string tag()
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
        EVP_DigestFinal_ex(context_.get(), sum.data(), nullptr);
        return "\"" + core::hex({reinterpret_cast<const char*>(sum.data()), tag_bytes}) + "\"";
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

} // namespace

Result<FileContent> read_content(const OpenFile& file, const ContainedPath& path, std::uint64_t limit)
{
    auto const too_large = [&] {
        return fail_as("FILE_TOO_LARGE", Errc::too_large,
                       shown_path(path.text()) + " is larger than the " + core::human_bytes(limit) +
                           " that are shown as text",
                       "Download it, or ask for its bytes.");
    };
    auto const size = static_cast<std::uint64_t>(file.about.st_size);
    if (size > limit) return too_large();
    FileContent content;
    content.about = file.about;
    // It may grow while it is read, and some file systems say 0 of what is not empty.
    std::size_t filled = 0;
    for (;;) {
        if (content.bytes.size() - filled < 2) content.bytes.resize(std::max<std::size_t>(filled + piece, size + 2));
        ssize_t const got = ::pread(file.descriptor.number(), content.bytes.data() + filled,
                                    content.bytes.size() - filled, static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_path(errno, path.text());
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
        if (filled > limit) return too_large();
    }
    content.bytes.resize(filled);
    return content;
}

Result<FileContent> read_content(const ProjectFolder& project, const ContainedPath& path, std::uint64_t limit)
{
    PIX_TRY(OpenFile const file, project.open_file(path));
    return read_content(file, path, limit);
}

std::string etag_of(std::string_view bytes)
{
    Digest digest;
    digest.add(bytes);
    return digest.tag();
}

Result<std::string> etag_of_file(const OpenFile& file, const ContainedPath& path)
{
    Digest digest;
    std::string bytes(piece, '\0');
    for (off_t at = 0;;) {
        ssize_t const got = ::pread(file.descriptor.number(), bytes.data(), bytes.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_path(errno, path.text());
        if (got == 0) return digest.tag();
        digest.add({bytes.data(), static_cast<std::size_t>(got)});
        at += got;
    }
}

bool names_etag(std::string_view header, std::string_view etag)
{
    for (std::string_view item : core::split(header, ',')) {
        item = core::trim(item);
        if (item.starts_with("W/")) item.remove_prefix(2);
        // Clients that put the JSON field into the header sometimes lose its quotes.
        if (item == "*" || item == etag || (etag.size() > 2 && item == etag.substr(1, etag.size() - 2))) return true;
    }
    return false;
}

json::object to_json(const FileContent& content, const ContainedPath& path, bool decode)
{
    json::object out;
    wire::add_path(out, path);
    out["size"] = content.bytes.size();
    out["modified"] = wire::modified_text(content.about);
    out["etag"] = etag_of(content.bytes);
    if (is_plain_utf8(content.bytes)) {
        out["content"] = content.bytes;
        out["encoding"] = "utf-8";
        return out;
    }
    if (auto const text = decode ? decode_text(content.bytes) : std::nullopt) {
        out["content"] = text->text;
        out["encoding"] = "utf-8";
        out["charset"] = name_of(text->charset);
        return out;
    }
    out["content"] = core::base64_encode(content.bytes);
    out["encoding"] = "base64";
    return out;
}

} // namespace pix::workbench

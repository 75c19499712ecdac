#include "workbench/file/media_type.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace pix::workbench {

namespace {

struct Known {
    std::string_view extension;
    std::string_view content_type;
    bool is_inline = true;
    bool is_packed = true;
};

/// Source: IANA media types.
constexpr std::array known_types{
    Known{"png", "image/png"},
    Known{"jpg", "image/jpeg"},
    Known{"jpeg", "image/jpeg"},
    Known{"gif", "image/gif"},
    Known{"webp", "image/webp"},
    Known{"avif", "image/avif"},
    Known{"apng", "image/apng"},
    Known{"svg", "image/svg+xml", true, false},
    Known{"bmp", "image/bmp", true, false},
    Known{"ico", "image/x-icon", true, false},
    Known{"tif", "image/tiff", true, false},
    Known{"tiff", "image/tiff", true, false},
    Known{"mp3", "audio/mpeg"},
    Known{"ogg", "audio/ogg"},
    Known{"oga", "audio/ogg"},
    Known{"opus", "audio/ogg"},
    Known{"flac", "audio/flac"},
    Known{"m4a", "audio/mp4"},
    Known{"aac", "audio/aac"},
    Known{"wav", "audio/wav", true, false},
    Known{"mp4", "video/mp4"},
    Known{"m4v", "video/mp4"},
    Known{"webm", "video/webm"},
    Known{"ogv", "video/ogg"},
    Known{"mov", "video/quicktime"},
    Known{"pdf", "application/pdf"},
    Known{"zip", "application/zip", false},
    Known{"gz", "application/gzip", false},
    Known{"tgz", "application/gzip", false},
    Known{"bz2", "application/x-bzip2", false},
    Known{"xz", "application/x-xz", false},
    Known{"zst", "application/zstd", false},
    Known{"7z", "application/x-7z-compressed", false},
    Known{"jar", "application/java-archive", false},
    Known{"tar", "application/x-tar", false, false},
    Known{"wasm", "application/octet-stream", false, false},
    Known{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", false},
    Known{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false},
    Known{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", false},
    Known{"woff", "font/woff", false},
    Known{"woff2", "font/woff2", false},
};

std::string extension_of(std::string_view name)
{
    std::size_t const dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string() : core::lower(name.substr(dot + 1));
}

const Known* find_known(std::string_view name)
{
    std::string const extension = extension_of(name);
    auto const found = std::find_if(known_types.begin(), known_types.end(),
                                    [&](const Known& known) { return known.extension == extension; });
    return found == known_types.end() ? nullptr : &*found;
}

/// UTF-8 without NUL, the last character perhaps cut.
bool looks_like_text(std::string_view bytes)
{
    if (bytes.find('\0') != std::string_view::npos) return false;
    for (int cut = 0; cut < 4 && !bytes.empty(); ++cut, bytes.remove_suffix(1))
        if (core::is_utf8(bytes)) return true;
    return bytes.empty();
}

} // namespace

MediaType media_type_of(std::string_view name, std::string_view first_bytes)
{
    if (const Known* const known = find_known(name)) return {std::string(known->content_type), known->is_inline};
    if (!looks_like_text(first_bytes)) return {"application/octet-stream", false};
    std::string const extension = extension_of(name);
    bool const is_page = extension.find("htm") != std::string::npos || extension == "xht";
    return {"text/plain; charset=utf-8", !is_page};
}

bool is_packed(std::string_view name)
{
    const Known* const known = find_known(name);
    return known && known->is_packed;
}

} // namespace pix::workbench

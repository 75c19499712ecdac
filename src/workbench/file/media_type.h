#pragma once
#include <string>
#include <string_view>

namespace pix::workbench {

/// How the bytes of a file are sent, so that none of them can act in the page's name: nothing is ever HTML, a script or
/// a style sheet; whatever is text is plain text.
struct MediaType {
    std::string content_type;
    bool is_inline = false; ///< may be shown in the browser; else it is saved
};

/// By the name; where the name says nothing, by the first bytes.
MediaType media_type_of(std::string_view name, std::string_view first_bytes);

/// True for what packs itself: images, sound, video, archives.
bool is_packed(std::string_view name);

/// How many first bytes media_type_of() wants to see.
inline constexpr std::size_t media_type_bytes = 8 * 1024;

} // namespace pix::workbench

#pragma once
#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tools/input_spec.h"

namespace pix::tools {

/// What a data URL holds.
struct DataUrl {
    std::string content_type; ///< lower case, without parameters
    std::size_t bytes = 0;    ///< of the content, within two bytes
};

/// Nothing if `text` is no data URL. Source: RFC 2397.
std::optional<DataUrl> data_url(std::string_view text);

/// The media type without parameters, or application/octet-stream when it is none.
std::string clean_media_type(std::string_view content_type);

/// Why a file may not be taken by a file, image or audio input: its size or its kind; empty if it may.
std::string refusal_of(const InputSpec& spec, std::string_view filename, std::string_view type, std::size_t bytes);

/// The same for a value that is already a text: a data URL, or the content itself.
std::string refusal_of(const InputSpec& spec, const json::value& value);

} // namespace pix::tools

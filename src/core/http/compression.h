#pragma once
#include <string>
#include <string_view>

namespace pix::http {

/// Smaller bodies gain nothing that fits into fewer packets.
inline constexpr std::size_t min_compressed_size = 1024;
/// Larger bodies are compressed on a pool's thread.
inline constexpr std::size_t max_inline_compression = 32 * 1024;

/// `text` as a gzip member at a level that suits answers made on the fly. Thread-safe.
std::string gzip(std::string_view text);

} // namespace pix::http

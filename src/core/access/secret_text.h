#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace pix::access {

/// SHA-256 in hexadecimal: how keys and tickets are kept. They are random and long, so nothing slower is needed.
std::string hash_of(std::string_view text);

std::string random_hex(std::size_t bytes);
/// Without padding. Source: RFC 4648 section 5.
std::string random_base64url(std::size_t bytes);

} // namespace pix::access

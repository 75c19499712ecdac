#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace pix::http {

/// True when If-None-Match names `etag` (or is "*"): the client has it already. Source: RFC 9110 section 13.1.2.
bool is_none_match_satisfied_by(std::string_view if_none_match, std::string_view etag);

/// A part of a representation, both ends inclusive.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

struct RangeChoice {
    enum class Kind { whole, part, unsatisfiable };
    Kind kind = Kind::whole;
    ByteRange range;
};

/// Reads a Range header for a body of `size` bytes. One range only: several, and whatever is malformed, give the whole
/// body. `if_range` must equal `etag` (strongly), when there is one. Source: RFC 9110 section 14.
RangeChoice choose_range(std::string_view range, std::string_view if_range, std::string_view etag, std::uint64_t size);

} // namespace pix::http

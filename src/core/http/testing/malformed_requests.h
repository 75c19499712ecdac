#pragma once
#include <string>
#include <utility>
#include <vector>

namespace pix::http::testing {

using NamedBytes = std::vector<std::pair<std::string, std::string>>;

/// Requests that two programs could read differently, or that are no HTTP. Every one is answered 400 or 431 and the
/// connection is closed.
NamedBytes malformed_heads();

/// The same for bodies: a chunked POST whose body is wrong; without the head.
NamedBytes malformed_chunks();

/// Unusual, but right.
NamedBytes good_heads();

} // namespace pix::http::testing

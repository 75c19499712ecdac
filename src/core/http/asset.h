#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "core/http/route.h"

namespace pix::http {

/// A file inside the binary, compressed at build.
struct Asset {
    std::string_view path; ///< below /static/: "js/frame-B1xY77aQ.js"
    std::string_view content_type;
    std::string_view etag;     ///< with its quotes
    std::string_view identity; ///< as it is
    std::string_view gzip;     ///< empty: not smaller
    std::string_view brotli;   ///< empty: not smaller
};

/// True when the name holds a hash of the content ("frame-B1xY77aQ.js"): it never changes and is kept for a year.
bool is_hashed_name(std::string_view path);

/// What the client takes and the asset has: br, gzip, or "" for as it is. Source: RFC 9110 section 12.5.3.
std::string_view choose_coding(std::string_view accept_encoding, bool has_brotli, bool has_gzip);

/// `GET /static/{path*}` over `assets`, which must outlive the server.
Route asset_route(std::span<const Asset> assets);

} // namespace pix::http

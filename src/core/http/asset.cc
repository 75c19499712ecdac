#include "core/http/asset.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "core/base/text.h"
#include "core/http/form.h"

namespace pix::http {

bool is_hashed_name(std::string_view path)
{
    std::string_view const name = path.substr(path.find_last_of('/') + 1);
    std::size_t const dot = name.find('.', 1);
    if (dot == std::string_view::npos) return false;
    std::string_view const stem = name.substr(0, dot);
    // Vite writes eight characters of base64url behind a dash; a word of eight letters is not taken for one.
    std::size_t const hash_size = 8;
    if (stem.size() < hash_size + 2 || stem[stem.size() - hash_size - 1] != '-') return false;
    std::string_view const hash = stem.substr(stem.size() - hash_size);
    bool mixed = false;
    for (char const c : hash) {
        bool const lower = c >= 'a' && c <= 'z';
        bool const other = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!lower && !other) return false;
        mixed = mixed || other;
    }
    return mixed;
}

std::string_view choose_coding(std::string_view accept_encoding, bool has_brotli, bool has_gzip)
{
    double brotli = -1;
    double gzip = -1;
    double any = -1;
    while (!accept_encoding.empty()) {
        std::string_view const item = accept_encoding.substr(0, accept_encoding.find(','));
        accept_encoding.remove_prefix(std::min(accept_encoding.size(), item.size() + 1));
        std::string_view const coding = core::trim(item.substr(0, item.find(';')));
        double weight = 1;
        if (item.find(';') != std::string_view::npos)
            if (auto const q = header_parameter(item, "q")) weight = core::parse_number(*q).value_or(0);
        if (core::equals_ignoring_case(coding, "br"))
            brotli = weight;
        else if (core::equals_ignoring_case(coding, "gzip") || core::equals_ignoring_case(coding, "x-gzip"))
            gzip = weight;
        else if (coding == "*")
            any = weight;
    }
    if (brotli < 0) brotli = any;
    if (gzip < 0) gzip = any;
    if (has_brotli && brotli > 0 && (brotli >= gzip || !has_gzip)) return "br";
    if (has_gzip && gzip > 0) return "gzip";
    return "";
}

Route asset_route(std::span<const Asset> assets)
{
    auto const by_path = std::make_shared<std::map<std::string_view, const Asset*>>();
    for (const Asset& asset : assets) (*by_path)[asset.path] = &asset;
    Route route;
    route.path = "/static/{path*}";
    route.access = Access::anyone;
    route.handler = QuickHandler([by_path](const Request& request) -> core::Result<Response> {
        auto const found = by_path->find(request.param("path"));
        if (found == by_path->end()) return core::fail(core::Errc::not_found, "there is no such file");
        return Response::asset(*found->second);
    });
    return route;
}

} // namespace pix::http

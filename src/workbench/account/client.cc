#include "workbench/account/client.h"

#include "core/base/text.h"
#include "core/http/door.h"

namespace pix::workbench {

Client client_of(const http::Request& request, int proxies)
{
    Client client;
    client.address = request.client_address();
    client.is_encrypted = request.is_encrypted();
    std::string_view const forwarded = request.header("X-Forwarded-For");
    if (proxies <= 0) {
        bool const direct = forwarded.empty() && request.header("Forwarded").empty() &&
                            request.header("X-Real-IP").empty() && request.header("Via").empty();
        client.is_local = direct && http::is_loopback_address(client.address);
        client.is_shared = !direct;
        if (client.is_shared) client.address += " (forwarded)";
        return client;
    }
    auto const hops = core::split(forwarded, ',');
    auto const back = static_cast<std::size_t>(proxies);
    if (!forwarded.empty() && hops.size() >= back)
        client.address = core::shorten(core::to_utf8(core::trim(hops[hops.size() - back])), 100);
    client.is_local = http::is_loopback_address(client.address);
    if (core::equals_ignoring_case(request.header("X-Forwarded-Proto"), "https")) client.is_encrypted = true;
    return client;
}

} // namespace pix::workbench

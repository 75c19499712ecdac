#pragma once
#include <string>

#include "core/http/request.h"

namespace pix::workbench {

/// Where a request comes from, with what proxies in front of the server say.
struct Client {
    std::string address;
    bool is_shared = false;    ///< the address is that of a proxy which is not trusted: anybody may be behind it
    bool is_local = false;     ///< from this machine, and no proxy or tunnel is between
    bool is_encrypted = false; ///< TLS, here or at a trusted proxy
};

/// `proxies` is how many proxies in front are trusted: the client is what the outermost of them has seen. With none,
/// what such headers say is not believed, but a request that has them is not local.
/// Source: X-Forwarded-For and X-Forwarded-Proto as nginx and Caddy send them.
Client client_of(const http::Request& request, int proxies);

} // namespace pix::workbench

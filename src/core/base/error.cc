#include "core/base/error.h"

#include <cstring>

namespace pix::core {

const char* name_of(Errc code)
{
    switch (code) {
    case Errc::invalid: return "invalid";
    case Errc::unprocessable: return "unprocessable";
    case Errc::unauthorized: return "unauthorized";
    case Errc::forbidden: return "forbidden";
    case Errc::not_found: return "not_found";
    case Errc::not_allowed: return "not_allowed";
    case Errc::conflict: return "conflict";
    case Errc::gone: return "gone";
    case Errc::too_large: return "too_large";
    case Errc::unsupported: return "unsupported";
    case Errc::limit: return "limit";
    case Errc::cancelled: return "cancelled";
    case Errc::internal: return "internal";
    case Errc::bad_gateway: return "bad_gateway";
    case Errc::unavailable: return "unavailable";
    case Errc::timeout: return "timeout";
    }
    return "internal";
}

std::unexpected<Error> fail_errno(Errc code, std::string message, int error_number)
{
    return fail(code, std::move(message) + ": " + std::strerror(error_number));
}

} // namespace pix::core

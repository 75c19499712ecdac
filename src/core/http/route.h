#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/http/door.h"
#include "core/http/method.h"
#include "core/http/request.h"
#include "core/http/response.h"

namespace pix::http {

class WebSocket;

/// May wait. A failure takes the door's shape.
using Handler = std::function<awaitable<core::Result<Response>>(std::shared_ptr<Request>)>;
/// Never waits, costs no coroutine. The request is only valid during the call.
using QuickHandler = std::function<core::Result<Response>(const Request&)>;
/// Speaks on a WebSocket until it returns; then the socket is closed.
using SocketHandler = std::function<awaitable<void>(std::shared_ptr<Request>, std::shared_ptr<WebSocket>)>;

/// A parameter in the query, for the description.
struct QueryDoc {
    std::string name;
    std::string description;
    core::json::object schema = {{"type", "string"}};
    bool required = false;
};

/// One answer, for the description.
struct ResponseDoc {
    int status = 200;
    std::string description;
    std::string content_type = "application/json";
    core::json::value schema; ///< null: none
};

/// What the OpenAPI document says of a route. An empty summary keeps the route out of it.
struct RouteDoc {
    std::string summary;
    std::string description;
    std::string tag;
    std::string operation_id;
    std::vector<QueryDoc> query;
    std::string body_type = "application/json"; ///< media type of the request body
    core::json::value body;                     ///< schema of the request body; null: none
    std::vector<ResponseDoc> responses;
};

/// What a WebSocket route may ask for.
struct SocketOptions {
    std::size_t message_limit = 64 * 1024; ///< of one incoming message, after inflating
    std::size_t queue_frames = 256;        ///< outgoing frames that wait for a slow reader
    std::size_t queue_bytes = 256 * 1024;  ///< their bytes together
    bool compression = false;              ///< permessage-deflate, if the client offers it
    std::vector<std::string> protocols;    ///< subprotocols, the first that the client offers is taken
};

inline constexpr std::size_t default_body_limit = 1024 * 1024;

/// One row of the route table. `path` is relative to the area's mount; `{name}` stands for one segment, `{name*}` as
/// the last one for all the rest.
struct Route {
    DoorSet doors = DoorSet::all(); ///< of those where the area is mounted
    Method method = Method::get;
    std::string path;
    std::variant<Handler, QuickHandler, SocketHandler> handler;
    Access access = Access::signed_in;
    std::size_t body_limit = default_body_limit; ///< bytes; more is 413
    bool refuse_cross_site_get = false;          ///< a GET that has an effect
    RouteDoc doc;
    SocketOptions socket;
};

} // namespace pix::http

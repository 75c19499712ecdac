#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "core/http/request.h"
#include "core/http/router.h"

/// How the rows of the route table are written; for the routes_*.cc of this folder.
namespace pix::app {

using http::Access;
using http::Method;
using http::Route;

inline constexpr std::size_t no_body = 4 * 1024;
inline constexpr std::size_t form_body = 64 * 1024;
/// Files in a form travel inside it, and each input says how large they may be.
inline constexpr std::size_t run_body = 256UL * 1024 * 1024;
/// What the workbench's contract lets a JSON body have.
inline constexpr std::size_t json_body = 50UL * 1024 * 1024;

using Reply = awaitable<core::Result<http::Response>>;

/// A handler function and the object that it works on, as the router wants them.
template <class Part>
http::Handler on(Reply (*handler)(std::shared_ptr<http::Request>, Part&), Part* part)
{
    return [handler, part](std::shared_ptr<http::Request> request) { return handler(std::move(request), *part); };
}

inline Route row(Method method, std::string path, decltype(Route::handler) handler, std::string summary,
                 std::size_t body_limit, Access access = Access::signed_in)
{
    Route route;
    route.method = method;
    route.path = std::move(path);
    route.handler = std::move(handler);
    route.access = access;
    route.body_limit = body_limit;
    route.doc.summary = std::move(summary);
    return route;
}

inline Route get(std::string path, decltype(Route::handler) handler, std::string summary = {},
                 Access access = Access::signed_in)
{
    return row(Method::get, std::move(path), std::move(handler), std::move(summary), no_body, access);
}

inline Route post(std::string path, decltype(Route::handler) handler, std::string summary = {},
                  std::size_t body_limit = form_body)
{
    return row(Method::post, std::move(path), std::move(handler), std::move(summary), body_limit);
}

} // namespace pix::app

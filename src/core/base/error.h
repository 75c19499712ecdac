#pragma once
#include <expected>
#include <string>
#include <utility>

namespace pix::core {

/// What kind of failure happened. One list for the whole server; the door maps it to a status once
/// (core/http/response.cc), so a new value fails to compile until it is placed there.
enum class Errc {
    invalid,       ///< the caller's input is wrong; the message names the field           400
    unprocessable, ///< well-formed, but a parameter has an impossible value               422
    unauthorized,  ///< nobody is signed in                                                401
    forbidden,     ///< signed in or local, but not allowed                                403
    not_found,     ///< no such thing                                                      404
    not_allowed,   ///< the thing exists, the method does not                              405
    conflict,      ///< the thing's state does not permit it now                           409
    gone,          ///< it existed and is no longer there                                  410
    too_large,     ///< over a size limit                                                  413
    unsupported,   ///< media type or format not known                                     415
    limit,         ///< too many at once or too often; try later                           429
    cancelled,     ///< someone asked for it to stop                                       499
    internal,      ///< our mistake                                                        500
    bad_gateway,   ///< another program answered nonsense or not at all                    502
    unavailable,   ///< not now: starting, stopping, disk full, database locked            503
    timeout,       ///< another program took too long                                      504
};

/// The name of an error kind as it appears on the wire, e.g. "not_found".
const char* name_of(Errc code);

/// A failure as a value.
struct Error {
    Errc code = Errc::internal;
    std::string message; ///< for the user: which field or file is wrong, in one sentence
    std::string hint;    ///< for the user: what to do about it; may be empty
    std::string detail;  ///< for the log only: never leaves the server
    std::string name;    ///< for programs, where a contract has a finer word than `code`: "ORIGIN_REJECTED"
};

template <class T = void>
using Result = std::expected<T, Error>;

/// Shorthand for returning a failure: `return fail(Errc::invalid, "name is empty")`.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string message, std::string hint = {},
                                                 std::string detail = {})
{
    return std::unexpected(Error{code, std::move(message), std::move(hint), std::move(detail)});
}

/// A failure that a contract has a name for: `return fail_as("INVALID_TOKEN", Errc::forbidden, "the token has
/// expired")`.
[[nodiscard]] inline std::unexpected<Error> fail_as(std::string name, Errc code, std::string message,
                                                    std::string hint = {})
{
    return std::unexpected(Error{code, std::move(message), std::move(hint), {}, std::move(name)});
}

/// A failure that carries errno's text, e.g. fail_errno(Errc::unavailable, "cannot open pix.db", errno).
[[nodiscard]] std::unexpected<Error> fail_errno(Errc code, std::string message, int error_number);

} // namespace pix::core

#define PIX_CONCAT_(a, b) a##b
#define PIX_CONCAT(a, b) PIX_CONCAT_(a, b)

/// `PIX_TRY(auto row, load(id));` binds the value, or returns the failure to the caller.
#define PIX_TRY_(tmp, target, ...)                                                                                     \
    auto tmp = (__VA_ARGS__);                                                                                          \
    if (!tmp) return std::unexpected(std::move(tmp).error());                                                          \
    target = *std::move(tmp)
#define PIX_TRY(target, ...) PIX_TRY_(PIX_CONCAT(pix_try_, __COUNTER__), target, __VA_ARGS__)

/// The same for an expression without a value: `PIX_CHECK(store.save(x));`
#define PIX_CHECK_(tmp, ...)                                                                                           \
    if (auto tmp = (__VA_ARGS__); !tmp) return std::unexpected(std::move(tmp).error())
#define PIX_CHECK(...) PIX_CHECK_(PIX_CONCAT(pix_check_, __COUNTER__), __VA_ARGS__)

/// Both again for coroutines: `PIX_CO_TRY(auto row, co_await store.load(id));`
#define PIX_CO_TRY_(tmp, target, ...)                                                                                  \
    auto tmp = (__VA_ARGS__);                                                                                          \
    if (!tmp) co_return std::unexpected(std::move(tmp).error());                                                       \
    target = *std::move(tmp)
#define PIX_CO_TRY(target, ...) PIX_CO_TRY_(PIX_CONCAT(pix_try_, __COUNTER__), target, __VA_ARGS__)
#define PIX_CO_CHECK_(tmp, ...)                                                                                        \
    auto tmp = (__VA_ARGS__);                                                                                          \
    if (!tmp) co_return std::unexpected(std::move(tmp).error())
#define PIX_CO_CHECK(...) PIX_CO_CHECK_(PIX_CONCAT(pix_check_, __COUNTER__), __VA_ARGS__)

#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/base/json.h"

namespace pix::http {

class BodyWriter;
class EventWriter;
struct Asset;

/// Writes a body piece by piece; the response ends when it returns.
using Writer = std::function<awaitable<void>(std::shared_ptr<BodyWriter>)>;
/// The same for an event stream.
using EventSource = std::function<awaitable<void>(std::shared_ptr<EventWriter>)>;

/// A file that is sent as it is on the disk.
struct FileBody {
    std::filesystem::path path; ///< already confined by whoever names it
};

/// What answers a request.
struct Response {
    using Body = std::variant<std::string, std::shared_ptr<const std::string>, FileBody, Writer, const Asset*>;

    int status = 200;
    Body body;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Replaces the strict content policy; "" sends none. Not set: the door's policy.
    std::optional<std::string> content_policy;
    /// Compressing is refused for bodies that mix a secret with what the client sent.
    bool compressible = true;
    /// For the log only.
    std::string detail;

    /// Replaces a header or adds it. A name or value that cannot be sent (control bytes) is left out.
    Response& set(std::string_view name, std::string value);
    /// Adds a header that may be there more than once, such as Set-Cookie.
    Response& add(std::string_view name, std::string value);
    std::string_view header(std::string_view name) const;
    Response& with_status(int code)
    {
        status = code;
        return *this;
    }

    static Response html(std::string text);
    static Response json(const core::json::value& value, int status = 200);
    static Response json_text(std::string text, int status = 200);
    static Response text(std::string text, int status = 200);
    static Response bytes(std::string bytes, std::string content_type);
    /// 303: what a POST answers. `location` comes from request.link().
    static Response see_other(std::string location);
    static Response redirect(std::string location, int status);
    static Response empty(int status = 204);
    /// Ranges, ETag and conditions are handled by the server. With `download_name` the browser saves it; without, it
    /// is shown in a sandbox.
    /// Errors at sending: a missing file is 404.
    static Response file(std::filesystem::path path, std::string content_type, std::string download_name = {});
    static Response asset(const Asset& asset);
    /// A body of unknown length, sent as it is written.
    static Response stream(std::string content_type, Writer writer);
    /// text/event-stream.
    static Response events(EventSource source);
};

/// The one place where a kind of failure becomes a status.
int status_of(core::Errc code);
/// "Not Found"; "" for a status without a name.
std::string_view reason_of(int status);

/// `attachment; filename="…"; filename*=UTF-8''…`, safe for any name. Source: RFC 6266.
std::string content_disposition(std::string_view kind, std::string_view filename);

/// True for types that gzip makes smaller: text, JSON, scripts, SVG, XML.
bool is_text_type(std::string_view content_type);

/// The policy of every page: nothing from elsewhere, no inline script or style, no eval.
inline constexpr std::string_view strict_content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; media-src 'self' data: blob:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The policy of what tools and agents made: shown, but with no rights at all.
inline constexpr std::string_view sandbox_content_policy =
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; media-src 'self' data:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

} // namespace pix::http

#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/actor.h"
#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/response.h"

namespace pix::http {

class Request;

/// The three doors, as bits so that a route can name several.
enum class DoorKind : std::uint8_t { tools = 1, workbench = 2, security = 4 };

/// "tools", "workbench", "security".
std::string_view name_of(DoorKind kind);

/// Which doors a route is served at.
class DoorSet {
public:
    constexpr DoorSet() = default;
    constexpr DoorSet(DoorKind kind) : bits_(static_cast<std::uint8_t>(kind)) {} // NOLINT: a kind is a set of one
    static constexpr DoorSet all() { return DoorSet(7); }
    constexpr bool has(DoorKind kind) const { return (bits_ & static_cast<std::uint8_t>(kind)) != 0; }
    constexpr DoorSet operator|(DoorSet other) const { return DoorSet(static_cast<std::uint8_t>(bits_ | other.bits_)); }
    constexpr bool operator==(const DoorSet&) const = default;

private:
    constexpr explicit DoorSet(std::uint8_t bits) : bits_(bits) {}
    std::uint8_t bits_ = 0;
};
constexpr DoorSet operator|(DoorKind a, DoorKind b)
{
    return DoorSet(a) | DoorSet(b);
}

/// Who may call a route. A door without an authenticator (tools) lets everybody in as `local`.
enum class Access : std::uint8_t {
    anyone,                ///< login pages, health, assets
    signed_in,             ///< any account, key or token that the door knows
    lead,                  ///< may accept risks and approve fixes
    admin,                 ///< settings and accounts
    loopback_or_signed_in, ///< /metrics: free where only this machine can ask
};

/// Where an area's routes hang at a door: "" at its own, "/tools" at the workbench's.
struct Mount {
    DoorKind door = DoorKind::tools;
    std::string prefix;
    std::string link_prefix; ///< base path and prefix; filled in when the route is added
};

/// Certificate and key, both PEM files.
struct TlsFiles {
    std::string certificate;
    std::string key;
};

/// Finds out who asks and whether that is enough for `access`. Called for routes that are not for anyone.
/// Errors: Errc::unauthorized (nobody), Errc::forbidden (somebody, not enough), Errc::limit (too many attempts).
using Authenticator = std::function<awaitable<core::Result<core::Actor>>(std::shared_ptr<Request>, Access)>;

/// Shows an error inside the area's frame: a page, or a fragment for htmx. Nothing: the built-in plain page.
using ErrorPage = std::function<std::optional<std::string>(const Request&, const core::Error&, int status)>;

struct DoorOptions {
    DoorKind kind = DoorKind::tools;
    std::string host = "127.0.0.1"; ///< a literal address
    std::uint16_t port = 0;         ///< 0 picks one
    std::optional<TlsFiles> tls;
    std::string base_path; ///< what a proxy in front strips or keeps: "/pix"; "" = none
    /// Host values that are accepted besides the loopback names and the bound address (without port). Only checked on
    /// doors that are loopback; an open door accepts any.
    std::vector<std::string> host_names;
    /// Other sites whose pages may change something at the workbench door: "https://pix.example.org".
    std::vector<std::string> origins{};
};

/// A listener's policy: who may enter, and what an error looks like.
///
/// Runs on: the io thread.
class Door {
public:
    /// Errors: Errc::invalid when the host is no literal address, or when the tools door is not on loopback.
    static core::Result<Door> create(DoorOptions options);

    DoorKind kind() const { return options_.kind; }
    std::string_view name() const { return name_of(options_.kind); }
    const DoorOptions& options() const { return options_; }
    /// The port it listens on; the asked one until it is open.
    std::uint16_t port() const { return port_; }
    void set_port(std::uint16_t port) { port_ = port; }
    /// "http://127.0.0.1:7860": for people and doors.json. An open door is named by its loopback address.
    std::string origin() const;
    bool is_loopback() const { return is_loopback_; }
    bool is_encrypted() const { return options_.tls.has_value(); }

    void set_authenticator(Authenticator authenticator) { authenticator_ = std::move(authenticator); }
    const Authenticator& authenticator() const { return authenticator_; }
    /// The page ("/login") that a browser is led to when it opens one without being signed in; `?next=` says which.
    void set_sign_in_page(std::string path) { sign_in_page_ = std::move(path); }
    void set_error_page(ErrorPage page) { error_page_ = std::move(page); }

    /// Lets a page of another site of `origins` read the answer. Source: Fetch Standard, CORS protocol.
    void welcome(Request& request) const;

    /// Refuses foreign Host values, and requests that another site's page made when they change something
    /// (`changes`: not GET or HEAD, a GET route that asked for it, or a WebSocket). At the workbench door the latter is
    /// ORIGIN_REJECTED, and says nothing to callers that show a key or token of their own: no browser adds those.
    core::Result<void> admit(const Request& request, bool changes) const;

    /// The door's shape of an error. `status` replaces the kind's own when it is not 0.
    Response error(const Request& request, const core::Error& error, int status = 0) const;

private:
    explicit Door(DoorOptions options, bool is_loopback);
    bool knows_host(std::string_view host) const;
    bool knows_origin(std::string_view origin) const;
    std::optional<Response> lead_to_sign_in(const Request& request, const core::Error& error) const;

    DoorOptions options_;
    std::uint16_t port_ = 0;
    bool is_loopback_ = true;
    Authenticator authenticator_;
    std::string sign_in_page_; ///< below the base path; empty: none
    ErrorPage error_page_;
};

/// True for a literal address in 127.0.0.0/8 or ::1.
bool is_loopback_address(std::string_view host);

} // namespace pix::http

#include "core/access/token.h"

#include <jwt.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::access {

using core::Errc;
using core::Result;

namespace {

struct FreeToken {
    void operator()(jwt_t* token) const { ::jwt_free(token); }
};
using Token = std::unique_ptr<jwt_t, FreeToken>;

struct FreeText {
    void operator()(char* text) const { ::free(text); }
};
using Text = std::unique_ptr<char, FreeText>;

std::unexpected<core::Error> refused()
{
    return core::fail_as("INVALID_TOKEN", Errc::forbidden, "the token is not valid, or no longer", "Sign in again.");
}

bool is_base64url(std::string_view text)
{
    for (char const c : text) {
        bool const known =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!known) return false;
    }
    return !text.empty() && text.size() % 4 != 1;
}

/// The JSON object of one part of a token; nothing if it is none.
std::optional<core::json::object> object_of(std::string_view part)
{
    std::string text(part);
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    text.append((4 - text.size() % 4) % 4, '=');
    auto const decoded = core::base64_decode(text);
    if (!decoded) return std::nullopt;
    auto value =
        core::parse_json(*decoded, {.max_bytes = max_token_bytes, .max_depth = 4, .refuse_duplicate_keys = true});
    if (!value || !value->is_object()) return std::nullopt;
    return value->as_object();
}

/// Read before the library sees the token, so that it is never asked to check anything but HS256.
bool is_accepted_header(const core::json::object& header)
{
    auto const* const algorithm = header.if_contains("alg");
    if (!algorithm || !algorithm->is_string() || algorithm->as_string() != "HS256") return false;
    if (header.contains("crit")) return false;
    auto const* const type = header.if_contains("typ");
    return !type || (type->is_string() && core::equals_ignoring_case(std::string_view(type->as_string()), "JWT"));
}

std::optional<std::int64_t> number_of(const core::json::object& claims, std::string_view name)
{
    auto const* const value = claims.if_contains(name);
    if (!value) return std::nullopt;
    if (value->is_int64()) return value->as_int64();
    return std::nullopt;
}

std::optional<std::string> text_of(const core::json::object& claims, std::string_view name)
{
    auto const* const value = claims.if_contains(name);
    if (!value) return std::string();
    if (!value->is_string() || value->as_string().size() > 256) return std::nullopt;
    return std::string(value->as_string());
}

} // namespace

Result<std::string> TokenSigner::sign(const Claims& claims) const
{
    jwt_t* made = nullptr;
    auto const failed = [] { return core::fail(Errc::internal, "a token could not be made"); };
    if (::jwt_new(&made) != 0) return failed();
    Token const token(made);
    bool const filled = ::jwt_add_grant_int(made, "userId", claims.user_id) == 0 &&
                        ::jwt_add_grant(made, "username", claims.username.c_str()) == 0 &&
                        ::jwt_add_grant_int(made, "iat", claims.issued_s) == 0 &&
                        ::jwt_add_grant_int(made, "exp", claims.expires_s) == 0 &&
                        ::jwt_add_grant(made, "jti", claims.id.c_str()) == 0 &&
                        ::jwt_set_alg(made, JWT_ALG_HS256, reinterpret_cast<const unsigned char*>(secret_.data()),
                                      static_cast<int>(secret_.size())) == 0;
    if (!filled) return failed();
    Text const text(::jwt_encode_str(made));
    if (!text) return failed();
    return std::string(text.get());
}

Result<Claims> TokenSigner::verify(const std::string& token, std::int64_t now_s) const
{
    if (token.size() > max_token_bytes) return refused();
    auto const parts = core::split(token, '.');
    if (parts.size() != 3) return refused();
    for (auto const part : parts)
        if (!is_base64url(part)) return refused();
    auto const header = object_of(parts[0]);
    if (!header || !is_accepted_header(*header)) return refused();

    jwt_t* decoded = nullptr;
    int const status = ::jwt_decode(&decoded, token.c_str(), reinterpret_cast<const unsigned char*>(secret_.data()),
                                    static_cast<int>(secret_.size()));
    Token const owned(decoded);
    if (status != 0 || ::jwt_get_alg(decoded) != JWT_ALG_HS256) return refused();

    auto const body = object_of(parts[1]);
    if (!body) return refused();
    auto const user = number_of(*body, "userId");
    auto const expires = number_of(*body, "exp");
    auto const issued = number_of(*body, "iat");
    auto const name = text_of(*body, "username");
    auto const id = text_of(*body, "jti");
    if (!user || !expires || !issued || !name || !id || *expires <= now_s) return refused();
    if (auto const* const not_before = body->if_contains("nbf"))
        if (!not_before->is_int64() || not_before->as_int64() > now_s) return refused();
    return Claims{*user, *name, *issued, *expires, *id};
}

} // namespace pix::access

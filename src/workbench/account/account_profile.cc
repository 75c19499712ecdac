#include "core/base/text.h"
#include "workbench/account/account_store.h"
#include "workbench/account/accounts.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
using store::Connection;

namespace {

/// Enough to catch what cannot be an address; only a letter to it could say more.
bool looks_like_email(std::string_view text)
{
    std::size_t const at = text.find('@');
    bool const shape = at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
                       text.find('@', at + 1) == std::string_view::npos;
    return shape && core::is_utf8(text) &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

} // namespace

awaitable<Result<User>> Accounts::change_profile(std::int64_t user, std::optional<std::string> username,
                                                 std::optional<std::string> email)
{
    if (username) {
        PIX_CO_TRY(username, checked_username(*username));
    }
    if (email && !email->empty() && !looks_like_email(*email)) co_return fail(Errc::invalid, "email is no address");
    auto const change = [user, username, email](Connection& tx) -> Result<User> {
        PIX_TRY(auto row, find_user(tx, user));
        if (!row) return fail(Errc::unauthorized, "the account is gone");
        User changed = row->user;
        if (username) changed.username = *username;
        if (email) changed.email = email->empty() ? std::nullopt : email;
        PIX_TRY(auto const other, find_user(tx, changed.username));
        if (other && other->user.id != user) return fail(Errc::conflict, "the name is taken");
        PIX_CHECK(set_profile(tx, user, changed.username, changed.email));
        return changed;
    };
    PIX_CO_TRY(auto const changed, co_await parts_.database.write(change));
    ++changes_;
    known_.clear();
    co_return changed;
}

} // namespace pix::workbench

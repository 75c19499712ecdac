#pragma once
#include <memory>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/account/account.h"

namespace pix::workbench {

class Accounts;
using Reply = awaitable<core::Result<http::Response>>;

// /api/auth
Reply auth_status(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply register_account(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply log_in_account(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply current_user(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply log_out_account(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply log_out_all(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply refresh_token(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply make_stream_ticket(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply list_account_logins(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply end_account_login(std::shared_ptr<http::Request> request, Accounts& accounts);

// /api/settings/api-keys
Reply list_keys(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply make_key(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply delete_key(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply toggle_key(std::shared_ptr<http::Request> request, Accounts& accounts);

/// The contract's User.
core::json::object user_json(const User& user);

} // namespace pix::workbench

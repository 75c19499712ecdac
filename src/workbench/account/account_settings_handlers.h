#pragma once
#include <memory>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/request.h"
#include "core/http/response.h"

namespace pix::workbench {

class Accounts;
using Reply = awaitable<core::Result<http::Response>>;

// /api/settings
Reply show_notification_preferences(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply save_notification_preferences(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply show_notification_taxonomy(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply list_stored_credentials(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply store_service_credential(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply delete_stored_credential(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply toggle_stored_credential(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply show_server_env(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply show_appearance_setting(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply save_appearance_setting(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply show_language(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply save_language(std::shared_ptr<http::Request> request, Accounts& accounts);

// /api/user
Reply show_onboarding(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply complete_onboarding(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply show_profile(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply save_profile(std::shared_ptr<http::Request> request, Accounts& accounts);
Reply change_account_password(std::shared_ptr<http::Request> request, Accounts& accounts);

} // namespace pix::workbench

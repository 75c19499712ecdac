#pragma once
#include "workbench/account/accounts.h"
#include "workbench/git/git_credentials.h"

namespace pix::workbench {

/// The tokens that accounts have stored, as git asks for them.
class AccountGitCredentials final : public GitCredentials {
public:
    explicit AccountGitCredentials(Accounts& accounts) : accounts_(accounts) {}

    awaitable<core::Result<std::optional<GitToken>>> token_for(std::string host) override;

private:
    Accounts& accounts_;
};

} // namespace pix::workbench

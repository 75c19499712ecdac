#include "workbench/account/account_git_credentials.h"

namespace pix::workbench {

awaitable<core::Result<std::optional<GitToken>>> AccountGitCredentials::token_for(std::string host)
{
    PIX_CO_TRY(auto const found, co_await accounts_.credential_for(std::move(host)));
    if (!found) co_return std::optional<GitToken>();
    GitToken token;
    token.user = found->username;
    token.token = found->value;
    co_return std::optional(std::move(token));
}

} // namespace pix::workbench

#include "workbench/workbench.h"

namespace pix::workbench {

using core::Result;

Workbench::Workbench(WorkbenchParts parts, std::unique_ptr<Accounts> accounts)
    : accounts_(std::move(accounts)), pages_{parts.frame, page_sources()}
{}

Result<std::unique_ptr<Workbench>> Workbench::open(WorkbenchParts parts, WorkbenchConfig config)
{
    PIX_TRY(auto options, account_options(config.home, config.environment));
    PIX_TRY(auto accounts, Accounts::open({parts.database, parts.pool, parts.clock}, std::move(options)));
    return std::unique_ptr<Workbench>(new Workbench(parts, std::move(accounts)));
}

namespace {

awaitable<Result<std::string>> cookie_of_login(Accounts& accounts, std::shared_ptr<http::Request> request,
                                               std::string username, std::string password)
{
    PIX_CO_TRY(auto signed_in, co_await accounts.log_in(std::move(request), std::move(username), std::move(password)));
    co_return std::move(signed_in.cookie);
}

awaitable<Result<std::string>> cookie_of_first(Accounts& accounts, std::shared_ptr<http::Request> request,
                                               std::string username, std::string password, std::string code)
{
    PIX_CO_TRY(auto signed_in, co_await accounts.register_first(std::move(request), std::move(username),
                                                                std::move(password), std::move(code)));
    co_return std::move(signed_in.cookie);
}

awaitable<bool> has_identity(Accounts& accounts, std::shared_ptr<http::Request> request)
{
    auto const found = co_await accounts.find_identity(std::move(request));
    co_return found && found->has_value();
}

} // namespace

PageSources Workbench::page_sources()
{
    Accounts& accounts = *accounts_;
    PageSources sources;
    sources.needs_setup = [&accounts] { return accounts.needs_setup(); };
    sources.sign_in = [&accounts](std::shared_ptr<http::Request> request, std::string username, std::string password) {
        return cookie_of_login(accounts, std::move(request), std::move(username), std::move(password));
    };
    sources.set_up = [&accounts](std::shared_ptr<http::Request> request, std::string username, std::string password) {
        std::string code;
        if (auto const form = request->form()) code = form->first("code").value_or("");
        return cookie_of_first(accounts, std::move(request), std::move(username), std::move(password), std::move(code));
    };
    sources.is_signed_in = [&accounts](std::shared_ptr<http::Request> request) {
        return has_identity(accounts, std::move(request));
    };
    return sources;
}

} // namespace pix::workbench

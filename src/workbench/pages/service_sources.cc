#include "workbench/pages/service_sources.h"

#include "workbench/account/accounts.h"
#include "workbench/project/project.h"

namespace pix::workbench {

using core::Result;
namespace json = boost::json;

namespace {

constexpr std::size_t results_shown = 50;

PageSources::Admitted log_in(Accounts& accounts, std::shared_ptr<http::Request> request, std::string username,
                             std::string password)
{
    PIX_CO_TRY(auto const done, co_await accounts.log_in(request, username, password));
    co_return done.cookie;
}

PageSources::Admitted register_account(Accounts& accounts, std::shared_ptr<http::Request> request, std::string username,
                                       std::string password, std::string code)
{
    PIX_CO_TRY(auto const done, co_await accounts.register_first(request, username, password, code));
    co_return done.cookie;
}

PageSources::Admitted log_out(Accounts& accounts, std::shared_ptr<http::Request> request)
{
    PIX_CO_CHECK(co_await accounts.log_out(request));
    Accounts::drop_renewal(*request); // no fresh token for the one that has just ended
    co_return Accounts::expired_cookie();
}

awaitable<bool> has_identity(Accounts& accounts, std::shared_ptr<http::Request> request)
{
    auto const found = co_await accounts.find_identity(request);
    co_return found && found->has_value();
}

PageSources::Asked newest_messages(Projects& projects, std::string provider, std::string id, int limit)
{
    std::string const any_project;
    PIX_CO_TRY(auto const session, co_await projects.session(id, provider_named(provider), any_project));
    PageRequest page;
    page.limit = limit;
    co_return co_await projects.messages_json(session, page);
}

PageSources::Asked find_messages(Projects& projects, std::string query)
{
    PIX_CO_TRY(auto parsed, parse_search_query(query, projects.parts().clock.now()));
    co_return co_await projects.search_json(std::move(parsed), results_shown);
}

} // namespace

PageSources page_sources(Accounts& accounts, Projects& projects)
{
    PageSources sources;
    sources.needs_setup = [&accounts] { return accounts.needs_setup(); };
    sources.needs_code = [&accounts](const http::Request& request) {
        return !accounts.setup_code().empty() && !accounts.client_of(request).is_local;
    };
    sources.sign_in = [&accounts](std::shared_ptr<http::Request> request, std::string username, std::string password) {
        return log_in(accounts, std::move(request), std::move(username), std::move(password));
    };
    sources.set_up = [&accounts](std::shared_ptr<http::Request> request, std::string username, std::string password,
                                 std::string code) {
        return register_account(accounts, std::move(request), std::move(username), std::move(password),
                                std::move(code));
    };
    sources.sign_out = [&accounts](std::shared_ptr<http::Request> request) {
        return log_out(accounts, std::move(request));
    };
    sources.is_signed_in = [&accounts](std::shared_ptr<http::Request> request) {
        return has_identity(accounts, std::move(request));
    };
    sources.projects = [&projects](std::shared_ptr<http::Request>) { return projects.list_json(); };
    sources.sessions = [&projects](std::shared_ptr<http::Request>, std::string project) {
        return projects.sessions_json(std::move(project));
    };
    sources.messages = [&projects](std::shared_ptr<http::Request>, std::string provider, std::string id, int limit) {
        return newest_messages(projects, std::move(provider), std::move(id), limit);
    };
    sources.search = [&projects](std::shared_ptr<http::Request>, std::string query) {
        return find_messages(projects, std::move(query));
    };
    return sources;
}

} // namespace pix::workbench

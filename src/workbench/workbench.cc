#include "workbench/workbench.h"

#include "core/base/text.h"
#include "workbench/file/files_options.h"
#include "workbench/pages/service_sources.h"

namespace pix::workbench {

using core::Result;

namespace {

std::optional<std::string> variable(const WorkbenchConfig& config, const char* name)
{
    auto const found = config.environment.find(name);
    if (found == config.environment.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

ProviderHome provider_home(const WorkbenchConfig& config)
{
    ProviderHome home;
    home.user_home = config.user_home;
    if (config.user_home_given) return home;
    home.claude_config_dir = variable(config, "CLAUDE_CONFIG_DIR");
    home.codex_home = variable(config, "CODEX_HOME");
    home.qwen_home = variable(config, "QWEN_HOME");
    home.xdg_data_home = variable(config, "XDG_DATA_HOME");
    return home;
}

ProjectsConfig projects_config(const WorkbenchConfig& config)
{
    ProjectsConfig result;
    result.user_home = config.user_home;
    result.workspaces_base = variable(config, "WORKSPACES_BASE").value_or("");
    result.workspaces_root = variable(config, "WORKSPACES_ROOT").value_or("");
    if (auto const window = variable(config, "CONTEXT_WINDOW"))
        result.context_window = core::parse_int(*window).value_or(result.context_window);
    result.environment = config.children_environment;
    return result;
}

GitConfig git_config(const WorkbenchConfig& config)
{
    GitConfig result;
    result.user_home = config.user_home;
    result.cache = config.home / "cache/git";
    result.environment = config.children_environment;
    return result;
}

awaitable<Result<std::optional<HostToken>>> find_token(Accounts& accounts, std::string host,
                                                       std::optional<std::int64_t> id)
{
    Result<std::optional<HostCredential>> found;
    if (id)
        found = co_await accounts.credential_by_id(*id);
    else
        found = co_await accounts.credential_for(std::move(host));
    if (!found) co_return std::unexpected(found.error());
    if (!*found) co_return std::optional<HostToken>();
    HostToken token;
    token.user = (*found)->username;
    token.token = (*found)->value;
    co_return std::optional(std::move(token));
}

} // namespace

Workbench::Workbench(WorkbenchParts parts, const WorkbenchConfig& config, std::unique_ptr<Accounts> accounts,
                     std::unique_ptr<SessionIndex> index, FilesConfig files)
    : accounts_(std::move(accounts)), index_(std::move(index)),
      projects_({parts.io, parts.pool, parts.database, parts.streams, parts.supervisor, parts.clock, *index_,
                 [this](std::string host, std::optional<std::int64_t> id) {
                     return find_token(*accounts_, std::move(host), id);
                 }},
                projects_config(config)),
      files_(projects_, parts.pool, std::move(files)), git_credentials_(*accounts_),
      git_(projects_, parts.supervisor, parts.pool, git_config(config), &git_credentials_),
      pages_{parts.frame, page_sources(*accounts_, projects_)}
{}

Result<std::unique_ptr<Workbench>> Workbench::open(WorkbenchParts parts, WorkbenchConfig config)
{
    PIX_TRY(auto options, account_options(config.home, config.environment));
    PIX_TRY(auto accounts, Accounts::open({parts.database, parts.pool, parts.clock}, std::move(options)));
    PIX_TRY(auto index, SessionIndex::open(config.home / "cache/index.db", make_session_readers(provider_home(config)),
                                           parts.pool));
    PIX_TRY(auto files, files_options(config.home, config.user_home, config.environment));
    std::unique_ptr<Workbench> workbench(
        new Workbench(parts, config, std::move(accounts), std::move(index), std::move(files)));
    PIX_CHECK(workbench->projects_.open());
    return workbench;
}

awaitable<void> Workbench::stop(std::chrono::milliseconds patience)
{
    projects_.stop();
    index_->stop();
    co_await git_.settle(patience);
}

} // namespace pix::workbench

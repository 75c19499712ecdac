#include "app/data.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/store/blob.h"
#include "tools/run_store.h"
#include "workbench/account/account_store.h"
#include "workbench/account/accounts.h"
#include "workbench/project/project_store.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

namespace {

std::string text_argument(const json::object& arguments, const char* name)
{
    auto const* found = arguments.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

awaitable<Result<json::value>> check_store(Data& data, json::object)
{
    // A command's own question: the check may read all of the database, so it has a thread to itself.
    asio::thread_pool pool(1);
    store::Database& database = data.database();
    auto check = [&database] { return database.check_now(); };
    auto const problems = co_await core::run_on(pool, check);
    if (!problems) co_return std::unexpected(problems.error());
    json::array list;
    for (auto const& problem : *problems) list.emplace_back(problem);
    co_return json::value(std::move(list));
}

awaitable<Result<json::value>> reset_password(Data& data, json::object arguments)
{
    auto const name = text_argument(arguments, "name");
    auto const password = text_argument(arguments, "password");
    asio::thread_pool pool(1); // hashing takes its time, on purpose
    auto reset = [&] {
        return workbench::Accounts::reset_password_now(data.database(), name, password, core::SystemClock().now());
    };
    auto const done = co_await core::run_on(pool, reset);
    if (!done) co_return std::unexpected(done.error());
    co_return json::object{{"message", "The password of " + name + " is set; every login of the account has ended."}};
}

awaitable<Result<json::value>> list_jobs(Data& data, json::object arguments)
{
    jobs::JobFilter filter;
    filter.area = text_argument(arguments, "area");
    filter.kind = text_argument(arguments, "kind");
    if (auto const state = text_argument(arguments, "state"); !state.empty()) {
        auto const known = jobs::job_state_of(state);
        if (!known) co_return fail(Errc::invalid, "state: there is no state \"" + state + "\"");
        filter.states.push_back(*known);
    }
    std::int64_t limit = 50;
    if (auto const* given = arguments.if_contains("limit"); given != nullptr && given->is_int64())
        limit = std::clamp<std::int64_t>(given->get_int64(), 1, 500);
    auto const page = co_await data.queue().list(std::move(filter), std::string(), static_cast<int>(limit));
    if (!page) co_return std::unexpected(page.error());
    json::array list;
    for (auto const& job : page->jobs) list.push_back(jobs::to_json(job));
    co_return json::value(std::move(list));
}

awaitable<Result<json::value>> show_job(Data& data, json::object arguments)
{
    jobs::JobId id(text_argument(arguments, "id"));
    auto const job = co_await data.queue().load(id);
    if (!job) co_return std::unexpected(job.error());
    co_return json::value(jobs::to_json(*job));
}

awaitable<Result<json::value>> cancel_job(Data& data, json::object arguments)
{
    jobs::JobId id(text_argument(arguments, "id"));
    core::Actor actor = core::Actor::local();
    auto const state = co_await data.queue().request_cancel(id, actor);
    if (!state) co_return std::unexpected(state.error());
    std::string const message = jobs::is_final(*state) ? "cancelled" : "asked to stop";
    co_return json::value(json::object{{"id", id.text()}, {"state", jobs::name_of(*state)}, {"message", message}});
}

} // namespace

std::vector<store::Migration> all_migrations()
{
    std::vector<store::Migration> all;
    for (auto const* area : {&store::blob_migrations, &events::journal_migrations, &jobs::job_migrations,
                             &tools::run_migrations, &workbench::account_migrations, &workbench::project_migrations})
        all.insert(all.end(), area->begin(), area->end());
    std::ranges::sort(all, {}, &store::Migration::number);
    return all;
}

Result<std::unique_ptr<Data>> Data::open(const Config& config)
{
    store::OpenOptions options;
    options.url = config.database.empty() ? "sqlite:" + config.database_file().string() : config.database;
    PIX_TRY(auto database, store::Database::open(std::move(options)));
    PIX_CHECK(store::migrate(*database, all_migrations()));
    return std::unique_ptr<Data>(new Data(std::move(database)));
}

ControlCommands Data::commands()
{
    auto const bound = [this](awaitable<Result<json::value>> (*command)(Data&, json::object)) -> ControlCommand {
        return [this, command](json::object arguments) { return command(*this, std::move(arguments)); };
    };
    return {{"store.check", bound(check_store)},
            {"users.reset_password", bound(reset_password)},
            {"jobs.list", bound(list_jobs)},
            {"jobs.show", bound(show_job)},
            {"jobs.cancel", bound(cancel_job)}};
}

} // namespace pix::app

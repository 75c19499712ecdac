#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/testing/temporary_folder.h"
#include "core/http/door.h"
#include "core/store/testing/test_database.h"
#include "workbench/account/account_store.h"
#include "workbench/account/accounts.h"

namespace pix::workbench::testing {

/// Accounts over a fresh database, a clock moved by hand, and requests without a server.
class AccountFixture {
public:
    explicit AccountFixture(store::Dialect dialect, AccountOptions with = {})
        : options(std::move(with)), database(dialect, account_migrations), door(make_door())
    {
        options.home = folder.path();
        open();
    }

    /// As after a restart: nothing but files and rows is left.
    void open()
    {
        auto made = Accounts::open({*database, pool, clock}, options);
        if (!made) throw std::runtime_error(made.error().message);
        accounts = *std::move(made);
        accounts->on_withdrawal([this](auto ends) { withdrawals.push_back(std::move(ends)); });
    }

    using Headers = std::vector<std::pair<std::string, std::string>>;

    std::shared_ptr<http::Request> request(Headers headers = {}, const std::string& target = "/api/projects",
                                           http::Method method = http::Method::get)
    {
        http::RequestBuilder builder;
        builder.method = method;
        builder.target = target;
        builder.headers = std::move(headers);
        builder.door = &door;
        builder.client = client;
        builder.encrypted = encrypted;
        builder.actor = {"anonymous", ""};
        return builder.build();
    }
    /// A request with a JSON body, as handlers get it.
    std::shared_ptr<http::Request> post(const std::string& body, Headers headers = {}, core::Actor actor = {},
                                        std::vector<std::pair<std::string, std::string>> params = {})
    {
        http::RequestBuilder builder;
        builder.method = http::Method::post;
        builder.target = "/api/x";
        builder.headers = std::move(headers);
        builder.body = body;
        builder.params = std::move(params);
        builder.door = &door;
        builder.client = client;
        builder.actor = std::move(actor);
        return builder.build();
    }
    static Headers bearer(const std::string& text) { return {{"Authorization", "Bearer " + text}}; }

    template <class T>
    static T run(awaitable<T> work)
    {
        return store::testing::run_to_end(std::move(work));
    }
    core::Result<SignedIn> sign_up(const std::string& name = "ada", const std::string& password = "secret7")
    {
        return run(accounts->register_first(request(), name, password, ""));
    }
    core::Result<SignedIn> log_in(const std::string& name = "ada", const std::string& password = "secret7")
    {
        return run(accounts->log_in(request(), name, password));
    }
    core::Result<core::Actor> admit(std::shared_ptr<http::Request> asked, http::Access access = http::Access::signed_in)
    {
        return run(accounts->admit(std::move(asked), access));
    }
    core::Result<core::Actor> admit_bearer(const std::string& text) { return admit(request(bearer(text))); }

    pix::testing::TemporaryFolder folder;
    core::ManualClock clock;
    asio::thread_pool pool{2};
    AccountOptions options;
    store::testing::TestDatabase database;
    http::Door door;
    std::string client = "127.0.0.1";
    bool encrypted = false;
    std::unique_ptr<Accounts> accounts;
    std::vector<std::function<bool(const http::Request&)>> withdrawals;

private:
    static http::Door make_door()
    {
        http::DoorOptions options;
        options.kind = http::DoorKind::workbench;
        options.port = 3001;
        return *http::Door::create(options);
    }
};

} // namespace pix::workbench::testing

#pragma once
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/base/json.h"
#include "core/base/testing/temporary_folder.h"
#include "core/events/journal.h"
#include "core/events/live_stream.h"
#include "core/http/frame.h"
#include "core/jobs/queue.h"
#include "core/jobs/worker.h"
#include "core/process/supervisor.h"
#include "core/store/blob.h"
#include "core/store/testing/test_database.h"
#include "tools/tools.h"

namespace pix::tools::testing {

namespace fs = std::filesystem;

/// All migrations that the tools area stands on.
inline std::vector<store::Migration> bench_migrations()
{
    std::vector<store::Migration> all;
    for (auto const* part :
         {&store::blob_migrations, &events::journal_migrations, &jobs::job_migrations, &run_migrations})
        all.insert(all.end(), part->begin(), part->end());
    return all;
}

/// A frame that shows the body alone and has one icon, "activity".
class BareFrame final : public http::PageFrame {
public:
    std::string page(const http::Request&, const http::PageInfo&, std::string body_html) override { return body_html; }
    const http::Templates& templates() const override { throw std::logic_error("the bench has no templates"); }
    std::string text(std::string_view key) const override { return std::string(key); }
    bool has_icon(std::string_view name) const override { return name == "activity"; }
};

/// The tools area with real processes and a real database, on a loop that the test turns. Tools are folders with
/// tests/shims/tool as their program.
class ToolsBench : public ::testing::Test {
protected:
    explicit ToolsBench(store::OpenOptions options = {}) : database(store::Dialect::sqlite, migrations, options) {}

    void SetUp() override { make_area({}); }

    void TearDown() override
    {
        if (area) run(area->stop());
        worker.stop();
        for (int i = 0; i < 50 && supervisor.running() > 0; ++i) io.run_one_for(std::chrono::milliseconds(100));
        run(supervisor.stop_all(std::chrono::seconds(1)));
        io.poll();
    }

    void make_area(ToolsConfig config)
    {
        config.tools_dir = home.path() / "tools";
        config.artefacts_root = home.path() / "artefacts";
        config.cache_folder = home.path() / "cache";
        config.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", home.path().string()}};
        fs::create_directories(config.tools_dir);
        area.emplace(ToolsParts{io, pool, *database, queue, worker, streams, supervisor, frame, clock}, config);
        if (auto opened = area->open(); !opened) throw std::runtime_error(opened.error().message);
    }

    /// Writes a tool; the program is the shim that behaves as `behaviour` says.
    void write_tool(const std::string& id, const std::string& behaviour = "{}", const std::string& more = "",
                    const std::string& outputs = R"([{"key": "said", "type": "text", "label": "Said"}])")
    {
        fs::path const folder = home.path() / "tools" / id;
        fs::create_directories(folder);
        fs::copy_file(shim(), folder / "tool", fs::copy_options::overwrite_existing);
        std::ofstream(folder / "behaviour.json") << behaviour;
        std::ofstream(folder / "tool.json")
            << R"({"id": ")" << id << R"(", "name": "Shim )" << id << R"(", "entrypoint": "tool", )" << more
            << R"("inputs": [{"key": "phrase", "type": "text", "label": "Phrase", "default": "hello"}], "outputs": )"
            << outputs << "}";
        area->catalog().scan_now();
    }

    static fs::path shim()
    {
        return fs::path(__FILE__).parent_path().parent_path().parent_path().parent_path() / "tests/shims/tool";
    }

    template <class T>
    T run(awaitable<T> work)
    {
        std::optional<T> result;
        std::exception_ptr failure;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T value) {
            failure = thrown;
            result.emplace(std::move(value));
        });
        turn_until([&] { return result.has_value(); });
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }

    void run(awaitable<void> work)
    {
        bool done = false;
        std::exception_ptr failure;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) {
            failure = thrown;
            done = true;
        });
        turn_until([&] { return done; });
        if (failure) std::rethrow_exception(failure);
    }

    /// Turns the loop until `condition` holds; a minute without it is a failure.
    template <class F>
    void turn_until(F condition)
    {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition() && std::chrono::steady_clock::now() < until) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(100));
        }
        if (!condition()) throw std::runtime_error("nothing happened for a minute");
    }

    RunRequest request_for(const std::string& id, json::object inputs = {})
    {
        RunRequest request;
        request.tool = area->catalog().snapshot()->find(id);
        if (!request.tool || !request.tool->schema) throw std::runtime_error("no such tool: " + id);
        request.plan = area->plan_for(*request.tool);
        request.inputs = std::move(inputs);
        request.actor = core::Actor::local();
        return request;
    }

    std::shared_ptr<ActiveRun> start(const std::string& id, json::object inputs = {})
    {
        auto started = run(area->runs().start(request_for(id, std::move(inputs))));
        if (!started) throw std::runtime_error(started.error().message);
        return *started;
    }

    RunResult run_to_end(const std::string& id, json::object inputs = {})
    {
        auto const active = start(id, std::move(inputs));
        run(area->runs().wait(active));
        return *active->result;
    }

    pix::tools::Run stored(const std::string& run_id)
    {
        auto row = database->read_now([&](store::Connection& tx) { return run_store::find(tx, run_id); });
        if (!row || !*row) throw std::runtime_error("the run is not stored");
        return **row;
    }

    jobs::JobState job_state_of(const pix::tools::Run& row)
    {
        auto job = database->read_now([&](store::Connection& tx) { return queue.load(tx, jobs::JobId(row.job_id)); });
        if (!job) throw std::runtime_error(job.error().message);
        return job->state;
    }

    pix::testing::TemporaryFolder home;
    asio::io_context io;
    asio::thread_pool pool{2};
    std::vector<store::Migration> migrations = bench_migrations();
    store::testing::TestDatabase database;
    core::SystemClock clock;
    events::Journal journal{*database};
    jobs::Queue queue{*database, journal};
    jobs::Worker worker{queue, io.get_executor(), {.host = "bench"}};
    events::LiveStreams streams{io, pool, home.path() / "live"};
    process::Supervisor supervisor{io.get_executor(), pool, {}};
    BareFrame frame;
    std::optional<Tools> area;
};

} // namespace pix::tools::testing

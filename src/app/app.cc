#include "app/app.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>

#include "app/examples.h"
#include "app/loop.h"
#include "app/memory.h"
#include "app/routes.h"
#include "app/sidebar.h"
#include "app/templates.h"
#include "app/tool_commands.h"
#include "core/http/certificate.h"
#include "web/assets.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;

namespace {

std::string host_name()
{
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

FrameAssets frame_assets()
{
    return {std::string(web::asset_url("style.css")), std::string(web::asset_url("main.js")),
            std::string(web::asset_url("icon.svg")), std::string(web::asset_url("icon-192.png")),
            std::string(web::symbols())};
}

process::SupervisorOptions supervisor_options(const Config& config)
{
    process::SupervisorOptions options;
    options.home = config.home;
    return options;
}

jobs::WorkerOptions worker_options(const Config& config)
{
    jobs::WorkerOptions options;
    options.host = host_name();
    options.drain = config.stop_grace;
    return options;
}

tools::ToolsConfig tools_config(const Config& config)
{
    tools::ToolsConfig result;
    result.tools_dir = config.tools_dir;
    result.artefacts_root = config.home / "artefacts";
    result.cache_folder = config.home / "cache";
    result.environment = children_environment(config);
    result.developer_mode = config.developer_mode;
    result.warm_keep_max = config.warm_keep_max;
    result.warm_keep = config.warm_keep;
    result.artefact_bytes_per_run = config.artefact_bytes_per_run;
    result.artefacts_per_run = static_cast<std::size_t>(config.artefacts_per_run);
    result.inline_output_bytes = config.inline_output_bytes;
    result.response_bytes = config.tool_response_bytes;
    return result;
}

workbench::WorkbenchConfig workbench_config(const Config& config)
{
    workbench::WorkbenchConfig result;
    result.home = config.home;
    result.user_home = config.user_home;
    result.user_home_given = config.user_home_given;
    result.environment = process_environment();
    result.children_environment = children_environment(config);
    return result;
}

http::ServerOptions server_options(const Config& config)
{
    http::ServerOptions options;
    options.header_bytes = config.header_bytes;
    options.connections = config.connections;
    options.idle_timeout = config.idle_timeout;
    options.request_timeout = config.request_timeout;
    return options;
}

/// At the tools door only what belongs to tools may be watched; the other doors ask for an account first.
bool may_watch(const http::Request& request, const std::string& stream)
{
    if (request.door().kind() != http::DoorKind::tools) return true;
    return stream == "jobs" || stream == "tools" || stream.starts_with("tool-run/") || stream.starts_with("job-log/");
}

/// Runs a start-up coroutine to its end, before the io thread answers anybody.
Result<void> run_now(asio::io_context& io, awaitable<Result<void>> work)
{
    std::optional<Result<void>> outcome;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, Result<void> result) {
        if (failure) std::rethrow_exception(failure);
        outcome = std::move(result);
    });
    while (!outcome && io.run_one() > 0) {
    }
    io.restart();
    return outcome ? *outcome : fail(Errc::internal, "a part of the server did not start");
}

} // namespace

App::App(Config config, HomeLock lock, std::unique_ptr<Data> data, http::Texts texts,
         std::unique_ptr<http::Templates> templates, std::unique_ptr<http::AccessLog> log)
    : config_(std::move(config)), lock_(std::move(lock)), data_(std::move(data)),
      streams_(io_, pool_, config_.home / "cache/live"),
      supervisor_(io_.get_executor(), pool_, supervisor_options(config_)),
      worker_(data_->queue(), io_.get_executor(), worker_options(config_)),
      upkeep_(io_, data_->database(), data_->queue(), data_->journal(), clock_, config_.history),
      texts_(std::move(texts)), templates_(std::move(templates)),
      frame_(*templates_, texts_, frame_assets(),
             {.tools = [this](const http::Request& request,
                              std::string_view active) { return sidebar_view(request, frame_, tools_.list(), active); },
              .index = [this](const http::Request& request) { return tool_index(request, tools_.list()); },
              .warm_tools = [this] { return tools_.launcher().warm_count(); }},
             config_.developer_mode),
      tools_({io_, pool_, data_->database(), data_->queue(), worker_, streams_, supervisor_, frame_, clock_},
             tools_config(config_)),
      installer_(data_->queue(), worker_, supervisor_, streams_, tools_.catalog(), children_environment(config_)),
      runs_pages_{data_->queue(), data_->journal(), streams_, frame_, clock_, {}},
      settings_pages_{config_, frame_, clock_.now()}, hub_(io_, bus_, data_->journal(), streams_, nullptr, may_watch),
      log_(std::move(log)), server_(io_, router_, log_.get(), metrics_, server_options(config_))
{}

App::~App() = default;

Result<std::unique_ptr<App>> App::open(Config config)
{
    // Arenas of their own for every thread would cost more memory than the few threads here ever need.
    ::mallopt(M_ARENA_MAX, 2);
    PIX_TRY(auto lock, HomeLock::take(config.home));
    if (!config.tools_dir_given && !std::filesystem::exists(config.tools_dir)) {
        PIX_TRY(auto const names, unpack_tools(examples_archive(), config.tools_dir));
        spdlog::info("copied {} example tools to {}", names.size(), config.tools_dir.string());
    }
    PIX_TRY(auto data, Data::open(config));
    PIX_TRY(auto texts, all_texts());
    PIX_TRY(auto templates, all_templates(texts));
    std::error_code ignored;
    std::filesystem::create_directories(config.home / "logs", ignored);
    PIX_TRY(auto log, http::AccessLog::open(config.home / "logs/access.jsonl"));
    std::unique_ptr<App> app(new App(std::move(config), std::move(lock), std::move(data), std::move(texts),
                                     std::move(templates), std::move(log)));
    PIX_CHECK(app->open_parts());
    PIX_CHECK(app->open_doors());
    return app;
}

void App::wire_events()
{
    data_->journal().on_append([this](const std::string& stream) {
        bus_.wake_from_any_thread(stream);
        if (relay_) relay_->appended();
    });
    streams_.on_append([this](const std::string& stream) { bus_.wake(stream); });
    tools_stream_ = streams_.open("tools", {.ring_events = 16, .spool_bytes = 0});
    tools_.catalog().on_change([this](const tools::CatalogSnapshot&) { tools_stream_->append("tools_changed", "{}"); });
}

Result<void> App::open_parts()
{
    PIX_TRY(auto german, german_texts());
    PIX_TRY(auto german_templates, all_templates(german));
    frame_.add_language("de", std::move(german), std::move(german_templates));
    wire_events();
    PIX_TRY(relay_, events::Relay::open(io_, data_->database(), data_->journal(), bus_));
    PIX_CHECK(run_now(io_, supervisor_.start()));
    PIX_CHECK(run_now(io_, worker_.open()));
    PIX_CHECK(tools_.open());
    PIX_TRY(workbench_,
            workbench::Workbench::open({io_, pool_, data_->database(), streams_, supervisor_, frame_, clock_},
                                       workbench_config(config_)));
    runs_pages_.repeats["tool_run"] = [this](jobs::Job job, core::Actor actor) {
        return repeat_tool_run(tools_, std::move(job), std::move(actor));
    };
    return {};
}

Result<void> App::open_doors()
{
    PIX_CHECK(add_routes(router_, RouteParts{&tools_, workbench_.get(), &runs_pages_, &settings_pages_, &hub_,
                                             &metrics_, &frame_, &clock_, config_.base_path}));
    for (auto const kind : {http::DoorKind::tools, http::DoorKind::workbench, http::DoorKind::security}) {
        router_.set_base_path(kind, config_.base_path);
        for (auto const& endpoint : router_.endpoints(kind))
            metrics_.name_route(endpoint.number, std::string(http::name_of(kind)),
                                std::string(http::name_of(endpoint.route->method)),
                                endpoint.mount->prefix + endpoint.route->path);
    }
    workbench_->accounts().on_withdrawal(
        [this](const std::function<bool(const http::Request&)>& ends) { server_.end_streams(ends); });
    PIX_TRY(auto const certificate,
            http::ensure_certificate(config_.home / "tls", http::certificate_names({config_.security_host})));

    auto const open = [&](http::DoorKind kind, const std::string& host, std::uint16_t port,
                          std::optional<http::TlsFiles> tls) -> Result<void> {
        http::DoorOptions options;
        options.kind = kind;
        options.host = host;
        options.port = port;
        options.tls = std::move(tls);
        options.base_path = config_.base_path;
        if (kind == http::DoorKind::workbench) {
            PIX_TRY(options.origins, workbench::allowed_origins(process_environment()));
        }
        PIX_TRY(auto door, http::Door::create(std::move(options)));
        if (kind == http::DoorKind::security) door.set_authenticator(refuse_everybody);
        if (kind == http::DoorKind::workbench) {
            door.set_authenticator(workbench_->accounts().authenticator());
            door.set_sign_in_page("/login");
        }
        if (kind != http::DoorKind::security)
            door.set_error_page([this](const http::Request& request, const core::Error& error, int status) {
                return error_page(frame_, request, error, status);
            });
        PIX_CHECK(server_.open(std::move(door)));
        return {};
    };
    std::optional<http::TlsFiles> workbench_tls;
    if (config_.workbench_tls == "auto")
        workbench_tls = certificate;
    else if (auto const comma = config_.workbench_tls.find(','); comma != std::string::npos)
        workbench_tls = http::TlsFiles{config_.workbench_tls.substr(0, comma), config_.workbench_tls.substr(comma + 1)};
    PIX_CHECK(open(http::DoorKind::tools, config_.tools_host, config_.tools_port, std::nullopt));
    PIX_CHECK(
        open(http::DoorKind::workbench, config_.workbench_host, config_.workbench_port, std::move(workbench_tls)));
    PIX_CHECK(open(http::DoorKind::security, config_.security_host, config_.security_port, certificate));
    return {};
}

void App::count_things()
{
    auto const& launcher = tools_.launcher();
    metrics_.gauge("pix_connections", "Open connections at all doors.",
                   [this] { return static_cast<double>(server_.connections()); });
    metrics_.gauge("pix_live_pages", "Pages that hold a live socket.",
                   [this] { return static_cast<double>(hub_.clients()); });
    metrics_.gauge("pix_jobs_running", "Jobs that this server runs.",
                   [this] { return static_cast<double>(worker_.running()); });
    metrics_.gauge("pix_children", "Processes that this server has started.",
                   [this] { return static_cast<double>(supervisor_.running()); });
    metrics_.gauge("pix_tools_warm", "Tools whose process is alive.",
                   [&launcher] { return static_cast<double>(launcher.warm_count()); });
}

ControlCommands App::commands()
{
    auto table = data_->commands();
    table.merge(tool_commands(tools_, installer_));
    return table;
}

Result<void> App::publish()
{
    Doors doors;
    doors.tools = server_.door(http::DoorKind::tools)->origin();
    doors.workbench = server_.door(http::DoorKind::workbench)->origin();
    doors.security = server_.door(http::DoorKind::security)->origin();
    doors.pid = ::getpid();
    PIX_CHECK(write_doors(config_.home, doors));
    spdlog::info("tools     {}", doors.tools);
    spdlog::info("workbench {}", doors.workbench);
    spdlog::info("security  {}/api/v1", doors.security);
    if (const std::string& code = workbench_->accounts().setup_code(); !code.empty())
        spdlog::info("the first account, when made from another machine, needs the code {}", code);
    return {};
}

int App::run()
{
    auto const spawn = [this](awaitable<void> task) {
        ++running_tasks_;
        asio::co_spawn(io_, std::move(task), [this](std::exception_ptr failure) {
            --running_tasks_;
            if (failure) std::rethrow_exception(failure);
        });
    };
    count_things();
    server_.run();
    auto control = ControlSocket::open(io_, config_.home, commands());
    if (!control) {
        spdlog::error("{}", control.error().message);
        return 1;
    }
    control_ = *std::move(control);
    control_->start();
    spawn(worker_.run());
    spawn(tools_.run());
    spawn(upkeep_.run());
    spawn(workbench_->run());
    spawn(hub_.run());
    if (relay_) {
        spawn(relay_->run());
        spawn(worker_.listen(bus_));
    }
    asio::co_spawn(io_, wait_for_signal(), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    if (auto const published = publish(); !published) {
        spdlog::error("{}", published.error().message);
        return 1;
    }
    give_back_memory();
    while (!stopped_) {
        try {
            run_loop(io_);
            break;
        } catch (const std::exception& bug) {
            // A bug in one task must not take the others' work with it.
            spdlog::error("a task ended by an exception: {}", bug.what());
        }
    }
    return 0;
}

awaitable<void> App::wait_for_signal()
{
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    co_await signals.async_wait(asio::use_awaitable);
    spdlog::info("stopping; a second signal ends at once");
    signals.async_wait([](boost::system::error_code error, int) {
        if (!error) ::_exit(130);
    });
    co_await stop();
    signals.cancel();
    stopped_ = true;
    io_.stop();
}

awaitable<void> App::stop()
{
    remove_doors(config_.home);
    control_->close();
    co_await server_.stop(config_.stop_grace);
    worker_.stop();
    upkeep_.stop();
    co_await workbench_->stop(config_.stop_grace);
    co_await tools_.stop();
    bus_.close();
    if (relay_) relay_->stop();
    auto const end = std::chrono::steady_clock::now() + config_.stop_grace;
    asio::steady_timer pause(io_);
    while (running_tasks_ > 0 && std::chrono::steady_clock::now() < end) {
        boost::system::error_code ignored;
        pause.expires_after(std::chrono::milliseconds(5));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_await supervisor_.stop_all(std::chrono::seconds(5));
    data_->database().close();
    log_->flush();
}

} // namespace pix::app

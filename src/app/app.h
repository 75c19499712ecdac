#pragma once
#include <memory>

#include "app/config.h"
#include "app/control.h"
#include "app/data.h"
#include "app/home.h"
#include "app/live_hub.h"
#include "app/page_frame.h"
#include "app/runs_handlers.h"
#include "app/settings_handlers.h"
#include "app/upkeep.h"
#include "core/events/bus.h"
#include "core/events/live_stream.h"
#include "core/events/relay.h"
#include "core/http/access_log.h"
#include "core/http/html.h"
#include "core/http/metrics.h"
#include "core/http/router.h"
#include "core/http/server.h"
#include "core/jobs/worker.h"
#include "core/process/supervisor.h"
#include "tools/installer.h"
#include "tools/tools.h"
#include "workbench/workbench.h"

namespace pix::app {

/// One running server: every long-lived object, in the order in which they are made. They go in reverse.
///
/// Runs on: the thread that calls run(); it becomes the io thread.
class App {
public:
    /// Takes the home's lock, opens the store, makes the areas, listens at the doors. Blocks; nobody is answered before
    /// run(). Errors: Errc::conflict (another server on this home), Errc::unavailable, Errc::invalid; each says what to
    /// do.
    static core::Result<std::unique_ptr<App>> open(Config config);
    ~App();

    /// Answers until a signal, then stops politely; a second signal ends the process at once. The exit status.
    int run();

private:
    App(Config config, HomeLock lock, std::unique_ptr<Data> data, http::Texts texts,
        std::unique_ptr<http::Templates> templates, std::unique_ptr<http::AccessLog> log);

    core::Result<void> open_parts();
    core::Result<void> open_doors();
    core::Result<void> publish();
    void wire_events();
    void count_things();
    ControlCommands commands();
    awaitable<void> wait_for_signal();
    awaitable<void> stop();

    Config config_;
    core::SystemClock clock_;
    HomeLock lock_;
    std::unique_ptr<Data> data_;
    asio::io_context io_{1};
    asio::thread_pool pool_{2};
    events::Bus bus_{io_};
    std::unique_ptr<events::Relay> relay_;
    events::LiveStreams streams_;
    std::shared_ptr<events::LiveStream> tools_stream_; ///< says on pages that the list of tools has moved
    process::Supervisor supervisor_;
    jobs::Worker worker_;
    Upkeep upkeep_;
    http::Texts texts_;
    std::unique_ptr<http::Templates> templates_;
    PageFrame frame_;
    tools::Tools tools_;
    tools::Installer installer_;
    std::unique_ptr<workbench::Workbench> workbench_;
    RunsPages runs_pages_;
    SettingsPages settings_pages_;
    LiveHub hub_;
    http::Metrics metrics_;
    std::unique_ptr<http::AccessLog> log_;
    http::Router router_;
    http::Server server_;
    std::unique_ptr<ControlSocket> control_;
    int running_tasks_ = 0; ///< run() coroutines of the parts that have not returned
    bool stopped_ = false;
};

} // namespace pix::app

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "app/app.h"
#include "cli/commands.h"

namespace pix::cli {

int serve(const app::Config& config)
{
    spdlog::set_default_logger(spdlog::stderr_color_mt("pix"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    spdlog::set_level(spdlog::level::from_str(config.log_level));
    auto app = app::App::open(config);
    if (!app) {
        print_error(app.error());
        return 1;
    }
    return (*app)->run();
}

} // namespace pix::cli

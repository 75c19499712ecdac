#include "cli/cli.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

#include "app/version.h"
#include "cli/commands.h"
#include "core/process/guardian.h"

namespace pix::cli {

namespace {

/// Settings given as flags, by setting name. A flag that stands for true or false may come without a value.
using Flags = std::map<std::string, std::string>;

void add_setting_flags(CLI::App& command, Flags& flags, bool all)
{
    for (app::Setting const& setting : app::settings()) {
        if (setting.flag.empty()) continue;
        bool const everywhere = setting.name == "home" || setting.name == "database" || setting.name == "tools.dir" ||
                                setting.name == "user_home";
        if (!all && !everywhere) continue;
        std::string const name(setting.name);
        auto* option = command.add_option_function<std::string>(
            std::string(setting.flag), [&flags, name](const std::string& value) { flags[name] = value; },
            std::string(setting.help));
        if (name == "tools.developer_mode") option->expected(0, 1)->default_str("true");
    }
}

/// Loads the configuration for a command, or prints what is wrong with it.
int with_call(const Flags& flags, const std::string& output, const std::function<int(const Call&)>& command)
{
    auto config = app::load_config(flags, app::process_environment());
    if (!config) return print_error(config.error());
    Call const call{*std::move(config), output == "json" ? Format::json : Format::text};
    return command(call);
}

} // namespace

int run(int argc, char** argv)
{
    // The guardian comes first: nothing that starts threads or opens files may run before it has.
    if (argc > 1 && std::string_view(argv[1]) == "serve") {
        bool const asks_for_help = std::any_of(argv + 2, argv + argc, [](const char* argument) {
            return std::string_view(argument) == "--help" || std::string_view(argument) == "-h";
        });
        if (!asks_for_help && std::getenv(process::guardian_variable) == nullptr)
            return process::run_guardian({}, std::vector<std::string>(argv, argv + argc));
    }

    CLI::App cli("Pix: tools, coding agents, security findings and orchestration on one bench.", "pix");
    cli.set_version_flag("--version", std::string("pix ") + app::version);
    cli.require_subcommand(1);
    Flags flags;
    std::string output = "text";
    std::function<int()> chosen;

    auto* serve_command = cli.add_subcommand("serve", "Start the server and its three doors.");
    add_setting_flags(*serve_command, flags, true);
    serve_command->callback([&] {
        chosen = [&] { return with_call(flags, output, [](const Call& call) { return serve(call.config); }); };
    });

    auto const common = [&](CLI::App* command) {
        add_setting_flags(*command, flags, false);
        command->add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
    };
    auto const on = [&](CLI::App* command, std::function<int(const Call&)> function) {
        common(command);
        command->callback([&, function] { chosen = [&, function] { return with_call(flags, output, function); }; });
    };

    auto* jobs = cli.add_subcommand("jobs", "Everything that runs or ran.");
    jobs->require_subcommand(1);
    JobsFilter filter;
    auto* list = jobs->add_subcommand("list", "List jobs, newest first.");
    list->add_option("--state", filter.state, "Only jobs in this state.")
        ->check(CLI::IsMember({"waiting", "running", "succeeded", "failed", "cancelled"}));
    list->add_option("--area", filter.area, "Only jobs of this area.");
    list->add_option("--kind", filter.kind, "Only jobs of this kind.");
    list->add_option("--limit", filter.limit, "At most this many.")->check(CLI::Range(1, 500));
    on(list, [&](const Call& call) { return jobs_list(call, filter); });
    std::string id;
    auto* show = jobs->add_subcommand("show", "Show one job.");
    show->add_option("id", id, "The job's id.")->required();
    on(show, [&](const Call& call) { return jobs_show(call, id); });
    auto* cancel = jobs->add_subcommand("cancel", "Ask a job to stop.");
    cancel->add_option("id", id, "The job's id.")->required();
    on(cancel, [&](const Call& call) { return jobs_cancel(call, id); });

    auto* users = cli.add_subcommand("user", "The accounts of the workbench.");
    users->require_subcommand(1);
    std::string user_name;
    auto* reset = users->add_subcommand("reset-password", "Set a new password, asked for on the terminal.");
    reset->add_option("NAME", user_name, "The account's name.")->required();
    on(reset, [&](const Call& call) { return user_reset_password(call, user_name); });

    auto* tools = cli.add_subcommand("tools", "The tools and their processes.");
    tools->require_subcommand(1);
    on(tools->add_subcommand("list", "List the tools."), [](const Call& call) { return tools_list(call); });
    bool summary = false;
    auto* validate = tools->add_subcommand("validate", "Check one tool against the contract.");
    validate->add_option("tool", id, "The tool's id or folder.")->required();
    validate->add_flag("--summary", summary, "Print counts and what failed only.");
    on(validate, [&](const Call& call) { return tools_validate(call, id, summary); });
    auto* install = tools->add_subcommand("install", "Make a tool's .venv and install what it requires.");
    install->add_option("tool", id, "The tool's id or folder.")->required();
    on(install, [&](const Call& call) { return tools_install(call, id); });
    int lines = 50;
    auto* logs = tools->add_subcommand("logs", "Print the end of a warm tool's stderr.");
    logs->add_option("tool", id, "The tool's id or folder.")->required();
    logs->add_option("-n,--lines", lines, "How many lines.")->check(CLI::Range(1, 10'000));
    on(logs, [&](const Call& call) { return tools_logs(call, id, lines); });
    auto* stop = tools->add_subcommand("stop", "Stop a tool's process.");
    stop->add_option("tool", id, "The tool's id or folder.")->required();
    on(stop, [&](const Call& call) { return tools_stop(call, id); });

    on(cli.add_subcommand("doctor", "Check the home, the database, the ports and the programs that Pix needs."),
       [](const Call& call) { return doctor(call); });
    on(cli.add_subcommand("routes", "Print the route table of all doors."),
       [](const Call& call) { return routes(call); });

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? 0 : 2;
    }
    return chosen();
}

} // namespace pix::cli

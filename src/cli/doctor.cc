#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "app/data.h"
#include "app/home.h"
#include "cli/commands.h"
#include "cli/data_access.h"
#include "core/base/text.h"

namespace pix::cli {

namespace {

enum class Verdict { pass, warn, fail };

struct Check {
    std::string name;
    Verdict verdict = Verdict::pass;
    std::string message;
    std::string hint;
};

const char* name_of(Verdict verdict)
{
    switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::warn: return "warn";
    case Verdict::fail: return "fail";
    }
    return "fail";
}

Check check_home(const app::Config& config)
{
    Check check{"home", Verdict::pass, config.home.string(), ""};
    struct stat info{};
    if (::stat(config.home.c_str(), &info) != 0) {
        check.message += " does not exist yet; `pix serve` makes it";
        return check;
    }
    if (!S_ISDIR(info.st_mode) || ::access(config.home.c_str(), W_OK | X_OK) != 0)
        return {"home", Verdict::fail, config.home.string() + " is not a folder that you may write to",
                "Choose another with --home, or mend its owner and mode."};
    if ((info.st_mode & 077) != 0)
        return {"home", Verdict::warn, config.home.string() + " is open to other accounts",
                "chmod 700 " + config.home.string()};
    return check;
}

Check check_disk(const app::Config& config)
{
    std::filesystem::path folder = config.home;
    while (!std::filesystem::exists(folder) && folder.has_parent_path() && folder != folder.parent_path())
        folder = folder.parent_path();
    std::error_code error;
    auto const space = std::filesystem::space(folder, error);
    if (error) return {"disk", Verdict::warn, "cannot tell the free space: " + error.message(), ""};
    Check check{"disk", Verdict::pass, core::human_bytes(space.available) + " free", ""};
    if (space.available < (100ULL << 20))
        check.verdict = Verdict::fail;
    else if (space.available < (1ULL << 30))
        check.verdict = Verdict::warn;
    if (check.verdict != Verdict::pass) check.hint = "Free some space: runs and artefacts need it.";
    return check;
}

Check check_server(const app::Config& config, bool running)
{
    if (!running) return {"server", Verdict::pass, "not running", ""};
    auto const doors = app::read_doors(config.home);
    if (!doors)
        return {"server", Verdict::warn, "a process holds the home, but no doors are open yet",
                "Wait a moment; `pix jobs list` tells when it answers."};
    return {"server", Verdict::pass, "pid " + std::to_string(doors->pid) + " at " + doors->tools, ""};
}

Check check_database(const Call& call, bool running)
{
    std::string const where =
        call.config.database.empty() ? call.config.database_file().string() : std::string("PostgreSQL");
    if (!running && call.config.database.empty() && !std::filesystem::exists(call.config.database_file()))
        return {"database", Verdict::pass, where + " does not exist yet; `pix serve` makes it", ""};
    auto const answer = ask_data(call.config, "store.check", {});
    if (!answer) return {"database", Verdict::fail, where + ": " + answer.error().message, answer.error().hint};
    auto const* problems = answer->if_array();
    if (problems == nullptr || problems->empty()) return {"database", Verdict::pass, where + " is sound", ""};
    std::string message = where + ":";
    for (auto const& problem : *problems)
        if (problem.is_string()) message += " " + std::string(problem.get_string()) + ";";
    message.pop_back();
    return {"database", Verdict::fail, message,
            "Restore a backup: one is kept beside the database before each migration."};
}

/// Whether `host`:`port` can be listened on now.
Check check_port(const std::string& door, const std::string& host, std::uint16_t port, bool running)
{
    std::string const name = door + " door";
    std::string const where = host + ":" + std::to_string(port);
    if (port == 0) return {name, Verdict::pass, "picks a free port at start", ""};
    if (running) return {name, Verdict::pass, where + ", as the running server was told", ""};
    sockaddr_storage address{};
    socklen_t size = 0;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
    if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        size = sizeof *v4;
    } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        size = sizeof *v6;
    }
    int const descriptor = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const yes = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    bool const free = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0;
    int const error = errno;
    ::close(descriptor);
    if (free) return {name, Verdict::pass, where + " is free", ""};
    return {name, Verdict::fail, where + " cannot be listened on: " + std::strerror(error),
            "Choose another port for the " + door + " door; `pix serve --help` lists the flags."};
}

Check check_program(const app::Environment& environment, const std::string& program, Verdict without,
                    const std::string& why)
{
    auto const path = environment.find("PATH");
    if (path != environment.end())
        for (auto const folder : core::split(path->second, ':')) {
            std::filesystem::path const file = std::filesystem::path(folder) / program;
            if (!folder.empty() && ::access(file.c_str(), X_OK) == 0)
                return {program, Verdict::pass, file.string(), ""};
        }
    return {program, without, "not found on PATH", why};
}

} // namespace

int doctor(const Call& call)
{
    app::Environment const environment = app::process_environment();
    bool const running = app::HomeLock::is_held(call.config.home);
    std::vector<Check> checks;
    checks.push_back(check_home(call.config));
    checks.push_back(check_disk(call.config));
    checks.push_back(check_server(call.config, running));
    checks.push_back(check_database(call, running));
    checks.push_back(check_port("tools", call.config.tools_host, call.config.tools_port, running));
    checks.push_back(check_port("workbench", call.config.workbench_host, call.config.workbench_port, running));
    checks.push_back(check_port("security", call.config.security_host, call.config.security_port, running));
    checks.push_back(check_program(environment, "python3", Verdict::warn,
                                   "Tools written in Python need it: apt install python3 python3-venv"));
    checks.push_back(check_program(environment, "node", Verdict::warn, "Tools written for Node need it."));
    checks.push_back(
        check_program(environment, "git", Verdict::warn, "Projects and repositories need it: apt install git"));
    checks.push_back(
        check_program(environment, "bwrap", Verdict::warn, "Sandboxed runs need it: apt install bubblewrap"));

    bool failed = false;
    core::json::array list;
    std::string text;
    for (auto const& check : checks) {
        failed = failed || check.verdict == Verdict::fail;
        list.push_back(core::json::object{{"name", check.name},
                                          {"status", name_of(check.verdict)},
                                          {"message", check.message},
                                          {"hint", check.hint}});
        text += std::string(name_of(check.verdict)) + "  " + check.name + ": " + check.message + "\n";
        if (check.verdict != Verdict::pass && !check.hint.empty()) text += "      " + check.hint + "\n";
    }
    if (call.format == Format::json)
        text = core::to_pretty_text(core::json::object{{"ok", !failed}, {"checks", std::move(list)}});
    std::fputs(text.c_str(), stdout);
    return failed ? 1 : 0;
}

} // namespace pix::cli

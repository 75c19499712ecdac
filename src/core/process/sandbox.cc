#include "core/process/sandbox.h"

#include "core/process/launch.h"

namespace pix::process {

using core::Errc;

namespace {

const std::vector<std::string> system_path = {"PATH=/usr/local/bin:/usr/bin:/bin"};

} // namespace

core::Result<std::vector<std::string>> sandboxed_argv(const Command& command)
{
    const auto& sandbox = *command.sandbox;
    if (command.argv.empty()) return core::fail(Errc::invalid, "the command has no program");
    PIX_TRY(const std::string program, find_program(command.argv[0], command.env, command.folder));
    const auto wrapper = find_program("bwrap", system_path, "/");
    if (!wrapper) {
        return core::fail(Errc::unavailable, "the sandbox needs bubblewrap, which is not installed",
                          "Install the package bubblewrap.");
    }
    // Its own process numbers: when the first process ends, the kernel ends all others.
    std::vector<std::string> argv = {
        *wrapper, "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--ro-bind", "/", "/",
        "--dev",  "/dev",          "--proc",        "/proc"};
    const auto add = [&argv](std::initializer_list<std::string> more) { argv.insert(argv.end(), more); };
    if (!sandbox.network) add({"--unshare-net"});
    if (sandbox.private_tmp) add({"--tmpfs", "/tmp", "--tmpfs", "/var/tmp"});
    // After the empty /tmp, so that a folder below it can be given back.
    for (const auto& folder : sandbox.hidden) {
        if (!folder.is_absolute()) return core::fail(Errc::invalid, "not an absolute path: " + folder.string());
        add({"--tmpfs", folder.string()});
    }
    for (const auto& folder : sandbox.writable) {
        if (!folder.is_absolute()) return core::fail(Errc::invalid, "not an absolute path: " + folder.string());
        add({"--bind", folder.string(), folder.string()});
    }
    add({"--chdir", command.folder, "--", program});
    argv.insert(argv.end(), command.argv.begin() + 1, command.argv.end());
    return argv;
}

std::vector<std::string> sandbox_probe()
{
    return {"bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--ro-bind", "/",  "/",
            "--dev", "/dev",          "--proc",        "/proc",         "--tmpfs",       "/tmp",      "--", "true"};
}

} // namespace pix::process

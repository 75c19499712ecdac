#include "workbench/git/git_command.h"

#include <array>
#include <boost/asio/detached.hpp>
#include <memory>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;

namespace {

constexpr std::size_t error_bytes = 256 * 1024;

// Nothing that a repository's own configuration can name is run while it is looked at.
const GitSettings& looking()
{
    static const GitSettings settings{
        {"core.fsmonitor", "false"},
        {"core.hooksPath", "/dev/null"},
        {"core.pager", "cat"},
        {"core.sshCommand", "false"},
        {"core.alternateRefsCommand", ""},
        {"core.quotePath", "false"},
        {"core.splitIndex", "false"},
        {"diff.external", ""},
        {"diff.suppressBlankEmpty", "false"},
        {"diff.submodule", "short"},
        {"diff.ignoreSubmodules", "dirty"},
        {"log.showSignature", "false"},
        {"log.showRoot", "true"},
        {"gpg.program", "false"},
        {"gpg.ssh.program", "false"},
        {"gpg.x509.program", "false"},
        {"credential.helper", ""},
        {"submodule.recurse", "false"},
        {"safe.bareRepository", "explicit"},
        {"color.ui", "false"},
    };
    return settings;
}

const GitSettings& writing()
{
    static const GitSettings settings{
        {"core.fsmonitor", "false"},   {"core.pager", "cat"},          {"core.editor", "true"},
        {"sequence.editor", "true"},   {"core.quotePath", "false"},    {"color.ui", "false"},
        {"core.askPass", ""},          {"user.useConfigOnly", "true"}, {"gc.auto", "0"},
        {"maintenance.auto", "false"}, {"submodule.recurse", "false"}, {"safe.bareRepository", "explicit"},
    };
    return settings;
}

bool is_inherited(std::string_view name)
{
    return !name.empty() && !name.starts_with("GIT_") && !name.starts_with("PIX_") && !name.starts_with("LC_") &&
           name != "LANGUAGE" && name != "HOME" && name != "SSH_ASKPASS" && name != "PAGER" && name != "EDITOR" &&
           name != "VISUAL";
}

} // namespace

std::vector<std::string> GitCommand::environment_of(const GitCall& call) const
{
    std::vector<std::string> env;
    bool has_path = false;
    for (auto const& [name, value] : config_.environment) {
        if (!is_inherited(name)) continue;
        has_path = has_path || name == "PATH";
        env.push_back(name + "=" + value);
    }
    if (!has_path) env.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
    env.push_back("HOME=" + config_.user_home.string());
    for (auto const* fixed : {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_EDITOR=true", "GIT_ASKPASS=",
                              "SSH_ASKPASS_REQUIRE=never", "GIT_LITERAL_PATHSPECS=1", "GIT_MERGE_AUTOEDIT=no"})
        env.emplace_back(fixed);
    bool const look = call.mode == GitMode::look;
    if (look) {
        env.emplace_back(call.may_refresh ? "GIT_OPTIONAL_LOCKS=1" : "GIT_OPTIONAL_LOCKS=0");
        env.emplace_back("GIT_NO_LAZY_FETCH=1"); // git 2.44; before it, the next line keeps lazy fetches from talking
        env.emplace_back("GIT_ALLOW_PROTOCOL=none");
    } else if (call.mode == GitMode::network) {
        env.emplace_back("GIT_ALLOW_PROTOCOL=https:http:ssh:git:file");
    }
    // Settings travel in the environment: names with '=' in them cannot be said by -c, and values stay out of `ps`.
    int count = 0;
    auto add = [&](const GitSettings& settings) {
        for (auto const& [key, value] : settings) {
            std::string const number = std::to_string(count++);
            env.push_back("GIT_CONFIG_KEY_" + number + "=" + key);
            env.push_back("GIT_CONFIG_VALUE_" + number + "=" + value);
        }
    };
    add(look ? looking() : writing());
    add(call.settings);
    env.push_back("GIT_CONFIG_COUNT=" + std::to_string(count));
    env.insert(env.end(), call.env.begin(), call.env.end());
    return env;
}

namespace {

awaitable<void> follow_errors(std::shared_ptr<process::Child> child, std::function<void(std::string_view)> tell,
                              std::chrono::milliseconds patience)
{
    std::uint64_t offset = 0;
    while (true) {
        auto piece = co_await child->error_output().next(offset, patience);
        if (!piece || piece->data.empty()) co_return;
        tell(piece->data);
        offset = piece->next();
    }
}

} // namespace

awaitable<GitResult<GitRun>> GitCommand::run(GitCall call)
{
    process::Command command;
    command.argv.push_back(config_.program);
    command.argv.emplace_back("--no-pager");
    for (auto& argument : call.arguments) {
        if (argument.contains('\0')) co_return git_fail(Errc::invalid, "INVALID", "a value has a NUL byte in it");
        command.argv.push_back(std::move(argument));
    }
    command.env = environment_of(call);
    command.folder = call.folder;
    command.job = "git";
    command.input = std::move(call.input);
    command.lossless = true;
    command.log_bytes = error_bytes;
    auto const patience = call.mode == GitMode::network ? config_.network_deadline : config_.deadline;
    auto const end = std::chrono::steady_clock::now() + patience;
    std::size_t const bound = call.output_bytes == 0 ? config_.output_bytes : call.output_bytes;

    auto spawned = co_await supervisor_.spawn(std::move(command));
    if (!spawned) {
        GitFailure failure(spawned.error());
        if (failure.code == Errc::not_found) {
            failure = GitFailure(Errc::internal, "GIT_FAILED", "Git is not installed, or the folder is gone.");
            failure.details = spawned.error().message;
        }
        co_return std::unexpected(std::move(failure));
    }
    auto const child = *std::move(spawned);
    if (call.progress) {
        auto follow = follow_errors(child, std::move(call.progress), patience);
        asio::co_spawn(co_await asio::this_coro::executor, std::move(follow), asio::detached);
    }
    GitRun run;
    while (true) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        auto piece = co_await child->read_output(std::max(left, std::chrono::milliseconds(1)));
        if (!piece) {
            std::string details = without_secrets(child->error_output().text());
            co_await child->stop(std::chrono::milliseconds(500));
            GitFailure failure(Errc::timeout, "GIT_TIMEOUT", "Git took too long and was stopped.");
            failure.details = std::move(details);
            co_return std::unexpected(std::move(failure));
        }
        if (piece->empty()) break;
        run.output += *piece;
        if (run.output.size() > bound) {
            run.cut = true;
            co_await child->stop(std::chrono::milliseconds(0));
            break;
        }
    }
    process::Exit const exit = co_await child->wait();
    run.error_output = child->error_output().text();
    if (run.cut) {
        if (!call.head_is_enough) co_return git_fail(Errc::internal, "GIT_FAILED", "Git's answer is too large.");
        run.output.resize(bound);
        co_return run;
    }
    if (exit.kind != process::Exit::exited) {
        GitFailure failure(Errc::internal, "GIT_FAILED", "Git " + exit.describe() + ".");
        failure.details = without_secrets(run.error_output);
        co_return std::unexpected(std::move(failure));
    }
    run.status = exit.code;
    co_return run;
}

awaitable<GitResult<GitRun>> GitCommand::succeed(GitCall call)
{
    PIX_CO_TRY(auto run, co_await this->run(std::move(call)));
    if (run.status != 0) co_return std::unexpected(failure_of(run.output, run.error_output, run.status));
    co_return run;
}

} // namespace pix::workbench

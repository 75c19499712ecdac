#include "tools/installer.h"

#include <csignal>

#include "core/base/text.h"
#include "tools/interpreter.h"

namespace pix::tools {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

namespace {

constexpr std::chrono::minutes step_deadline{20};

std::string text_in(const json::value& payload, const char* key)
{
    auto const* object = payload.if_object();
    auto const* found = object == nullptr ? nullptr : object->if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

} // namespace

Installer::Installer(jobs::Queue& queue, jobs::Worker& worker, process::Supervisor& supervisor,
                     events::LiveStreams& streams, ToolCatalog& catalog, Variables environment)
    : queue_(queue), supervisor_(supervisor), streams_(streams), catalog_(catalog),
      environment_(allowed_environment(environment))
{
    worker.handle(job_kind, [this](std::shared_ptr<jobs::JobContext> context) { return run(std::move(context)); }, 1);
}

Result<std::vector<Installer::Step>> Installer::steps_for(const CatalogTool& tool) const
{
    if (tool.is_broken()) return fail(Errc::invalid, "tool.json of " + tool.id + " cannot be used; mend it first");
    std::vector<Step> steps;
    auto const kind = interpreter_kind(tool.schema->entrypoint);
    if (kind == InterpreterKind::python) {
        std::string const python = Interpreter::venv_python(tool.folder).string();
        // uv reads the lock file and is many times faster; where it is not installed, pip does the same from
        // pyproject.toml.
        if (auto const uv = find_program(environment_, "uv"); !uv.empty()) {
            steps.push_back({{uv.string(), "sync", "--no-progress"}});
        } else {
            steps.push_back({{"python3", "-m", "venv", "--clear", ".venv"}});
            steps.push_back(
                {{python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "."}});
        }
    } else if (kind == InterpreterKind::node) {
        bool const locked = std::filesystem::exists(tool.folder / "package-lock.json");
        steps.push_back({{"npm", locked ? "ci" : "install", "--no-fund", "--no-audit"}});
    } else {
        return fail(Errc::invalid, tool.id + " is an executable of its own: there is nothing to install");
    }
    return steps;
}

awaitable<Result<jobs::JobId>> Installer::install(std::string tool_id, core::Actor actor)
{
    auto const tool = catalog_.snapshot()->find(tool_id);
    if (!tool) co_return fail(Errc::not_found, "there is no tool \"" + core::shorten(tool_id, 100) + "\"");
    PIX_CO_CHECK(steps_for(*tool));
    jobs::JobSpec spec;
    spec.kind = job_kind;
    spec.title = "Install " + tool->name;
    spec.area = "tools";
    spec.link = "/tool/" + core::percent_encode(tool->id);
    spec.payload = json::object{{"tool_id", tool->id}};
    spec.actor = std::move(actor);
    spec.max_attempts = 2;
    spec.on_loss = jobs::OnLoss::retry;
    co_return co_await queue_.enqueue(std::move(spec));
}

awaitable<Result<void>> Installer::run_step(std::shared_ptr<jobs::JobContext> context,
                                            std::shared_ptr<events::LiveStream> log, std::string folder, Step step)
{
    std::string shown = "$";
    for (auto const& argument : step.argv) shown += " " + argument;
    log->append("line", shown);
    process::Command command;
    command.argv = step.argv;
    command.env = as_list(environment_);
    command.folder = std::move(folder);
    command.job = context->job.id.text();
    command.merge_stderr = true;
    PIX_CO_TRY(auto const child, co_await supervisor_.spawn(std::move(command)));
    context->on_cancel([weak = std::weak_ptr(child)] {
        if (auto const running = weak.lock()) (void)running->signal(SIGTERM);
    });
    auto const end = std::chrono::steady_clock::now() + step_deadline;
    std::uint64_t offset = 0;
    std::string partial;
    for (;;) {
        auto const piece = co_await child->output().next(offset, std::chrono::seconds(1));
        bool const late = std::chrono::steady_clock::now() > end;
        if (context->cancelled() || late) {
            co_await child->stop();
            if (late) co_return fail(Errc::timeout, step.argv.front() + " took longer than 20 minutes");
            co_return fail(Errc::cancelled, "cancelled");
        }
        if (!piece) continue;
        if (piece->end) break;
        offset = piece->next();
        partial += piece->data;
        for (std::size_t line = partial.find('\n'); line != std::string::npos; line = partial.find('\n')) {
            log->append("line", core::to_utf8(std::string_view(partial).substr(0, line)));
            partial.erase(0, line + 1);
        }
        if (partial.size() > 64 * 1024) partial.clear();
    }
    if (!partial.empty()) log->append("line", core::to_utf8(partial));
    auto const exit = co_await child->wait();
    if (exit.kind != process::Exit::exited || exit.code != 0)
        co_return fail(Errc::invalid, step.argv.front() + " failed; the log says why",
                       "Registries may be out of reach, or pyproject.toml asks for what does not exist.");
    co_return Result<void>();
}

awaitable<Result<std::string>> Installer::run(std::shared_ptr<jobs::JobContext> context)
{
    auto const log = streams_.open("job-log/" + context->job.id.text());
    struct CloseLog {
        events::LiveStream& stream;
        ~CloseLog() { stream.close(); }
    } const close_log{*log};
    auto const tool = catalog_.snapshot()->find(text_in(context->job.payload, "tool_id"));
    if (!tool) co_return fail(Errc::not_found, "the tool is no longer there");
    PIX_CO_TRY(auto const steps, steps_for(*tool));
    for (std::size_t i = 0; i < steps.size(); ++i) {
        context->progress(static_cast<double>(i) / static_cast<double>(steps.size()), steps[i].argv.front());
        auto const done = co_await run_step(context, log, tool->folder.string(), steps[i]);
        if (!done) {
            log->append("line", done.error().message);
            co_return std::unexpected(done.error());
        }
    }
    co_return "installed";
}

} // namespace pix::tools

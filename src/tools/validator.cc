#include "tools/validator.h"

#include <fnmatch.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/artefact_folder.h"
#include "tools/folder_checks.h"
#include "tools/output_value.h"
#include "tools/sample_input.h"
#include "tools/tool_call.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr auto fixture_budget = seconds(60);
constexpr auto stream_wait = seconds(10);
constexpr std::size_t excerpt_bytes = 500;

std::string lines(const std::vector<std::string>& list)
{
    std::string text;
    for (const std::string& line : list) text += (text.empty() ? "" : "\n") + line;
    return text;
}

bool matches(const Fixture& fixture, const ValidationOptions& options)
{
    if (!options.fixtures.empty()) {
        std::string const stem = std::filesystem::path(fixture.filename).stem().string();
        std::string const bare = stem.starts_with("fixture_") ? stem.substr(8) : stem;
        bool const named =
            std::any_of(options.fixtures.begin(), options.fixtures.end(), [&](const std::string& wanted) {
                return wanted == fixture.filename || wanted == stem || wanted == bare ||
                       ::fnmatch(wanted.c_str(), fixture.filename.c_str(), 0) == 0 ||
                       ::fnmatch(wanted.c_str(), stem.c_str(), 0) == 0;
            });
        if (!named) return false;
    }
    if (options.tags.empty()) return true;
    return std::any_of(options.tags.begin(), options.tags.end(), [&](const std::string& tag) {
        return std::find(fixture.tags.begin(), fixture.tags.end(), tag) != fixture.tags.end();
    });
}

} // namespace

/// One validation under way.
struct Validator::Work {
    std::shared_ptr<const CatalogTool> tool;
    RunPlan plan;
    ValidationOptions options;
    ValidationReport report;
    std::optional<ToolSchema> schema;
    std::shared_ptr<WarmTool> process;
    std::string sample_run_id;
    std::filesystem::path scratch;
    bool stopped = false; ///< a check failed, so that the later ones are not reached

    void add(std::string_view name, CheckStatus status, std::string message, std::string details = {})
    {
        Check check;
        check.name = name;
        check.status = status;
        check.message = core::shorten(message, 1000);
        check.details = core::shorten(details, 64 * 1024);
        report.checks.push_back(std::move(check));
    }
    seconds limit() const
    {
        if (schema && schema->validator_timeout_override) return seconds(*schema->validator_timeout_override);
        return plan.limit();
    }
    std::string stderr_text() const { return process ? process->stderr_tail() : std::string(); }
};

Validator::Validator(asio::any_io_executor executor, asio::thread_pool& pool, Launcher& launcher,
                     process::Supervisor& supervisor, http::LocalClient& client, const core::Clock& clock,
                     ValidatorConfig config)
    : executor_(std::move(executor)), pool_(pool), launcher_(launcher), supervisor_(supervisor), client_(client),
      clock_(clock), config_(std::move(config))
{}

awaitable<ValidationReport> Validator::validate(std::shared_ptr<const CatalogTool> tool, RunPlan plan,
                                                ValidationOptions options)
{
    for (auto it = busy_.find(tool->id); it != busy_.end(); it = busy_.find(tool->id)) {
        auto const other = it->second;
        co_await other->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    auto const turn = std::make_shared<asio::steady_timer>(executor_, Steady::time_point::max());
    busy_.emplace(tool->id, turn);

    auto work = std::make_shared<Work>();
    work->tool = tool;
    work->plan = std::move(plan);
    work->options = std::move(options);
    work->report.tool_id = tool->id;
    work->report.tool_path = tool->folder.string();
    work->report.timestamp = clock_.now();
    std::string problem;
    try {
        co_await inspect(work);
        if (!work->stopped) co_await exercise(work);
    } catch (const std::exception& thrown) {
        problem = thrown.what();
    }
    if (!problem.empty()) work->report.warnings.push_back("The validation broke off: " + problem);
    if (work->process && !work->process->dead) co_await work->process->child->stop(config_.stop_grace);
    if (!work->scratch.empty()) {
        auto clean = [scratch = work->scratch] {
            std::error_code ignored;
            std::filesystem::remove_all(scratch, ignored);
        };
        co_await core::run_on(pool_, std::move(clean));
    }
    // Checks that were never reached are listed in their places.
    std::vector<Check> ordered;
    for (std::string_view const name : check_names) {
        auto const found = std::find_if(work->report.checks.begin(), work->report.checks.end(),
                                        [&](const Check& check) { return check.name == name; });
        Check unreached;
        unreached.name = name;
        unreached.message = "not reached";
        ordered.push_back(found == work->report.checks.end() ? unreached : *found);
    }
    work->report.checks = std::move(ordered);
    busy_.erase(tool->id);
    turn->cancel();
    co_return std::move(work->report);
}

awaitable<void> Validator::inspect(std::shared_ptr<Work> work)
{
    auto look = [folder = work->tool->folder] { return check_folder(folder); };
    auto findings = co_await core::run_on(pool_, std::move(look));
    work->report.checks = std::move(findings.checks);
    work->report.warnings = std::move(findings.warnings);
    work->schema = std::move(findings.schema);
    work->stopped = work->report.overall() == CheckStatus::fail || !work->schema;
    if (work->stopped) co_return;
    co_await check_venv(work);
}

awaitable<void> Validator::check_venv(std::shared_ptr<Work> work)
{
    std::string_view const name = check_names[4];
    if (interpreter_kind(work->schema->entrypoint) != InterpreterKind::python) {
        work->add(name, CheckStatus::skip, "The tool is not written in Python.");
        co_return;
    }
    // What a tool's first start does anyway, and without a network: a validation must not fail for being the first.
    auto prepared = co_await launcher_.prepare(work->plan.launch);
    if (!prepared) {
        work->add(name, CheckStatus::fail, prepared.error().message, prepared.error().hint);
        work->stopped = true;
        co_return;
    }
    process::Command command;
    command.argv.push_back(Interpreter::venv_python(work->tool->folder).string());
    command.argv.emplace_back("--version");
    command.env = as_list(allowed_environment(launcher_.config().environment));
    command.folder = work->tool->folder.string();
    command.job = "tools/validation";
    auto const finished = co_await supervisor_.run(std::move(command), seconds(5));
    if (finished && finished->exit.ok()) {
        std::string const version(core::trim(finished->output + finished->error_output));
        work->add(name, CheckStatus::pass, core::to_utf8(version) + " is there.");
        co_return;
    }
    std::string const python = Interpreter::venv_python(work->tool->folder).string();
    work->add(name, CheckStatus::fail, "There is no working Python at " + python + ".",
              finished ? core::to_utf8(finished->error_output) : finished.error().message);
    work->stopped = true;
}

awaitable<void> Validator::exercise(std::shared_ptr<Work> work)
{
    if (work->stopped) co_return;
    co_await check_spawn(work);
    if (!work->stopped && work->process) {
        Check schemas = compare_schemas(work->schema->raw, work->process->schema);
        work->stopped = schemas.status == CheckStatus::fail;
        work->report.checks.push_back(std::move(schemas));
        if (!work->stopped && work->options.reference_only) {
            for (std::size_t i = 7; i <= 9; ++i)
                work->add(check_names[i], CheckStatus::skip, "Only the reference fixtures were asked for.");
        } else if (!work->stopped) {
            co_await check_sample_run(work);
            if (!work->stopped) co_await check_stream(work);
        }
        if (!work->stopped) co_await check_fixtures(work);
    }
    if (work->process) co_await check_shutdown(work);
}

awaitable<void> Validator::check_spawn(std::shared_ptr<Work> work)
{
    std::string_view const name = check_names[5];
    LaunchSpec spec = work->plan.launch;
    spec.validating = true;
    auto launched = co_await launcher_.start_alone(std::move(spec));
    if (launched) {
        work->process = *launched;
        work->add(name, CheckStatus::pass, "The tool started and answers /healthz.");
        co_return;
    }
    const LaunchFailure& failure = launched.error();
    work->report.spawn_log = failure.stderr_tail;
    std::string details = failure.stderr_tail;
    if (failure.silent_exit && failure.elapsed < seconds(2))
        details = "The program ended at once and without an error: it seems never to start its server.\n" + details;
    work->add(name, CheckStatus::fail, failure.error.message, std::move(details));
    work->stopped = true;
}

awaitable<Result<http::ClientResponse>> Validator::post_run(std::shared_ptr<Work> work, std::string run_id,
                                                            json::object inputs, milliseconds limit)
{
    if (work->scratch.empty()) work->scratch = config_.scratch_folder / core::uuid_v4();
    auto make = [folder = work->scratch / run_id]() -> Result<std::filesystem::path> {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) return fail(Errc::unavailable, "cannot make " + folder.string() + ": " + error.message());
        return folder;
    };
    PIX_CO_TRY(auto const folder, co_await core::run_on(pool_, std::move(make)));
    std::vector<RunFile> const no_files;
    ToolCall call = work->schema->input_transport == InputTransport::multipart
                        ? multipart_call(run_id, *work->schema, inputs, no_files, folder.string())
                        : json_call(run_id, inputs, core::to_text(inputs), folder.string());
    http::ClientRequest post;
    post.method = "POST";
    post.port = work->process->port;
    post.target = "/run";
    post.headers.emplace_back("Content-Type", std::move(call.content_type));
    post.headers.emplace_back("X-Pixie-Run-Id", run_id);
    post.headers.emplace_back("X-Pixie-Artefacts-Dir", folder.string());
    post.body = std::move(call.body);
    post.deadline = limit;
    post.max_body = config_.response_bytes;
    co_return co_await client_.request(std::move(post));
}

awaitable<void> Validator::check_sample_run(std::shared_ptr<Work> work)
{
    std::string_view const name = check_names[7];
    work->sample_run_id = core::uuid_v4();
    json::object inputs = sample_inputs(*work->schema, clock_.now());
    work->report.sample_inputs = inputs;
    auto answer = co_await post_run(work, work->sample_run_id, std::move(inputs), work->limit());
    if (!answer || answer->status != 200) {
        std::string message = answer ? "/run answered with status " + std::to_string(answer->status) + "."
                                     : "/run gave no answer: " + answer.error().message + ".";
        std::string details;
        if (answer) details = core::shorten(core::to_utf8(answer->body.substr(0, 2 * excerpt_bytes)), excerpt_bytes);
        details += (details.empty() ? "" : "\n") + work->stderr_text();
        work->report.spawn_log = work->stderr_text();
        work->add(name, CheckStatus::fail, std::move(message), work->process->mask.apply(std::move(details)));
        work->stopped = true;
        co_return;
    }
    work->add(name, CheckStatus::pass, "/run answered the sample inputs.");

    auto read = [body = std::move(answer->body), max = config_.response_bytes] { return read_answer(200, body, max); };
    auto outputs = co_await core::run_on(pool_, std::move(read));
    if (!outputs) {
        work->add(check_names[8], CheckStatus::fail, outputs.error().message);
        work->stopped = true;
        co_return;
    }
    work->report.sample_output = *outputs;
    std::vector<std::string> problems;
    std::vector<std::string> oddities;
    for (const OutputProblem& problem : check_outputs(*work->schema, *outputs))
        (problem.is_warning ? oddities : problems).push_back(problem.key + ": " + problem.message);
    if (!problems.empty()) {
        work->add(check_names[8], CheckStatus::fail, problems.front() + ".", lines(problems));
        work->stopped = true;
    } else if (!oddities.empty()) {
        work->add(check_names[8], CheckStatus::warn, oddities.front() + ".", lines(oddities));
    } else {
        work->add(check_names[8], CheckStatus::pass, "Every declared output has the right shape.");
    }
}

awaitable<void> Validator::check_stream(std::shared_ptr<Work> work)
{
    std::string_view const name = check_names[9];
    if (!work->schema->is_streaming()) {
        work->add(name, CheckStatus::skip, "No output is streamed.");
        co_return;
    }
    http::ClientRequest request;
    request.port = work->process->port;
    request.target = "/stream?run_id=" + work->sample_run_id;
    request.headers.emplace_back("Accept", "text/event-stream");
    request.deadline = stream_wait;
    auto stream = co_await client_.stream(std::move(request));
    if (!stream) {
        work->add(name, CheckStatus::fail, "/stream gave no answer: " + stream.error().message + ".");
        co_return;
    }
    if ((*stream)->status() != 200) {
        work->add(name, CheckStatus::fail, "/stream answered with status " + std::to_string((*stream)->status()) + ".");
        co_return;
    }
    auto const piece = co_await (*stream)->next(stream_wait);
    if (piece && *piece)
        work->add(name, CheckStatus::pass, "/stream sends events.");
    else
        work->add(name, CheckStatus::fail, "/stream sent nothing within 10 s.");
}

awaitable<void> Validator::check_fixtures(std::shared_ptr<Work> work)
{
    std::string_view const name = check_names[10];
    auto look = [folder = work->tool->folder] { return read_fixtures(folder); };
    auto fixtures = co_await core::run_on(pool_, std::move(look));
    if (!fixtures) {
        work->add(name, CheckStatus::fail, fixtures.error().message + ".");
        co_return;
    }
    std::erase_if(*fixtures, [&](const Fixture& fixture) { return !matches(fixture, work->options); });
    if (fixtures->empty()) {
        work->add(name, CheckStatus::skip, "There are no reference fixtures to compare with.");
        co_return;
    }
    seconds const budget = work->schema->validator_timeout_override ? seconds(*work->schema->validator_timeout_override)
                                                                    : seconds(fixture_budget);
    auto const until = Steady::now() + budget;
    std::vector<std::string> failures;
    std::vector<std::string> warnings;
    std::size_t skipped = 0;
    bool shown = false;
    for (const Fixture& fixture : *fixtures) {
        if (fixture.skip_reason) {
            ++skipped;
            continue;
        }
        auto const left = std::chrono::duration_cast<milliseconds>(until - Steady::now());
        if (left <= milliseconds(0)) {
            failures.push_back(fixture.filename + ": no time was left for it");
            continue;
        }
        seconds const own = fixture.timeout_seconds ? seconds(*fixture.timeout_seconds) : work->limit();
        json::object inputs = fixture.inputs;
        auto answer = co_await post_run(work, core::uuid_v4(), std::move(inputs), std::min<milliseconds>(own, left));
        json::object outputs;
        FixtureDifferences differences;
        if (!answer) {
            differences.failures.push_back(answer.error().message);
        } else {
            auto read = read_answer(answer->status, answer->body, config_.response_bytes);
            if (read) {
                outputs = *std::move(read);
                differences = compare_outputs(*work->schema, fixture, outputs);
            } else {
                differences.failures.push_back(read.error().message);
            }
        }
        if (!differences.failures.empty() && !shown) {
            work->report.sample_inputs = fixture.inputs;
            work->report.sample_output = outputs;
            shown = true;
        }
        for (const std::string& text : differences.failures) failures.push_back(fixture.filename + ": " + text);
        for (const std::string& text : differences.warnings) warnings.push_back(fixture.filename + ": " + text);
    }
    std::error_code ignored;
    if (std::filesystem::exists(work->tool->folder / "reference" / "tolerance.yaml", ignored))
        warnings.emplace_back("reference/tolerance.yaml is not read; tolerances are taken from the fixtures");
    if (!failures.empty()) {
        work->add(name, CheckStatus::fail, failures.front(), lines(failures) + "\n" + lines(warnings));
    } else if (skipped == fixtures->size()) {
        work->add(name, CheckStatus::warn, "All fixtures are skipped.");
    } else if (!warnings.empty()) {
        work->add(name, CheckStatus::warn, warnings.front(), lines(warnings));
    } else {
        work->add(name, CheckStatus::pass,
                  std::to_string(fixtures->size() - skipped) + " of " + std::to_string(fixtures->size()) +
                      " fixtures give what they should.");
    }
}

awaitable<void> Validator::check_shutdown(std::shared_ptr<Work> work)
{
    std::string_view const name = check_names[11];
    if (work->process->dead) {
        work->add(name, CheckStatus::warn,
                  "The tool's process " + work->process->ending() + " before it was asked to.");
        co_return;
    }
    auto const began = Steady::now();
    auto const exit = co_await work->process->child->stop(config_.stop_grace);
    bool const killed = exit.kind == process::Exit::signalled && exit.code == SIGKILL;
    if (killed || Steady::now() - began > config_.stop_grace + seconds(1))
        work->add(name, CheckStatus::warn,
                  "It did not end within " + std::to_string(config_.stop_grace.count() / 1000) +
                      " s of being asked to, and was killed.");
    else
        work->add(name, CheckStatus::pass, "The tool ended when it was asked to.");
}

} // namespace pix::tools

#include "tools/tools.h"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/form_input.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using std::chrono::hours;

constexpr auto retention_every = hours(6);
constexpr int jobs_per_page = 500;
constexpr core::Millis report_age = 30LL * 24 * 3600 * 1000;

LauncherConfig launcher_config(const ToolsConfig& config)
{
    LauncherConfig result;
    result.environment = config.environment;
    result.artefacts_root = config.artefacts_root;
    result.cache_folder = config.cache_folder;
    result.warm_keep_max = config.warm_keep_max;
    return result;
}

ArtefactFolder artefact_folder(const ToolsConfig& config)
{
    ArtefactLimits limits;
    limits.max_files = config.artefacts_per_run;
    limits.max_bytes = config.artefact_bytes_per_run;
    limits.inline_bytes = config.inline_output_bytes;
    return {config.artefacts_root, limits};
}

RunServiceConfig run_config(const ToolsConfig& config)
{
    RunServiceConfig result;
    result.response_bytes = config.response_bytes;
    return result;
}

ValidatorConfig validator_config(const ToolsConfig& config)
{
    ValidatorConfig result;
    result.scratch_folder = config.cache_folder / "validation";
    result.response_bytes = config.response_bytes;
    return result;
}

} // namespace

Tools::Tools(ToolsParts parts, ToolsConfig config)
    : parts_(parts), config_(std::move(config)), client_(parts_.io.get_executor()),
      catalog_(parts_.io, parts_.pool, config_.tools_dir),
      launcher_(parts_.io.get_executor(), parts_.supervisor, client_, parts_.clock, launcher_config(config_)),
      runs_(parts_.io.get_executor(), parts_.pool, parts_.database, parts_.queue, parts_.worker, parts_.streams,
            launcher_, client_, artefact_folder(config_), parts_.clock, run_config(config_)),
      validator_(parts_.io.get_executor(), parts_.pool, launcher_, parts_.supervisor, client_, parts_.clock,
                 validator_config(config_)),
      timer_(parts_.io)
{
    parts_.worker.handle(
        "tool_validation",
        [this](std::shared_ptr<jobs::JobContext> context) { return run_validation_job(std::move(context)); }, 1);
}

Tools::~Tools() = default;

Result<void> Tools::open()
{
    catalog_.scan_now();
    auto read = [](store::Connection& tx) -> Result<std::vector<ToolState>> { return run_store::tool_states(tx); };
    PIX_TRY(auto states, parts_.database.read_now(std::move(read)));
    for (ToolState& state : states) {
        ToolOverrides overrides;
        if (state.overrides_json)
            if (auto value = core::parse_json(*state.overrides_json)) overrides = ToolOverrides::read(*value);
        overrides.pinned_warm = state.pinned_warm;
        overrides_.insert_or_assign(state.tool_id, overrides);
        std::string const id = state.tool_id;
        states_.insert_or_assign(id, std::move(state));
    }
    auto read_reports = [](store::Connection& tx) { return validation_store::latest(tx); };
    PIX_TRY(auto reports, parts_.database.read_now(std::move(read_reports)));
    for (auto& latest : reports) validations_.insert_or_assign(latest.tool_id, std::move(latest.summary));
    return {};
}

awaitable<void> Tools::run()
{
    asio::co_spawn(parts_.io, catalog_.watch(), asio::detached);
    asio::co_spawn(parts_.io, launcher_.sweep(), asio::detached);
    if (config_.validate_at_start) co_await queue_validations();
    co_await keep_retention();
}

awaitable<void> Tools::stop()
{
    stopping_ = true;
    timer_.cancel();
    catalog_.stop();
    co_await runs_.stop();
    co_await launcher_.stop_all();
}

awaitable<void> Tools::keep_retention()
{
    while (!stopping_) {
        auto const snapshot = catalog_.snapshot();
        for (const auto& tool : snapshot->tools) {
            if (stopping_) co_return;
            if (!tool->schema) continue;
            auto const pruned = co_await runs_.prune(tool->id, tool->schema->retain_runs);
            if (!pruned) spdlog::warn("tool {}: old runs cannot be removed: {}", tool->id, pruned.error().message);
        }
        auto prune = [before = parts_.clock.now() - report_age](store::Connection& tx) {
            return validation_store::remove_before(tx, before);
        };
        (void)co_await parts_.database.write(std::move(prune)); // the next round tries again
        if (stopping_) co_return;                               // the timer's cancel() came before there was a wait
        timer_.expires_after(retention_every);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

bool Tools::needs_validation(const CatalogTool& tool) const
{
    auto const it = validations_.find(tool.id);
    return it == validations_.end() || it->second.discovery_hash != tool.discovery_hash;
}

awaitable<Result<std::set<std::string>>> Tools::queued_validations()
{
    jobs::JobFilter filter;
    filter.kind = "tool_validation";
    filter.states = {jobs::JobState::waiting, jobs::JobState::running};
    std::set<std::string> links;
    std::string cursor;
    do {
        PIX_CO_TRY(auto const page, co_await parts_.queue.list(filter, cursor, jobs_per_page));
        for (const jobs::Job& job : page.jobs) links.insert(job.link);
        cursor = page.next;
    } while (!cursor.empty());
    co_return links;
}

awaitable<void> Tools::queue_validations()
{
    // Those of a server that died are still there.
    auto const queued_before = co_await queued_validations();
    if (!queued_before) {
        spdlog::warn("tools are not validated: {}", queued_before.error().message);
        co_return;
    }
    auto const snapshot = catalog_.snapshot();
    for (const auto& tool : snapshot->tools) {
        if (stopping_ || !needs_validation(*tool)) continue;
        std::string link = "/tool/" + core::percent_encode(tool->id);
        if (queued_before->contains(link)) continue;
        jobs::JobSpec spec;
        spec.kind = "tool_validation";
        spec.title = "Validate " + tool->name;
        spec.area = "tools";
        spec.link = std::move(link);
        spec.payload = json::object{{"tool_id", tool->id}};
        spec.priority = -10;
        spec.max_attempts = 2;
        spec.on_loss = jobs::OnLoss::retry; // so that one found running is not lost with the server that ran it
        spec.actor = core::Actor::system();
        auto const queued = co_await parts_.queue.enqueue(std::move(spec));
        if (!queued) spdlog::warn("tool {}: cannot be validated: {}", tool->id, queued.error().message);
    }
}

awaitable<Result<std::string>> Tools::run_validation_job(std::shared_ptr<jobs::JobContext> context)
{
    std::string tool_id;
    if (const json::object* payload = context->job.payload.if_object())
        if (const json::value* id = payload->if_contains("tool_id"); id && id->is_string()) tool_id = id->get_string();
    auto const tool = catalog_.snapshot()->find(tool_id);
    if (!tool) co_return std::string("The tool is no longer there.");
    // A start of the server may have queued it again meanwhile.
    if (!needs_validation(*tool)) co_return std::string("The tool has not changed since its last validation.");
    auto const report = co_await validate(tool);
    if (!report) co_return std::unexpected(report.error());
    co_return "overall " + std::string(name_of(report->overall()));
}

awaitable<Result<ValidationReport>> Tools::validate(std::shared_ptr<const CatalogTool> tool)
{
    RunPlan plan;
    if (tool->schema) plan = plan_for(*tool);
    auto report = co_await validator_.validate(tool, std::move(plan));
    auto write = [report, hash = tool->discovery_hash](store::Connection& tx) {
        return validation_store::add(tx, report, hash);
    };
    PIX_CO_CHECK(co_await parts_.database.write(std::move(write)));
    ValidationSummary summary = summary_of_report(report.to_json());
    summary.timestamp = report.timestamp;
    summary.discovery_hash = tool->discovery_hash;
    validations_.insert_or_assign(tool->id, std::move(summary));
    co_return report;
}

RunPlan Tools::plan_for(const CatalogTool& tool) const
{
    auto const it = overrides_.find(tool.id);
    return plan_of(tool, it == overrides_.end() ? ToolOverrides() : it->second, config_.warm_keep);
}

std::string Tools::status_of(const CatalogTool& tool) const
{
    if (tool.is_broken()) return "failed";
    return launcher_.find(tool.id) || launcher_.is_starting(tool.id) ? "running" : "dormant";
}

ValidationSummary Tools::validation_of(const std::string& tool_id) const
{
    auto const it = validations_.find(tool_id);
    return it == validations_.end() ? ValidationSummary() : it->second;
}

std::optional<ToolState> Tools::state_of(const std::string& tool_id) const
{
    auto const it = states_.find(tool_id);
    if (it == states_.end()) return std::nullopt;
    return it->second;
}

awaitable<Result<json::object>> Tools::last_inputs(std::string tool_id)
{
    auto read = [tool_id](store::Connection& tx) { return run_store::tool_state(tx, tool_id); };
    PIX_CO_TRY(auto const state, co_await parts_.database.read(std::move(read)));
    if (!state || !state->last_inputs_json) co_return json::object();
    auto value = core::parse_json(*state->last_inputs_json);
    if (!value || !value->is_object()) co_return json::object();
    co_return std::move(value->get_object());
}

std::vector<ToolSummary> Tools::list() const
{
    std::vector<ToolSummary> list;
    auto const snapshot = catalog_.snapshot();
    for (const auto& tool : snapshot->tools) {
        ToolSummary summary;
        summary.id = tool->id;
        summary.name = tool->name;
        summary.status = status_of(*tool);
        summary.validation = validation_of(tool->id).overall;
        auto const state = states_.find(tool->id);
        if (tool->schema) {
            summary.category = tool->schema->category.value_or("");
            summary.description = tool->schema->description.value_or("");
            summary.icon = tool->schema->icon.value_or("");
            summary.archived = tool->schema->archived;
        }
        if (state != states_.end()) summary.archived = summary.archived || state->second.archived;
        list.push_back(std::move(summary));
    }
    return list;
}

Result<json::value> Tools::schema(const std::string& tool_id) const
{
    auto const tool = catalog_.snapshot()->find(tool_id);
    if (!tool) return fail(Errc::not_found, "There is no tool " + core::shorten(tool_id, 100) + ".");
    if (!tool->schema) return fail(Errc::invalid, "The tool.json of " + tool->name + " is not usable.");
    return tool->schema->raw;
}

awaitable<Result<ToolRunOutcome>> Tools::run(std::string tool_id, json::object inputs, core::Actor actor)
{
    auto const tool = catalog_.snapshot()->find(tool_id);
    if (!tool) co_return fail(Errc::not_found, "There is no tool " + core::shorten(tool_id, 100) + ".");
    if (!tool->schema) co_return fail(Errc::invalid, "The tool.json of " + tool->name + " is not usable.");
    FormInput input = read_json_input(*tool->schema, inputs);
    if (!input.problems.empty()) co_return fail(Errc::invalid, input.message());
    RunRequest request;
    request.tool = tool;
    request.plan = plan_for(*tool);
    request.inputs = std::move(input.values);
    request.files = std::move(input.files);
    request.actor = std::move(actor);
    PIX_CO_TRY(auto const active, co_await runs_.start(std::move(request)));
    co_await runs_.wait(active);
    ToolRunOutcome outcome;
    outcome.run_id = active->id;
    outcome.status = name_of(active->result->status);
    outcome.outputs = active->result->outputs;
    outcome.message = active->result->failure.message;
    outcome.link = "/tool/" + core::percent_encode(tool->id) + "/runs/" + active->id;
    co_return outcome;
}

} // namespace pix::tools

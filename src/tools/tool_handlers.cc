#include "tools/tool_handlers.h"

#include <algorithm>
#include <ctime>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/html.h"
#include "tools/run_handlers.h"
#include "tools/run_page.h"
#include "tools/tool_page.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using http::Response;

constexpr int recent_runs = 3;
constexpr std::size_t max_log_lines = 1000;
constexpr std::size_t autocomplete_bytes = 4 * 1024 * 1024;

std::vector<ToolSummary> listed(const std::vector<ToolSummary>& all)
{
    std::vector<ToolSummary> shown;
    std::copy_if(all.begin(), all.end(), std::back_inserter(shown),
                 [](const ToolSummary& tool) { return !tool.archived; });
    return shown;
}

int local_hour(core::Millis now)
{
    std::time_t const seconds = now / 1000;
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts.tm_hour;
}

Response empty_page(const http::Request& request, Tools& tools)
{
    std::vector<ToolSummary> archived = tools.list();
    bool const all_archived = listed(archived).empty();
    if (!all_archived) archived.clear();
    std::string const folder = core::to_utf8(tools.catalog().directory().string());
    json::object const view = empty_view(request, archived, folder);
    http::PageInfo info;
    info.title = tools.frame().text_for(request, "dashboard.title");
    info.active = "tools";
    info.crumbs.push_back({info.title, ""});
    return Response::html(
        tools.frame().page(request, info, tools.frame().templates_for(request).render("empty", view)));
}

http::PageInfo page_info(const http::Request& request, Tools& tools, const CatalogTool& tool)
{
    http::PageInfo info;
    info.title = tool.name;
    info.active = "tools/" + tool.id;
    info.crumbs.push_back({tools.frame().text_for(request, "dashboard.title"), "/"});
    info.crumbs.push_back({tool.name, ""});
    return info;
}

std::string badge_of(RunStatus status)
{
    switch (status) {
    case RunStatus::ok: return "good";
    case RunStatus::error: return "bad";
    case RunStatus::running: return "info";
    case RunStatus::cancelled: return "neutral";
    }
    return "neutral";
}

bool lacks_key(const CatalogTool& tool)
{
    auto const& secrets = tool.schema->secrets;
    if (std::none_of(secrets.begin(), secrets.end(), [](const SecretSpec& secret) { return secret.required; }))
        return false;
    Variables const env = read_env_file(tool.folder);
    return std::any_of(secrets.begin(), secrets.end(), [&](const SecretSpec& secret) {
        auto const it = env.find(secret.key);
        return secret.required && (it == env.end() || it->second.empty());
    });
}

std::string etag_of(std::string_view text)
{
    return "\"" + std::to_string(std::hash<std::string_view>()(text)) + "\"";
}

bool is_endpoint(std::string_view text)
{
    return !text.empty() && text.size() <= 200 && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                      c == '.' || c == '-';
           });
}

/// What the page's script reads, whatever shape the door gives its errors.
Response refused(Errc code, std::string message)
{
    return Response::json(json::object{{"detail", std::move(message)}}, http::status_of(code));
}

awaitable<Result<std::vector<Run>>> newest_runs(Tools& tools)
{
    RunFilter filter;
    filter.limit = recent_runs;
    auto read = [filter](store::Connection& tx) { return run_store::list(tx, filter); };
    co_return co_await tools.database().read(std::move(read));
}

} // namespace

Reply show_dashboard(std::shared_ptr<http::Request> request, Tools& tools)
{
    co_await tools.catalog().current();
    auto const shown = listed(tools.list());
    if (shown.empty()) co_return empty_page(*request, tools);
    PIX_CO_TRY(auto const recent, co_await newest_runs(tools));
    json::object const view = dashboard_view(*request, tools.frame(), shown, recent, local_hour(tools.clock().now()));
    http::PageInfo info;
    info.title = tools.frame().text_for(*request, "dashboard.title");
    info.active = "tools";
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(
        tools.frame().page(*request, info, tools.frame().templates_for(*request).render("dashboard", view)));
}

Reply show_empty(std::shared_ptr<http::Request> request, Tools& tools)
{
    co_return empty_page(*request, tools);
}

Reply tool_page(std::shared_ptr<http::Request> request, Tools& tools, std::shared_ptr<const CatalogTool> tool,
                std::optional<Run> run, std::string results_html)
{
    http::PageInfo const info = page_info(*request, tools, *tool);
    if (!tool->schema) {
        json::object const broken = tool_broken_view(*tool, request->link_prefix());
        std::string body = tools.frame().templates_for(*request).render("tool_broken", broken);
        if (request->is_htmx()) co_return Response::html(std::move(body));
        co_return Response::html(tools.frame().page(*request, info, std::move(body)));
    }
    ToolPage page;
    page.tool = tool;
    page.base = request->link_prefix();
    page.results_html = std::move(results_html);
    if (run) {
        page.values = run->inputs();
        PastRun past;
        past.short_id = run->short_id();
        past.state = badge_of(run->status);
        past.state_text = name_of(run->status);
        past.started_at = core::iso_time(run->started_at, true);
        past.started_text = core::iso_time(run->started_at);
        page.past = std::move(past);
    } else {
        PIX_CO_TRY(page.values, co_await tools.last_inputs(tool->id));
    }
    page.icon = tool_icon(tools.frame(), tool->schema->icon.value_or(""));
    page.status = tools.status_of(*tool);
    page.status_text = tools.frame().text_for(*request, "tool_status." + page.status);
    page.validation = tools.validation_of(tool->id).overall;
    page.validation_text = tools.frame().text_for(*request, "validation." + page.validation);
    page.validation_icon = validation_icon(page.validation);
    auto look = [tool] { return lacks_key(*tool); };
    page.key_is_missing = co_await core::run_on(tools.pool(), std::move(look));
    if (tools.config().developer_mode)
        if (auto const warm = tools.launcher().find(tool->id))
            page.process = "port " + std::to_string(warm->port) + ", pid " + std::to_string(warm->child->pid());
    std::string body = tools.frame().templates_for(*request).render("tool", tool_page_view(page));
    co_return Response::html(tools.frame().page(*request, info, std::move(body)));
}

Reply show_tool(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const snapshot = co_await tools.catalog().current();
    auto const tool = snapshot->find(request->param("tool_id"));
    if (!tool)
        co_return fail(Errc::not_found, "There is no tool " + core::shorten(request->param("tool_id"), 100) + ".");
    if (auto const run_id = request->query("run"); run_id && tool->schema)
        co_return co_await past_run(request, tools, tool, *run_id);
    co_return co_await tool_page(request, tools, tool, std::nullopt, "");
}

Reply show_sidebar(std::shared_ptr<http::Request> request, Tools& tools)
{
    co_await tools.catalog().current();
    std::string const active = request->query("active").value_or("");
    auto const link_to = [&request](std::string_view link) { return request->link(link); };
    json::object const view = sidebar_view(link_to, tools.frame(), tools.list(), active);
    std::string body = tools.frame().templates_for(*request).render("parts/sidebar_tools", view);
    std::string const etag = etag_of(body);
    Response response =
        request->header("If-None-Match") == etag ? Response::empty(304) : Response::html(std::move(body));
    response.set("ETag", etag);
    response.set("Cache-Control", "no-cache");
    co_return response;
}

Reply autocomplete(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const tool = tools.catalog().snapshot()->find(request->param("tool_id"));
    if (!tool || !tool->schema) co_return refused(Errc::not_found, "There is no such tool.");
    const std::string& endpoint = request->param("ep");
    if (!is_endpoint(endpoint)) co_return refused(Errc::not_found, "There is no such endpoint.");
    auto launched = co_await tools.launcher().ensure(tools.plan_for(*tool).launch);
    if (!launched) {
        auto const code = launched.error().kind == LaunchFailure::timeout ? Errc::timeout : Errc::bad_gateway;
        co_return refused(code, launched.error().error.message);
    }
    InFlight const mark(*launched, "autocomplete/" + request->id(), tools.clock());
    http::ClientRequest forwarded;
    forwarded.port = (*launched)->port;
    forwarded.target = "/autocomplete/" + endpoint;
    if (!request->query_text().empty()) forwarded.target += "?" + std::string(request->query_text());
    forwarded.deadline = std::chrono::seconds(5);
    forwarded.max_body = autocomplete_bytes;
    auto answer = co_await tools.client().request(std::move(forwarded));
    if (!answer) {
        auto const code = answer.error().code == Errc::timeout ? Errc::timeout : Errc::bad_gateway;
        co_return refused(code, "The tool gave no suggestions: " + answer.error().message + ".");
    }
    if (answer->status == 404) co_return refused(Errc::not_found, "The tool has no such endpoint.");
    if (answer->status < 200 || answer->status > 299)
        co_return refused(Errc::bad_gateway, "The tool answered with status " + std::to_string(answer->status) + ".");
    // Only JSON is passed on: anything else would be the tool's page on our address.
    if (auto const checked = core::parse_json(answer->body); !checked)
        co_return refused(Errc::bad_gateway, "The tool's suggestions are not JSON.");
    co_return Response::json_text(std::move(answer->body));
}

Reply list_tools(std::shared_ptr<http::Request>, Tools& tools)
{
    auto const snapshot = co_await tools.catalog().current();
    json::array list;
    for (const auto& tool : snapshot->tools) {
        json::object entry;
        entry["id"] = tool->id;
        entry["name"] = tool->name;
        entry["category"] =
            tool->schema && tool->schema->category ? json::value(*tool->schema->category) : json::value();
        entry["status"] = tools.status_of(*tool);
        entry["validation"] = tools.validation_of(tool->id).to_json();
        list.push_back(std::move(entry));
    }
    co_return Response::json(list);
}

Reply validate_tool(std::shared_ptr<http::Request> request, Tools& tools)
{
    auto const snapshot = co_await tools.catalog().current();
    auto const tool = snapshot->find(request->param("tool_id"));
    if (!tool)
        co_return fail(Errc::not_found, "There is no tool " + core::shorten(request->param("tool_id"), 100) + ".");
    PIX_CO_TRY(auto const report, co_await tools.validate(tool));
    co_return Response::json(report.to_json());
}

Reply stop_tool(std::shared_ptr<http::Request> request, Tools& tools)
{
    std::string tool_id = request->param("tool_id");
    if (auto const tool = tools.catalog().snapshot()->find(tool_id)) tool_id = tool->id;
    co_await tools.launcher().stop(tool_id, "The tool was stopped by hand during the run.");
    co_return Response::json(json::object{{"status", "stopped"}, {"tool_id", tool_id}});
}

Reply tool_log(std::shared_ptr<http::Request> request, Tools& tools)
{
    std::string tool_id = request->param("tool_id");
    if (auto const tool = tools.catalog().snapshot()->find(tool_id)) tool_id = tool->id;
    auto const text = tools.launcher().log_of(tool_id);
    if (!text) co_return fail(Errc::not_found, "The tool is not warm, so there is no log of it.");
    auto const asked = request->query("limit");
    auto const number = asked ? core::parse_int(*asked, false) : std::nullopt;
    std::size_t const limit = std::clamp<std::size_t>(static_cast<std::size_t>(number.value_or(50)), 1, max_log_lines);
    std::vector<std::string_view> lines = core::split(*text, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    json::array shown;
    for (std::size_t i = lines.size() > limit ? lines.size() - limit : 0; i < lines.size(); ++i)
        shown.emplace_back(lines[i]);
    json::object body;
    body["tool_id"] = tool_id;
    body["lines"] = std::move(shown);
    co_return Response::json(body);
}

Reply launcher_state(std::shared_ptr<http::Request>, Tools& tools)
{
    if (!tools.config().developer_mode)
        co_return fail(Errc::not_found, "The launcher's state is shown in developer mode only.",
                       "Set tools.developer_mode to true.");
    co_return Response::json(tools.launcher().state());
}

Result<Response> healthz(const http::Request&)
{
    return Response::json_text("{\"ok\":true}");
}

} // namespace pix::tools

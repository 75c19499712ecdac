#include "workbench/project/usage_handlers.h"

#include <map>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/project/request_values.h"
#include "workbench/project/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
using http::Response;
using namespace project_request;
namespace json = boost::json;

namespace {

constexpr core::Millis day_ms = 24LL * 60 * 60 * 1000;

Result<std::optional<std::int64_t>> day_in(const http::Request& request, std::string_view name)
{
    auto const text = request.query(name);
    if (!text || text->empty()) return std::optional<std::int64_t>();
    auto const at = core::parse_iso_time(*text);
    if (!at)
        return fail_as("INVALID_REQUEST", Errc::invalid, "\"" + std::string(name) + "\" must be a day: 2026-01-31");
    return std::optional(*at / day_ms);
}

json::object sum_json(const UsageSum& sum)
{
    json::object out = to_json(sum.use);
    out["answers"] = sum.answers;
    return out;
}

} // namespace

awaitable<Result<Response>> show_usage(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const after, day_in(*request, "after"));
    PIX_CO_TRY(auto const before, day_in(*request, "before"));
    PIX_CO_TRY(auto const provider, query_provider(*request));
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    std::string const name = request->param("projectName");
    auto const* wanted = name.empty() ? nullptr : list->find(name);
    if (!name.empty() && wanted == nullptr)
        co_return fail_as("PROJECT_NOT_FOUND", Errc::not_found,
                          "there is no project " + core::shorten(core::to_utf8(name), 200));
    PIX_CO_TRY(auto const sums, co_await projects.parts().index.usage(after.value_or(0), before.value_or(INT64_MAX)));
    std::map<std::int64_t, UsageSum> days;
    std::map<std::string, UsageSum> models;
    UsageSum total;
    for (auto const& sum : sums) {
        auto const* session = list->find(sum.session);
        if (session == nullptr || (wanted != nullptr && list->project_of(sum.session) != wanted)) continue;
        if (provider && session->entry->source.provider != *provider) continue;
        days[sum.day].add(sum);
        models[sum.model].add(sum);
        total.add(sum);
    }
    json::array day_list;
    for (auto const& [day, sum] : days) {
        json::object one = sum_json(sum);
        one["date"] = core::iso_time(day * day_ms).substr(0, 10);
        day_list.push_back(std::move(one));
    }
    json::array model_list;
    for (auto const& [model, sum] : models) {
        json::object one = sum_json(sum);
        one["model"] = core::to_utf8(model);
        model_list.push_back(std::move(one));
    }
    json::object out{{"days", std::move(day_list)}, {"models", std::move(model_list)}, {"total", sum_json(total)}};
    out["index"] = to_json(projects.progress());
    co_return Response::json(out);
}

} // namespace pix::workbench

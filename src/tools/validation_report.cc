#include "tools/validation_report.h"

#include <algorithm>

#include "core/base/json.h"

namespace pix::tools {

namespace {

constexpr std::array<std::string_view, 4> status_names{"pass", "fail", "warn", "skip"};
/// A sample output larger than this is left out of the stored report. Source: chosen.
constexpr std::size_t sample_bytes = 256 * 1024;

json::value text_or_null(const std::optional<std::string>& text)
{
    return text ? json::value(*text) : json::value();
}

json::object entry_of(const Check& check)
{
    json::object entry;
    entry["name"] = check.name;
    entry["status"] = name_of(check.status);
    entry["message"] = check.message;
    entry["details"] = check.details.empty() ? json::value() : json::value(check.details);
    return entry;
}

json::value sample_of(const std::optional<json::object>& sample)
{
    if (!sample) return nullptr;
    if (core::to_text(*sample).size() <= sample_bytes) return *sample;
    json::object keys;
    for (const auto& [key, value] : *sample) {
        bool const small = core::to_text(value).size() <= sample_bytes / 64;
        keys[key] = small ? value : json::value("(too large for the report)");
    }
    return keys;
}

json::array texts(const std::vector<std::string>& list)
{
    json::array array;
    for (const std::string& text : list) array.emplace_back(text);
    return array;
}

} // namespace

std::string_view name_of(CheckStatus status)
{
    return status_names[static_cast<std::size_t>(status)];
}

CheckStatus ValidationReport::overall() const
{
    auto const has = [this](CheckStatus status) {
        return std::any_of(checks.begin(), checks.end(), [&](const Check& check) { return check.status == status; });
    };
    if (has(CheckStatus::fail)) return CheckStatus::fail;
    if (has(CheckStatus::warn)) return CheckStatus::warn;
    return CheckStatus::pass;
}

json::object ValidationReport::to_json() const
{
    json::object report;
    report["tool_id"] = tool_id;
    report["tool_path"] = tool_path;
    report["timestamp"] = core::iso_time(timestamp);
    report["overall"] = name_of(overall());
    json::array list;
    for (const Check& check : checks) list.push_back(entry_of(check));
    report["checks"] = std::move(list);
    report["sample_inputs"] = sample_of(sample_inputs);
    report["sample_output"] = sample_of(sample_output);
    report["spawn_log"] = text_or_null(spawn_log);
    report["warnings"] = texts(warnings);
    return report;
}

json::object ValidationReport::summary() const
{
    json::object summary;
    summary["tool_id"] = tool_id;
    summary["tool_path"] = tool_path;
    summary["timestamp"] = core::iso_time(timestamp);
    summary["overall"] = name_of(overall());
    json::object counts;
    for (std::string_view const status : {"pass", "warn", "fail", "skip"})
        counts[status] = std::count_if(checks.begin(), checks.end(),
                                       [&](const Check& check) { return name_of(check.status) == status; });
    summary["counts"] = std::move(counts);
    json::array notable;
    for (const Check& check : checks)
        if (check.status == CheckStatus::fail || check.status == CheckStatus::warn) notable.push_back(entry_of(check));
    summary["notable_checks"] = std::move(notable);
    summary["spawn_log"] = text_or_null(spawn_log);
    summary["warnings"] = texts(warnings);
    return summary;
}

json::object ValidationSummary::to_json() const
{
    json::object counts;
    counts["pass"] = pass;
    counts["warn"] = warn;
    counts["fail"] = fail;
    counts["skip"] = skip;
    json::object summary;
    summary["overall"] = overall;
    summary["timestamp"] = timestamp ? json::value(core::iso_time(*timestamp)) : json::value();
    summary["counts"] = std::move(counts);
    return summary;
}

ValidationSummary summary_of_report(const json::value& report)
{
    ValidationSummary summary;
    const json::object* object = report.if_object();
    if (!object) return summary;
    if (const json::value* overall = object->if_contains("overall"); overall && overall->is_string())
        summary.overall = overall->get_string();
    const json::value* checks = object->if_contains("checks");
    if (!checks || !checks->is_array()) return summary;
    for (const json::value& check : checks->get_array()) {
        const json::object* entry = check.if_object();
        const json::value* status = entry ? entry->if_contains("status") : nullptr;
        if (!status || !status->is_string()) continue;
        std::string_view const name = status->get_string();
        if (name == "pass") ++summary.pass;
        if (name == "warn") ++summary.warn;
        if (name == "fail") ++summary.fail;
        if (name == "skip") ++summary.skip;
    }
    return summary;
}

namespace validation_store {

using core::Result;

Result<void> add(store::Connection& tx, const ValidationReport& report, const std::string& discovery_hash)
{
    PIX_CHECK(
        tx.execute("INSERT INTO validation_reports (tool_id, timestamp, overall, discovery_hash, report_json) "
                   "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tool_id, timestamp) DO UPDATE SET overall = "
                   "excluded.overall, discovery_hash = excluded.discovery_hash, report_json = excluded.report_json",
                   {report.tool_id, report.timestamp, name_of(report.overall()), discovery_hash,
                    core::to_text(report.to_json())}));
    return {};
}

Result<std::vector<Latest>> latest(store::Connection& tx)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT r.tool_id, r.timestamp, r.discovery_hash, r.report_json FROM validation_reports r "
                     "WHERE r.timestamp = (SELECT max(n.timestamp) FROM validation_reports n "
                     "WHERE n.tool_id = r.tool_id) ORDER BY r.tool_id"));
    std::vector<Latest> found;
    for (const store::Row& row : rows) {
        Latest entry;
        entry.tool_id = row.text(0);
        if (auto report = core::parse_json(row.text(3))) entry.summary = summary_of_report(*report);
        entry.summary.timestamp = row.integer(1);
        entry.summary.discovery_hash = row.text(2);
        found.push_back(std::move(entry));
    }
    return found;
}

Result<std::optional<json::value>> load_latest(store::Connection& tx, const std::string& tool_id)
{
    PIX_TRY(auto const rows, tx.query("SELECT report_json FROM validation_reports WHERE tool_id = $1 "
                                      "ORDER BY timestamp DESC LIMIT 1",
                                      {tool_id}));
    if (rows.empty()) return std::optional<json::value>();
    PIX_TRY(auto report, core::parse_json(rows.front().text(0)));
    return std::optional<json::value>(std::move(report));
}

Result<void> remove_before(store::Connection& tx, core::Millis before)
{
    PIX_CHECK(tx.execute("DELETE FROM validation_reports WHERE timestamp < $1", {before}));
    return {};
}

} // namespace validation_store

} // namespace pix::tools

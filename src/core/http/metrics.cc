#include "core/http/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pix::http {

namespace {

std::string number(double value)
{
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    // The shortest text that reads back as the same number.
    for (int digits = 1; digits < 17; ++digits) {
        char shorter[32];
        std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
        if (std::stod(shorter) == value) return shorter;
    }
    return text;
}

/// `{a="1",b="2"}` with what the format escapes; empty for no labels.
std::string label_text(const Labels& labels)
{
    if (labels.empty()) return {};
    std::string text = "{";
    for (const auto& [name, value] : labels) {
        if (text.size() > 1) text += ',';
        text += name + "=\"";
        for (char const c : value) {
            if (c == '\\' || c == '"') text += '\\';
            if (c == '\n')
                text += "\\n";
            else
                text += c;
        }
        text += '"';
    }
    return text + "}";
}

void head(std::string& out, const std::string& name, const std::string& help, const char* type)
{
    out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

} // namespace

Metrics::Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels)
{
    Family& family = families_[name];
    family.help = help;
    for (auto& [known, counter] : family.counters)
        if (known == labels) return counter;
    return family.counters.emplace_back(labels, Counter()).second;
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    const Labels& labels)
{
    Family& family = families_[name];
    family.help = help;
    for (auto& [known, old] : family.gauges) {
        if (known != labels) continue;
        old = std::move(read);
        return;
    }
    family.gauges.emplace_back(labels, std::move(read));
}

void Metrics::name_route(std::size_t number, std::string door, std::string method, std::string path)
{
    if (routes_.size() <= number) routes_.resize(number + 1);
    routes_[number].door = std::move(door);
    routes_[number].method = std::move(method);
    routes_[number].path = std::move(path);
}

void Metrics::count(std::size_t route, int status, double seconds, std::uint64_t bytes_out)
{
    RouteNumbers& numbers = route < routes_.size() ? routes_[route] : none_;
    auto known = std::find_if(numbers.statuses.begin(), numbers.statuses.end(),
                              [&](const auto& entry) { return entry.first == status; });
    if (known == numbers.statuses.end()) known = numbers.statuses.insert(known, {status, 0});
    ++known->second;
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
    ++numbers.buckets[bucket];
    numbers.seconds += seconds;
    numbers.bytes_out += bytes_out;
}

std::string Metrics::text() const
{
    std::string requests;
    std::string durations;
    std::string sent;
    auto const add = [&](const RouteNumbers& route) {
        if (route.statuses.empty()) return;
        Labels const labels{
            {"door", route.door}, {"method", route.method}, {"route", route.path.empty() ? "none" : route.path}};
        for (const auto& [status, count] : route.statuses) {
            Labels with_status = labels;
            with_status.emplace_back("status", std::to_string(status));
            requests += "pix_http_requests_total" + label_text(with_status) + " " + std::to_string(count) + "\n";
        }
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < route.buckets.size(); ++i) {
            total += route.buckets[i];
            Labels with_bound = labels;
            with_bound.emplace_back("le", i < bounds.size() ? number(bounds[i]) : "+Inf");
            durations +=
                "pix_http_request_seconds_bucket" + label_text(with_bound) + " " + std::to_string(total) + "\n";
        }
        durations += "pix_http_request_seconds_sum" + label_text(labels) + " " + number(route.seconds) + "\n";
        durations += "pix_http_request_seconds_count" + label_text(labels) + " " + std::to_string(total) + "\n";
        sent += "pix_http_sent_bytes_total" + label_text(labels) + " " + std::to_string(route.bytes_out) + "\n";
    };
    for (const RouteNumbers& route : routes_) add(route);
    add(none_);

    std::string out;
    head(out, "pix_http_requests_total", "Requests answered.", "counter");
    out += requests;
    head(out, "pix_http_request_seconds", "Time from the head of a request to the end of its answer.", "histogram");
    out += durations;
    head(out, "pix_http_sent_bytes_total", "Bytes of answers, heads included.", "counter");
    out += sent;
    for (const auto& [name, family] : families_) {
        head(out, name, family.help, family.counters.empty() ? "gauge" : "counter");
        for (const auto& [labels, counter] : family.counters)
            out += name + label_text(labels) + " " + number(counter.value()) + "\n";
        for (const auto& [labels, read] : family.gauges) out += name + label_text(labels) + " " + number(read()) + "\n";
    }
    return out;
}

} // namespace pix::http

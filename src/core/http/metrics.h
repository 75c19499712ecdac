#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pix::http {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Numbers about the server for Prometheus. What a request touches is an array element, so that counting costs
/// nothing; names and labels are only put together when somebody reads.
///
/// Runs on: the io thread.
/// Source:  the text format 0.0.4 of Prometheus.
class Metrics {
public:
    /// Counts and sums what an event reports. Lives as long as the registry.
    class Counter {
    public:
        void add(double by = 1) { value_ += by; }
        double value() const { return value_; }

    private:
        double value_ = 0;
    };

    /// Upper bounds of a request's time in seconds; the last bucket has none.
    static constexpr std::array<double, 12> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                   0.05,   0.1,   0.25,   1,     5,    30};

    /// A counter of that name and labels; the same one for the same labels.
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    /// A number that is asked for when somebody reads.
    void gauge(const std::string& name, const std::string& help, std::function<double()> read,
               const Labels& labels = {});

    /// Names a route number of the router; unnamed ones (404 and refused requests) count as route "none".
    void name_route(std::size_t number, std::string door, std::string method, std::string path);
    /// One request of a route, or of none (`no_route`).
    void count(std::size_t route, int status, double seconds, std::uint64_t bytes_out);
    static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

    /// Everything, in Prometheus's text format.
    std::string text() const;

private:
    struct RouteNumbers {
        std::string door;
        std::string method;
        std::string path;
        std::vector<std::pair<int, std::uint64_t>> statuses;
        std::array<std::uint64_t, bounds.size() + 1> buckets{};
        double seconds = 0;
        std::uint64_t bytes_out = 0;
    };
    struct Family {
        std::string help;
        std::deque<std::pair<Labels, Counter>> counters;
        std::vector<std::pair<Labels, std::function<double()>>> gauges;
    };

    std::vector<RouteNumbers> routes_;
    RouteNumbers none_;
    std::map<std::string, Family> families_;
};

} // namespace pix::http

// Mandelbrot set: a tool in C++ that answers /healthz, /schema and /run on 127.0.0.1.
//
// One coroutine a connection on a few threads; Boost.Beast speaks HTTP, Boost.JSON reads and writes the bodies,
// zlib packs the picture.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/src.hpp>

#include <zlib.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;

namespace {

constexpr std::size_t max_body_bytes = 1024 * 1024;
constexpr int heatmap_columns = 120;

/// What the person asked for is not possible; the text goes to the page as it is.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Window {
    double x = 0, y = 0, width = 0;
    int iterations = 0;
    int columns = 0;

    int rows() const { return columns * 2 / 3; }
};

/// Iterations until each point leaves the circle of radius 2, row by row from the top; nothing for a point that stays.
std::vector<std::optional<int>> escape_times(const Window& window)
{
    std::vector<std::optional<int>> times;
    times.reserve(static_cast<std::size_t>(window.columns) * static_cast<std::size_t>(window.rows()));
    const double pixel = window.width / window.columns;
    for (int row = 0; row < window.rows(); ++row) {
        const double ci = window.y + (window.rows() / 2.0 - row - 0.5) * pixel;
        for (int column = 0; column < window.columns; ++column) {
            const double cr = window.x + (column + 0.5 - window.columns / 2.0) * pixel;
            double zr = 0, zi = 0;
            int n = 0;
            for (; n < window.iterations && zr * zr + zi * zi <= 4; ++n) {
                const double next = zr * zr - zi * zi + cr;
                zi = 2 * zr * zi + ci;
                zr = next;
            }
            times.push_back(n < window.iterations ? std::optional(n) : std::nullopt);
        }
    }
    return times;
}

std::string big_endian(std::uint32_t number)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
    return bytes;
}

/// One chunk of a PNG file (ISO/IEC 15948, section 5.3).
std::string chunk(std::string_view type, std::string_view data)
{
    const std::string checked = std::string(type) + std::string(data);
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
    return big_endian(static_cast<std::uint32_t>(data.size())) + checked + big_endian(static_cast<std::uint32_t>(sum));
}

std::string packed(const std::string& bytes)
{
    uLongf size = compressBound(bytes.size());
    std::string result(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  bytes.size(), 6) != Z_OK)
        throw std::runtime_error("zlib could not pack the picture");
    result.resize(size);
    return result;
}

/// Colour 0 is the set itself; the others run through a soft cycle, so that neighbouring times stay apart.
std::string palette()
{
    std::string colours(3, '\0');
    for (int index = 1; index < 256; ++index) {
        for (const double phase : {0.6, 0.8, 1.1}) {
            const double wave = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (index / 255.0 * 2 + phase));
            colours += static_cast<char>(static_cast<int>(30 + 215 * wave));
        }
    }
    return colours;
}

std::string png_of(const Window& window, const std::vector<std::optional<int>>& times)
{
    std::string pixels;
    for (int row = 0; row < window.rows(); ++row) {
        pixels += '\0'; // no filter
        for (int column = 0; column < window.columns; ++column) {
            const auto time = times[static_cast<std::size_t>(row * window.columns + column)];
            pixels += static_cast<char>(time ? 1 + static_cast<int>(std::sqrt(*time + 1.0) * 12) % 255 : 0);
        }
    }
    const std::string header = big_endian(static_cast<std::uint32_t>(window.columns)) +
                               big_endian(static_cast<std::uint32_t>(window.rows())) +
                               std::string{8, 3, 0, 0, 0}; // 8 bits a pixel, palette
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("PLTE", palette()) + chunk("IDAT", packed(pixels)) +
           chunk("IEND", "");
}

std::string data_url_of(const std::string& png)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string url = "data:image/png;base64,";
    for (std::size_t at = 0; at < png.size(); at += 3) {
        std::uint32_t bits = 0;
        for (std::size_t next = 0; next < 3; ++next)
            bits = bits << 8 | (at + next < png.size() ? static_cast<unsigned char>(png[at + next]) : 0U);
        for (std::size_t digit = 0; digit < 4; ++digit)
            url += at + digit <= png.size() ? digits[bits >> (18 - 6 * digit) & 63] : '=';
    }
    return url;
}

/// The middles of the cells that a heatmap has along one of its axes.
json::array axis(double centre, double length, int cells)
{
    json::array labels;
    for (int cell = 0; cell < cells; ++cell) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.12g", centre + ((cell + 0.5) / cells - 0.5) * length);
        labels.emplace_back(text.data());
    }
    return labels;
}

double number_in(const json::object& inputs, std::string_view key, double otherwise, double least, double greatest)
{
    const auto* found = inputs.if_contains(key);
    if (found == nullptr || found->is_null()) return otherwise;
    json::error_code problem;
    const auto number = found->to_number<double>(problem);
    if (problem || !(number >= least && number <= greatest)) {
        std::array<char, 160> text{};
        std::snprintf(text.data(), text.size(), "%.*s: has to be a number from %g to %g.", static_cast<int>(key.size()),
                      key.data(), least, greatest);
        throw Refusal(text.data());
    }
    return number;
}

Window window_of(const std::string& body)
{
    json::error_code problem;
    const auto value = json::parse(body, problem);
    const auto* inputs = !problem && value.is_object() ? value.get_object().if_contains("inputs") : nullptr;
    if (inputs == nullptr || !inputs->is_object()) throw Refusal("The body has no object `inputs`.");
    const auto& given = inputs->get_object();
    return {.x = number_in(given, "x", -0.6, -3, 3),
            .y = number_in(given, "y", 0, -3, 3),
            .width = number_in(given, "width", 3.2, 1e-12, 8),
            .iterations = static_cast<int>(number_in(given, "iterations", 200, 20, 2000)),
            .columns = static_cast<int>(number_in(given, "pixels", 720, 60, 1440))};
}

json::object run(const Window& window)
{
    const auto times = escape_times(window);
    std::size_t inside = 0;
    for (const auto& time : times) inside += time ? 0 : 1;

    Window coarse = window;
    coarse.columns = heatmap_columns;
    const auto cells = escape_times(coarse);
    json::array rows;
    for (int row = coarse.rows() - 1; row >= 0; --row) { // a chart counts from the bottom
        json::array line;
        for (int column = 0; column < coarse.columns; ++column) {
            const auto time = cells[static_cast<std::size_t>(row * coarse.columns + column)];
            line.push_back(time ? json::value(*time) : json::value(nullptr));
        }
        rows.push_back(std::move(line));
    }
    const double height = window.width * 2 / 3;
    return {
        {"picture", {{"value", data_url_of(png_of(window, times))}, {"alt", "The Mandelbrot set in false colours"}}},
        {"escape_times",
         {{"z", std::move(rows)},
          {"x_labels", axis(window.x, window.width, coarse.columns)},
          {"y_labels", axis(window.y, height, coarse.rows())},
          {"x_label", "real part"},
          {"y_label", "imaginary part"}}},
        {"inside", static_cast<double>(inside) / static_cast<double>(times.size())}};
}

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response json_response(http::status status, std::string body)
{
    Response response(status, 11);
    response.set(http::field::content_type, "application/json");
    response.body() = std::move(body);
    return response;
}

Response answer(const Request& request, const std::string& schema)
{
    const bool reads = request.method() == http::verb::get;
    if (reads && request.target() == "/healthz") return json_response(http::status::ok, R"({"ok": true})");
    if (reads && request.target() == "/schema") return json_response(http::status::ok, schema);
    if (request.method() == http::verb::post && request.target() == "/run") {
        try {
            return json_response(http::status::ok, json::serialize(run(window_of(request.body()))));
        } catch (const Refusal& refusal) {
            const json::object detail{{"detail", refusal.what()}};
            return json_response(http::status::unprocessable_entity, json::serialize(detail));
        }
    }
    return json_response(http::status::not_found, R"({"detail": "No such route."})");
}

asio::awaitable<void> serve(asio::ip::tcp::socket socket, const std::string& schema)
{
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    beast::error_code problem;
    for (bool more = true; more && !problem;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(max_body_bytes);
        stream.expires_after(std::chrono::minutes(10));
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, problem));
        if (problem) break;
        const Request request = parser.release();
        Response response = answer(request, schema);
        response.keep_alive(request.keep_alive());
        response.prepare_payload();
        more = request.keep_alive();
        stream.expires_after(std::chrono::seconds(30));
        co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, problem));
    }
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_both, problem);
}

asio::awaitable<void> accept(asio::io_context& loop, unsigned short port, const std::string& schema)
{
    const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), port);
    asio::ip::tcp::acceptor acceptor(loop, here);
    while (true) {
        auto strand = asio::make_strand(loop);
        auto socket = co_await acceptor.async_accept(strand, asio::use_awaitable);
        asio::co_spawn(strand, serve(std::move(socket), schema), asio::detached);
    }
}

std::optional<unsigned short> port_of(int argc, char** argv)
{
    if (argc != 3 || std::string_view(argv[1]) != "--port") return std::nullopt;
    unsigned short port = 0;
    const char* end = argv[2] + std::strlen(argv[2]);
    const auto [rest, problem] = std::from_chars(argv[2], end, port);
    return rest == end && problem == std::errc() && port != 0 ? std::optional(port) : std::nullopt;
}

} // namespace

int main(int argc, char** argv)
{
    const auto port = port_of(argc, argv);
    if (!port) {
        std::fputs("usage: mandelbrot --port N\n", stderr);
        return 2;
    }
    std::ifstream file("tool.json", std::ios::binary);
    const std::string schema{std::istreambuf_iterator<char>(file), {}};

    asio::io_context loop;
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait([&](auto, int) { loop.stop(); });
    int code = 0;
    asio::co_spawn(loop, accept(loop, *port, schema), [&](std::exception_ptr failed) {
        if (!failed) return;
        try {
            std::rethrow_exception(failed);
        } catch (const std::exception& problem) {
            std::fprintf(stderr, "mandelbrot: %s\n", problem.what());
        }
        code = 1;
        loop.stop();
    });
    std::vector<std::jthread> threads(3);
    for (auto& thread : threads) thread = std::jthread([&] { loop.run(); });
    loop.run();
    threads.clear();
    return code;
}

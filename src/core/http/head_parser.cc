#include "core/http/head_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace pix::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;

std::string_view view(beast::string_view text)
{
    return {text.data(), text.size()};
}

/// Keeps views instead of copies: no allocation for a request.
class ViewParser final : public beast::http::basic_parser<true> {
public:
    explicit ViewParser(ParsedHead& parsed) : parsed_(parsed) {}

private:
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int,
                         error_code&) override
    {
        parsed_.method = view(method);
        parsed_.target = view(target);
    }
    void on_response_impl(int, beast::string_view, int, error_code&) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, error_code&) override
    {
        parsed_.fields->emplace_back(view(name), view(value));
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override { return body.size(); }
    void on_finish_impl(error_code&) override {}

    ParsedHead& parsed_;
};

} // namespace

bool parse_head(std::string_view head, ParsedHead& parsed)
{
    ViewParser parser(parsed);
    parser.header_limit(static_cast<std::uint32_t>(head.size()) + 1);
    parser.body_limit(boost::none);
    error_code error;
    std::size_t const used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
    return !error && used == head.size() && parser.is_header_done();
}

} // namespace pix::http

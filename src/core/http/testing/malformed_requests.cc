#include "core/http/testing/malformed_requests.h"

namespace pix::http::testing {

namespace {

std::string get(const std::string& fields)
{
    return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields, const std::string& body = "hello")
{
    return "POST /echo HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}

std::string line(const std::string& request_line)
{
    return request_line + "\r\nHost: localhost\r\n\r\n";
}

std::string host(const std::string& value)
{
    return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}

std::string with_zero(std::string text)
{
    text[text.find('@')] = '\0';
    return text;
}

} // namespace

NamedBytes malformed_heads()
{
    return {
        // Content-Length
        {"two different lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n")},
        {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n")},
        {"lengths in a list", post("Content-Length: 5, 5\r\n")},
        {"length with a plus", post("Content-Length: +5\r\n")},
        {"length with a minus", post("Content-Length: -5\r\n")},
        {"length with an underscore", post("Content-Length: 1_0\r\n", "0123456789")},
        {"length with a space inside", post("Content-Length: 1 0\r\n", "0123456789")},
        {"hexadecimal length", post("Content-Length: 0x5\r\n")},
        {"length with a fraction", post("Content-Length: 5.0\r\n")},
        {"length with an exponent", post("Content-Length: 5e0\r\n")},
        {"empty length", post("Content-Length: \r\n")},
        {"length that is a word", post("Content-Length: five\r\n")},
        {"length of more than 64 bits", post("Content-Length: 99999999999999999999\r\n")},
        {"length in quotes", post("Content-Length: \"5\"\r\n")},
        {"length with an underscore in its name", post("Content_Length: 5\r\n")},
        {"length in full-width digits", post("Content-Length: \xef\xbc\x95\r\n")},
        // Transfer-Encoding
        {"length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        {"coding gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        {"coding chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        {"two coding headers", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"coding identity", post("Transfer-Encoding: identity\r\n")},
        {"coding xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        {"coding with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
        {"coding in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
        {"empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n")},
        {"coding with a vertical tab", post("Transfer-Encoding: \x0b"
                                            "chunked\r\n",
                                            "0\r\n\r\n")},
        {"coding in its underscored name", post("Transfer_Encoding: chunked\r\n", "0\r\n\r\n")},
        {"coding in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        // Lines
        {"bare line feeds", "GET / HTTP/1.1\nHost: localhost\n\n"},
        {"a bare line feed after the request line", "GET / HTTP/1.1\nHost: localhost\r\n\r\n"},
        {"a bare line feed after a header", "GET / HTTP/1.1\r\nHost: localhost\nX: 1\r\n\r\n"},
        {"a bare line feed as the end", "GET / HTTP/1.1\r\nHost: localhost\r\n\n"},
        {"a bare carriage return in a value", get("X: a\rb\r\n")},
        {"a bare carriage return as a line end", "GET / HTTP/1.1\rHost: localhost\r\r"},
        {"two carriage returns", "GET / HTTP/1.1\r\r\nHost: localhost\r\n\r\n"},
        {"a folded line", get("X: a\r\n b\r\n")},
        {"a line folded with a tab", get("X: a\r\n\tb\r\n")},
        {"a first header that begins with a space", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n"},
        {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        // Names and values
        {"a space before the colon", get("X : a\r\n")},
        {"a tab before the colon", get("X\t: a\r\n")},
        {"a length with a space before the colon", post("Content-Length : 5\r\n")},
        {"a header without a colon", get("X\r\n")},
        {"a header without a name", get(": a\r\n")},
        {"a space in a name", get("X Y: a\r\n")},
        {"a control byte in a name", get("X\x01: a\r\n")},
        {"a byte over 127 in a name", get("X\xc3\xa4: a\r\n")},
        {"a bracket in a name", get("X[]: a\r\n")},
        {"a NUL in a value", with_zero(get("X: a@b\r\n"))},
        {"a control byte in a value", get("X: a\x01\r\n")},
        {"a delete byte in a value", get("X: a\x7f\r\n")},
        {"an escape in a value", get("X: \x1b[0m\r\n")},
        {"an unknown expectation", post("Expect: 200-ok\r\nContent-Length: 5\r\n")},
        // Host
        {"no Host", "GET / HTTP/1.1\r\nX: 1\r\n\r\n"},
        {"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"},
        {"two Hosts", get("Host: localhost\r\n")},
        {"an empty Host", host("")},
        {"a Host with a space", host("local host")},
        {"a Host with a path", host("localhost/x")},
        {"a Host with a user", host("user@localhost")},
        {"a Host with a comma", host("localhost, evil")},
        {"a Host with two ports", host("localhost:80:80")},
        {"a Host with port 0", host("localhost:0")},
        {"a Host with a port that is too large", host("localhost:70000")},
        {"a Host with a port that is a word", host("localhost:http")},
        {"a Host with an empty port", host("localhost:")},
        {"a Host with a plus in its port", host("localhost:+80")},
        {"a Host with an open bracket", host("[::1")},
        {"a Host with text after the bracket", host("[::1]x")},
        {"a Host with a quote", host("local\"host")},
        // Request line
        {"version 1.2", line("GET / HTTP/1.2")},
        {"version 2.0", line("GET / HTTP/2.0")},
        {"version 0.9", line("GET / HTTP/0.9")},
        {"version 01.1", line("GET / HTTP/01.1")},
        {"version 1.1 with more digits", line("GET / HTTP/1.10")},
        {"version in lower case", line("GET / http/1.1")},
        {"another protocol", line("GET / ICY/1.1")},
        {"no version", line("GET /")},
        {"no target", line("GET HTTP/1.1")},
        {"two spaces before the target", line("GET  / HTTP/1.1")},
        {"two spaces before the version", line("GET /  HTTP/1.1")},
        {"a tab in the request line", line("GET\t/ HTTP/1.1")},
        {"a space at the end of the request line", line("GET / HTTP/1.1 ")},
        {"a space at the start of the request line", line(" GET / HTTP/1.1")},
        {"a space in the target", line("GET /a b HTTP/1.1")},
        {"a fragment in the target", line("GET /a#b HTTP/1.1")},
        {"a byte over 127 in the target", line("GET /\xc3\xa4 HTTP/1.1")},
        {"a target without a slash", line("GET index.html HTTP/1.1")},
        {"an asterisk for GET", line("GET * HTTP/1.1")},
        {"an authority as target", line("GET localhost:80 HTTP/1.1")},
        {"CONNECT", line("CONNECT localhost:80 HTTP/1.1")},
        {"an absolute target of another host", line("GET http://evil.example/ HTTP/1.1")},
        {"an absolute target with a user", line("GET http://a@localhost/ HTTP/1.1")},
        {"an absolute target of another scheme", line("GET file:///etc/passwd HTTP/1.1")},
        {"a method with a parenthesis", line("GE(T / HTTP/1.1")},
        {"an empty method", line(" / HTTP/1.1")},
        {"a method that is too long", line(std::string(40, 'A') + " / HTTP/1.1")},
        {"a TLS greeting", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"headers that are too many", get([] {
             std::string many;
             for (int i = 0; i < 200; ++i) many += "X: 1\r\n";
             return many;
         }())},
        {"a header that is too large", get("X: " + std::string(20'000, 'a') + "\r\n")},
    };
}

NamedBytes malformed_chunks()
{
    return {
        {"a bare line feed after the size", "5\nhello\r\n0\r\n\r\n"},
        {"a bare carriage return after the size", "5\rhello\r\n0\r\n\r\n"},
        {"a bare line feed after the data", "5\r\nhello\n0\r\n\r\n"},
        {"a size with a plus", "+5\r\nhello\r\n0\r\n\r\n"},
        {"a size with a minus", "-5\r\nhello\r\n0\r\n\r\n"},
        {"a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"},
        {"a size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n"},
        {"a space before the size", " 5\r\nhello\r\n0\r\n\r\n"},
        {"a space after the size", "5 \r\nhello\r\n0\r\n\r\n"},
        {"an empty size", "\r\nhello\r\n0\r\n\r\n"},
        {"a size that is a word", "xyz\r\nhello\r\n0\r\n\r\n"},
        {"a size of more than 60 bits", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"},
        {"a size that wraps around", "10000000000000005\r\nhello\r\n0\r\n\r\n"},
        {"data longer than its size", "4\r\nhello\r\n0\r\n\r\n"},
        {"a line feed in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"},
        {"an extension that is too long", "5;" + std::string(1000, 'a') + "\r\nhello\r\n0\r\n\r\n"},
        {"a control byte in an extension", "5;a\x01\r\nhello\r\n0\r\n\r\n"},
        {"a bare line feed after the last chunk", "5\r\nhello\r\n0\n\r\n"},
        {"a trailer without a colon", "5\r\nhello\r\n0\r\nX\r\n\r\n"},
        {"a trailer with a space before the colon", "5\r\nhello\r\n0\r\nX : 1\r\n\r\n"},
        {"trailers that are too large", "5\r\nhello\r\n0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n"},
    };
}

NamedBytes good_heads()
{
    return {
        {"the plainest", get("")},
        {"a query", line("GET /?a=b&c=%20 HTTP/1.1")},
        {"HTTP/1.0", line("GET / HTTP/1.0")},
        {"an absolute target", line("GET http://localhost/ HTTP/1.1")},
        {"an absolute target without a path", line("GET http://localhost HTTP/1.1")},
        {"an asterisk for OPTIONS", line("OPTIONS * HTTP/1.1")},
        {"a Host with a port", host("localhost:7860")},
        {"a Host that is an IPv4 address", host("127.0.0.1:80")},
        {"a Host that is an IPv6 address", host("[::1]:80")},
        {"a Host that is an IPv6 address without a port", host("[::1]")},
        {"a Host in capitals", host("LOCALHOST")},
        {"a header without a value", get("X:\r\n")},
        {"a header without a blank", get("X:a\r\n")},
        {"blanks round a value", get("X: \t a \t \r\n")},
        {"a name with every special byte", get("!#$%&'*+-.^_`|~: a\r\n")},
        {"a value with bytes over 127", get("X: \xc3\xa4\r\n")},
        {"a header that is there twice", get("X: a\r\nX: b\r\n")},
        {"an underscore in another name", get("X_Y: a\r\n")},
        {"a length of 0", get("Content-Length: 0\r\n")},
        {"a length with leading zeros", post("Content-Length: 005\r\n")},
        {"a length with blanks behind it", post("Content-Length: 5 \t\r\n")},
        {"a chunked body", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")},
        {"a coding in capitals", post("TRANSFER-ENCODING: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n")},
        {"a method in lower case is a token", line("get / HTTP/1.1")},
        {"a long target", line("GET /" + std::string(8000, 'a') + " HTTP/1.1")},
        {"brackets and bars in the target", line("GET /{a}|[b]^`\"<> HTTP/1.1")},
    };
}

} // namespace pix::http::testing

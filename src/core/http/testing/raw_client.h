#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/text.h"

namespace pix::http::testing {

/// What came back for one request, taken apart by hand so that a test does not trust what it tests.
struct RawAnswer {
    int status = 0;
    std::string head;
    std::multimap<std::string, std::string> headers; ///< names in lower case
    std::string body;                                ///< without its chunks

    std::string header(const std::string& name) const
    {
        auto const found = headers.find(core::lower(name));
        return found == headers.end() ? std::string() : found->second;
    }
};

/// A blocking TCP client that sends exactly the bytes it is given. Every read gives up after ten seconds.
class RawClient {
public:
    explicit RawClient(std::uint16_t port)
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval const patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        int const on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { close(); }
    RawClient(RawClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_), buffer_(std::move(other.buffer_))
    {}
    RawClient& operator=(RawClient&& other) noexcept
    {
        std::swap(socket_, other.socket_);
        std::swap(connected_, other.connected_);
        std::swap(buffer_, other.buffer_);
        return *this;
    }

    bool connected() const { return connected_; }
    int descriptor() const { return socket_; }

    /// False when the server no longer takes them.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            ssize_t const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void shutdown_send() { ::shutdown(socket_, SHUT_WR); }
    void close()
    {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    /// Makes the kernel hold few bytes for a client that does not read.
    void shrink_receive_buffer()
    {
        int const size = 4096;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }

    /// Everything until the server closes.
    std::string read_to_end()
    {
        while (fill()) {
        }
        return std::exchange(buffer_, {});
    }
    /// Reads until `end` has come, and returns everything up to it; what there is if the server closes before.
    std::string read_until(std::string_view end)
    {
        for (;;) {
            std::size_t const at = buffer_.find(end);
            if (at != std::string::npos) return take(at + end.size());
            if (!fill()) return std::exchange(buffer_, {});
        }
    }
    std::string read_exactly(std::size_t size)
    {
        while (buffer_.size() < size && fill()) {
        }
        return take(std::min(size, buffer_.size()));
    }
    /// One answer; `bodiless` for HEAD. Status 0 when nothing came.
    RawAnswer read_answer(bool bodiless = false)
    {
        RawAnswer answer;
        answer.head = read_until("\r\n\r\n");
        if (answer.head.size() < 12) return answer;
        answer.status = static_cast<int>(core::parse_int(answer.head.substr(9, 3)).value_or(0));
        std::string_view rest = answer.head;
        rest.remove_prefix(rest.find("\r\n") + 2);
        while (rest != "\r\n" && !rest.empty()) {
            std::string_view const line = rest.substr(0, rest.find("\r\n"));
            rest.remove_prefix(line.size() + 2);
            std::size_t const colon = line.find(':');
            answer.headers.emplace(core::lower(line.substr(0, colon)), std::string(core::trim(line.substr(colon + 1))));
        }
        if (bodiless || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
        if (answer.header("Transfer-Encoding") == "chunked") {
            for (;;) {
                std::size_t const size = std::strtoul(read_until("\r\n").c_str(), nullptr, 16);
                std::string const chunk = read_exactly(size + 2);
                if (size == 0 || chunk.size() != size + 2) return answer;
                answer.body += chunk.substr(0, size);
            }
        }
        if (answer.headers.contains("content-length"))
            answer.body = read_exactly(std::strtoul(answer.header("Content-Length").c_str(), nullptr, 10));
        else
            answer.body = read_to_end();
        return answer;
    }
    /// Sends a request and reads its answer.
    RawAnswer ask(std::string_view request, bool bodiless = false)
    {
        send(request);
        return read_answer(bodiless);
    }
    RawAnswer get(const std::string& target, const std::string& headers = {})
    {
        return ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }
    /// True when the server has closed and nothing more came.
    bool at_end() { return buffer_.empty() && !fill(); }
    /// True when the server ended with a reset, which may take away what it had sent.
    bool was_reset() const { return was_reset_; }

private:
    bool fill()
    {
        char bytes[16 * 1024];
        ssize_t const size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size < 0 && errno == ECONNRESET) was_reset_ = true;
        if (size <= 0) return false;
        buffer_.append(bytes, static_cast<std::size_t>(size));
        return true;
    }
    std::string take(std::size_t size)
    {
        std::string const part = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return part;
    }

    int socket_ = -1;
    bool connected_ = false;
    bool was_reset_ = false;
    std::string buffer_;
};

} // namespace pix::http::testing

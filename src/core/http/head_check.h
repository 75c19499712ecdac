#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pix::http {

struct HeadLimits {
    std::size_t bytes = 16 * 1024; ///< request line, fields and the empty line
    std::size_t fields = 100;
};

/// Where the head of a request ends in what has come so far.
struct HeadEnd {
    enum class State { incomplete, complete, bad, too_large };
    State state = State::incomplete;
    std::size_t size = 0; ///< of the whole head with its empty line, when complete
    std::string_view problem;
};

/// Looks for the empty line. A line that does not end in CRLF, or holds a control byte, is found as soon as it has
/// come, so that a client that never sends CRLF gets its answer and not a timeout.
HeadEnd find_head_end(std::string_view bytes, const HeadLimits& limits = {});

/// What decides how the rest of the connection is read.
struct HeadFacts {
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;
    bool upgrade = false; ///< Connection names "upgrade"
    int minor_version = 1;
    std::string_view host;      ///< with its port
    std::string_view authority; ///< of an absolute-form target, empty otherwise
};

/// The verdict on one head: `problem` is empty when it is good.
struct HeadVerdict {
    HeadFacts facts;
    std::string_view problem;
    int status = 400; ///< when there is a problem: 400, 431 or 501
};

/// Checks the bytes of a complete head (as find_head_end() found it) before the parser sees them. Whatever two programs
/// could read differently is refused: repeated or unclear lengths, transfer codings other than exactly "chunked", line
/// folding, space before a colon, signs in numbers, control bytes, a Host that is missing, doubled or malformed.
///
/// Source: RFC 9112 sections 2 to 6 and 11.2; RFC 9110 section 5.5 and 7.2; RFC 3986 section 3.2.
HeadVerdict check_head(std::string_view head, const HeadLimits& limits = {});

/// True for `host`, `host:port`, `[v6]`, `[v6]:port`. Source: RFC 3986 section 3.2.2 and 3.2.3.
bool is_authority(std::string_view text);

/// True for what may be a method or a header name. Source: RFC 9110 section 5.6.2.
bool is_token(std::string_view text);

/// True when a comma-separated header value names `token`, without regard to case.
bool has_token(std::string_view list, std::string_view token);

} // namespace pix::http

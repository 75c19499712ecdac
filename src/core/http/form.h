#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace pix::http {

/// How much of a form is read before it is refused.
struct FormLimits {
    std::size_t parts = 1000;             ///< fields and files together
    std::size_t name_bytes = 256;         ///< of a field's or a file's name
    std::size_t part_header_bytes = 4096; ///< header lines of one multipart part
    std::size_t value_bytes = 16UL << 20; ///< of a field that is not a file
    std::size_t boundary_bytes = 70;      ///< RFC 2046 section 5.1.1
};

/// One field or file of a form.
struct Part {
    std::string name;
    std::string filename;     ///< as sent, without any folder; only of files
    std::string content_type; ///< as sent, or "application/octet-stream"; only of files
    std::string bytes;
    bool is_file = false;
};

/// The fields and files that a page sent, in the order it sent them.
class Form {
public:
    /// The first value of a field; nothing if it is absent.
    std::optional<std::string> first(std::string_view name) const;
    /// Every value of a field that may be there more than once.
    std::vector<std::string> all(std::string_view name) const;
    std::vector<Part> files(std::string_view name) const;
    /// True for a field or a file of that name.
    bool has(std::string_view name) const;
    const std::vector<Part>& parts() const { return parts_; }

    /// Adds a field; for tests and for forms that come from JSON.
    void add(std::string name, std::string value);
    void add(Part part) { parts_.push_back(std::move(part)); }

private:
    std::vector<Part> parts_;
};

/// Reads `a=1&b=2`. Names and values are UTF-8. Source: WHATWG URL, section 5.1.
/// Errors: Errc::invalid (broken escape, not UTF-8), Errc::too_large (more than `limits` allow).
core::Result<Form> parse_urlencoded(std::string_view body, const FormLimits& limits = {});

/// Reads a multipart body. `content_type` is the whole header value, with its boundary.
/// Source: RFC 7578 and RFC 2046 section 5.1. Errors: Errc::invalid, Errc::too_large.
core::Result<Form> parse_multipart(std::string_view body, std::string_view content_type, const FormLimits& limits = {});

/// A parameter of a header value such as `form-data; name="a"`, unquoted; nothing if it is absent or broken.
std::optional<std::string> header_parameter(std::string_view value, std::string_view name);

} // namespace pix::http

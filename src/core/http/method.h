#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pix::http {

/// What a request may ask for. HEAD runs the GET route and drops the body; OPTIONS is answered from the route table
/// where no route declares it.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options };

inline constexpr std::array<std::string_view, 7> method_names{"GET",   "HEAD",   "POST",   "PUT",
                                                              "PATCH", "DELETE", "OPTIONS"};

inline std::string_view name_of(Method method)
{
    return method_names[static_cast<std::size_t>(method)];
}

/// Nothing for a method that Pix does not speak. Methods are case-sensitive (RFC 9110 section 9.1).
inline std::optional<Method> parse_method(std::string_view name)
{
    for (std::size_t i = 0; i < method_names.size(); ++i)
        if (method_names[i] == name) return static_cast<Method>(i);
    return std::nullopt;
}

/// Methods that only read (RFC 9110 section 9.2.1).
inline bool is_safe(Method method)
{
    return method == Method::get || method == Method::head || method == Method::options;
}

} // namespace pix::http

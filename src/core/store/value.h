#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/id.h"

namespace pix::store {

/// Raw bytes, kept apart from text: {bytes} columns hold them, {text} columns hold UTF-8.
struct Bytes {
    std::string data;
    bool operator==(const Bytes&) const = default;
};

/// One cell of a row or one argument of a statement: NULL, a whole number, a number, text or bytes.
///
/// Units: booleans are 0 and 1, times are UTC milliseconds, JSON is text.
class Value : public std::variant<std::monostate, std::int64_t, double, std::string, Bytes> {
public:
    using Base = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

    Value() = default;
    Value(std::nullopt_t) {}
    template <std::integral T>
    Value(T number) : Base(static_cast<std::int64_t>(number))
    {}
    Value(double number) : Base(number) {}
    Value(std::string text) : Base(std::move(text)) {}
    Value(std::string_view text) : Base(std::string(text)) {}
    Value(const char* text) : Base(std::string(text)) {}
    Value(Bytes bytes) : Base(std::move(bytes)) {}
    template <class Tag>
    Value(const core::Id<Tag>& id) : Base(id.text())
    {}
    /// An absent value is NULL.
    template <class T>
    Value(const std::optional<T>& maybe)
    {
        if (maybe) *this = Value(*maybe);
    }

    bool is_null() const { return index() == 0; }
};

/// The arguments of one statement: `$1` is the first.
using Args = std::vector<Value>;

} // namespace pix::store

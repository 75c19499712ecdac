#pragma once
#include <compare>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pix::core {

/// A version 4 UUID, lower-case and hyphenated, from the kernel's random source.
/// Source: RFC 9562 section 5.4.
std::string uuid_v4();

/// True for exactly the form that uuid_v4() makes (any version digit).
bool is_uuid(std::string_view text);

/// 26 characters of lower-case base32 of a version 7 UUID: sorts by the time it was made.
/// Source: RFC 9562 section 5.7; alphabet 0-9a-v (base32hex, RFC 4648 section 7) so that text order is number order.
std::string sortable_id();

/// A text id of one kind; ids of two kinds do not mix. `Tag::prefix` is what the text starts with, may be empty.
template <class Tag>
class Id {
public:
    Id() = default;
    explicit Id(std::string text) : text_(std::move(text)) {}

    /// A new id: the tag's prefix and a sortable id.
    static Id make() { return Id(std::string(Tag::prefix) + sortable_id()); }

    const std::string& text() const { return text_; }
    bool empty() const { return text_.empty(); }
    auto operator<=>(const Id&) const = default;

private:
    std::string text_;
};

/// Fills `bytes` from getrandom(2); it does not fail once the kernel has booted.
void random_bytes(std::span<std::byte> bytes);

} // namespace pix::core

template <class Tag>
struct std::hash<pix::core::Id<Tag>> {
    std::size_t operator()(const pix::core::Id<Tag>& id) const noexcept { return std::hash<std::string>()(id.text()); }
};

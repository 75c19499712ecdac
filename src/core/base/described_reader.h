#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace pix::core {

/// One thing wrong with a JSON text: where (RFC 6901 pointer, "" is the whole) and what was expected.
struct Problem {
    std::string pointer;
    std::string message;
    bool operator==(const Problem&) const = default;
};

/// What else holds for one member of a described struct, and what its schema says of it.
struct FieldRule {
    std::string_view doc{};
    std::string_view name{};                               ///< on the wire, when it differs from the member's
    std::optional<bool> required{};                        ///< when the type and the default do not say it already
    std::optional<double> min{}, max{};                    ///< of a number
    std::optional<std::size_t> min_length{}, max_length{}; ///< of a text, in bytes
    std::optional<std::size_t> min_items{}, max_items{};   ///< of a list or a map
    std::string_view pattern{}; ///< ECMAScript, anywhere in the text; only texts up to 4 KiB can match
    std::string_view format{};  ///< for the schema only: "date-time", "uri"
};

/// Specialise it to say more about a described struct than its types do:
///
///     template <> struct core::Rules<Point> {
///         static FieldRule of(std::string_view member) { ... }          // optional
///         static constexpr bool unknown_keys = true;                    // keys nobody knows are ignored
///         static constexpr bool omit_absent = true;                     // an empty optional is not written
///         static constexpr std::string_view name = "Point";             // in the OpenAPI document
///     };
///
/// or, for an enum, `static std::string_view text_of(E)` when the wire has other words than the enumerators.
template <class T>
struct Rules {};

namespace described {

/// Where the reader is, and what it has found wrong so far.
class Reader {
public:
    static constexpr std::size_t max_problems = 100;

    /// Names a member or an element for as long as it lives.
    class At {
    public:
        At(Reader& reader, std::string_view key) : reader_(reader), parent_(reader.at_), key_(key)
        {
            reader.at_ = this;
        }
        At(Reader& reader, std::size_t index) : reader_(reader), parent_(reader.at_), index_(index)
        {
            reader.at_ = this;
        }
        At(const At&) = delete;
        At& operator=(const At&) = delete;
        ~At() { reader_.at_ = parent_; }

    private:
        friend class Reader;
        Reader& reader_;
        const At* parent_;
        std::optional<std::string_view> key_;
        std::size_t index_ = 0;
    };

    void problem(std::string message);
    void wrong_type(std::string_view expected, const json::value& got);
    void unknown_key(std::string_view key, const std::vector<std::string_view>& known);
    void missing(std::string_view key);
    void out_of_range(std::string_view least, std::string_view most);
    void unknown_word(std::string_view got, const std::vector<std::string_view>& known);
    void check_text(std::string_view text, const FieldRule& rule);
    void check_number(double number, const FieldRule& rule);
    void check_items(std::size_t count, const FieldRule& rule);

    bool is_good() const { return count_ == 0; }
    std::vector<Problem> take() { return std::move(problems_); }

private:
    const At* at_ = nullptr;
    std::size_t count_ = 0;
    std::vector<Problem> problems_;
};

} // namespace described

} // namespace pix::core

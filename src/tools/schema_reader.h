#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pix::tools {

namespace json = boost::json;

/// Which of the validator's checks a problem belongs to.
enum class ProblemKind {
    syntax,    ///< not JSON, a wrong type, an unknown key, a value outside its set
    coherence, ///< the parts contradict each other: duplicate keys, unknown types, missing type-specific fields
};

/// One thing wrong with a tool.json.
struct Problem {
    std::string location; ///< "inputs[3].show_if.key", or "tool.json" for the whole file
    std::string message;
    ProblemKind kind = ProblemKind::syntax;
};

/// Problems in the order found; keeps the first 200 and counts the rest.
class Problems {
public:
    void add(std::string location, std::string message, ProblemKind kind = ProblemKind::syntax);
    bool empty() const { return found_.empty(); }
    /// Ends the collection; says how many more there were.
    std::vector<Problem> take();

private:
    std::vector<Problem> found_;
    std::size_t dropped_ = 0;
};

/// Reads the members of one JSON object, noting each that is missing, of a wrong type or unknown.
///
/// Keys are asked for by names that outlive the reader. A member that is absent, and for the `maybe_` functions also
/// one that is null, leaves the default.
class SchemaReader {
public:
    /// `value` need not be an object; that is then the only problem reported.
    SchemaReader(const json::value& value, std::string location, Problems& problems);

    bool is_object() const { return object_ != nullptr; }
    const std::string& location() const { return location_; }
    Problems& problems() { return problems_; }
    std::string at(std::string_view key) const;

    std::string required_text(std::string_view key);
    std::optional<std::string> maybe_text(std::string_view key);
    std::string text_or(std::string_view key, std::string fallback);
    bool flag_or(std::string_view key, bool fallback);
    std::optional<bool> maybe_flag(std::string_view key);
    std::int64_t whole_or(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
    std::optional<std::int64_t> maybe_whole(std::string_view key, std::int64_t least, std::int64_t most);
    std::optional<double> maybe_number(std::string_view key);
    std::vector<std::string> texts(std::string_view key);
    /// Two finite numbers.
    std::optional<std::pair<double, double>> maybe_pair(std::string_view key);
    /// The member as it is, marked as known; null if absent.
    const json::value& any(std::string_view key);
    /// True if the member is there, null included.
    bool has(std::string_view key) const;
    /// An array member of at most `most` elements; null if absent or wrong, which is then reported.
    const json::array* array(std::string_view key, std::size_t most, bool required);

    void problem(std::string_view key, std::string message, ProblemKind kind = ProblemKind::syntax);
    /// Reports the members nobody asked for.
    void refuse_unknown_keys();

private:
    const json::value* find(std::string_view key);

    const json::object* object_ = nullptr;
    std::string location_;
    Problems& problems_;
    std::vector<std::string_view> known_; ///< literals of the callers
};

/// "a string", "an object" ...: how a message names a value's type.
std::string_view kind_name(const json::value& value);

/// The value as a finite number; a boolean is not one.
std::optional<double> number_of(const json::value& value);

} // namespace pix::tools

#include "core/base/described.h"

#include <charconv>
#include <mutex>
#include <regex>

namespace pix::core::described {

namespace {

/// Longer texts are never given to std::regex: it recurses once a character.
constexpr std::size_t max_matched_text = 4096;

bool matches(std::string_view text, std::string_view pattern)
{
    if (text.size() > max_matched_text) return false;
    static std::mutex mutex;
    static std::map<std::string, std::regex, std::less<>> compiled;
    std::lock_guard const lock(mutex);
    auto found = compiled.find(pattern);
    if (found == compiled.end()) found = compiled.emplace(std::string(pattern), std::regex(std::string(pattern))).first;
    return std::regex_search(text.begin(), text.end(), found->second);
}

std::string_view kind_of(const json::value& value)
{
    switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "true or false";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a text";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
    }
    return "";
}

std::string list_of(const std::vector<std::string_view>& words)
{
    std::string text;
    for (auto const word : words) {
        if (!text.empty()) text += ", ";
        if (text.size() > 400) return text + "…";
        text += word;
    }
    return text;
}

/// A piece of the caller's input, short enough for a sentence.
std::string quoted(std::string_view text)
{
    constexpr std::size_t limit = 60;
    std::string result = "\"";
    std::size_t cut = std::min(text.size(), limit);
    while (cut < text.size() && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    for (char const c : text.substr(0, cut)) result += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    if (cut < text.size()) result += "…";
    return result + "\"";
}

} // namespace

std::string number_text(double number)
{
    char buffer[32];
    auto const end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return {buffer, end};
}

void Reader::problem(std::string message)
{
    ++count_;
    if (problems_.size() == max_problems) return;
    std::vector<const At*> steps;
    for (auto const* at = at_; at != nullptr; at = at->parent_) steps.push_back(at);
    std::string pointer;
    for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
        pointer += '/';
        if (!(*it)->key_) {
            pointer += std::to_string((*it)->index_);
            continue;
        }
        for (char const c : *(*it)->key_) {
            if (c == '~')
                pointer += "~0";
            else if (c == '/')
                pointer += "~1";
            else
                pointer += c;
        }
    }
    problems_.push_back({std::move(pointer), std::move(message)});
}

void Reader::wrong_type(std::string_view expected, const json::value& got)
{
    problem("must be " + std::string(expected) + ", not " + std::string(kind_of(got)));
}

void Reader::unknown_key(std::string_view key, const std::vector<std::string_view>& known)
{
    At const at(*this, key.substr(0, 200));
    problem(known.empty() ? "is not known: this object has no keys" : "is not known; known are " + list_of(known));
}

void Reader::missing(std::string_view key)
{
    At const at(*this, key);
    problem("is missing");
}

void Reader::out_of_range(std::string_view least, std::string_view most)
{
    problem("must be between " + std::string(least) + " and " + std::string(most));
}

void Reader::unknown_word(std::string_view got, const std::vector<std::string_view>& known)
{
    problem("must be one of " + list_of(known) + ", not " + quoted(got));
}

void Reader::check_text(std::string_view text, const FieldRule& rule)
{
    if (rule.min_length && text.size() < *rule.min_length)
        problem(text.empty() ? "must not be empty"
                             : "must have at least " + std::to_string(*rule.min_length) + " bytes");
    else if (rule.max_length && text.size() > *rule.max_length)
        problem("must have at most " + std::to_string(*rule.max_length) + " bytes, not " + std::to_string(text.size()));
    else if (!rule.pattern.empty() && !matches(text, rule.pattern))
        problem("must match " + std::string(rule.pattern));
}

void Reader::check_number(double number, const FieldRule& rule)
{
    if (rule.min && number < *rule.min) problem("must be at least " + number_text(*rule.min));
    if (rule.max && number > *rule.max) problem("must be at most " + number_text(*rule.max));
}

void Reader::check_items(std::size_t count, const FieldRule& rule)
{
    if (rule.min_items && count < *rule.min_items)
        problem("must have at least " + std::to_string(*rule.min_items) + " entries");
    if (rule.max_items && count > *rule.max_items)
        problem("must have at most " + std::to_string(*rule.max_items) + " entries, not " + std::to_string(count));
}

Error error_of(const std::vector<Problem>& problems)
{
    constexpr std::size_t shown = 5;
    std::string message;
    for (std::size_t i = 0; i < problems.size() && i < shown; ++i) {
        if (i > 0) message += "; ";
        message += problems[i].pointer.empty() ? "the body" : problems[i].pointer;
        message += ' ' + problems[i].message;
    }
    if (problems.size() > shown) message += "; and " + std::to_string(problems.size() - shown) + " more";
    return {Errc::invalid, std::move(message), {}, {}};
}

void add_rule(json::object& schema, const FieldRule& rule)
{
    if (!rule.doc.empty()) schema["description"] = rule.doc;
    // A list's own limits count its entries; all others hold for what is in it.
    json::object* inner = &schema;
    if (auto* items = schema.if_contains("items"); items && items->is_object())
        inner = &items->get_object();
    else if (auto* values = schema.if_contains("additionalProperties"); values && values->is_object())
        inner = &values->get_object();
    bool const is_list = schema.contains("items");
    if (rule.min_items) schema[is_list ? "minItems" : "minProperties"] = *rule.min_items;
    if (rule.max_items) schema[is_list ? "maxItems" : "maxProperties"] = *rule.max_items;
    auto number = [](double value) -> json::value {
        if (std::trunc(value) == value && std::abs(value) < 9.0e15) return static_cast<std::int64_t>(value);
        return value;
    };
    if (rule.min) (*inner)["minimum"] = number(*rule.min);
    if (rule.max) (*inner)["maximum"] = number(*rule.max);
    if (rule.min_length) (*inner)["minLength"] = *rule.min_length;
    if (rule.max_length) (*inner)["maxLength"] = *rule.max_length;
    if (!rule.pattern.empty()) (*inner)["pattern"] = rule.pattern;
    if (!rule.format.empty()) (*inner)["format"] = rule.format;
}

void make_nullable(json::object& schema)
{
    auto* type = schema.if_contains("type");
    if (type && type->is_string() && !schema.contains("title")) {
        json::value const was = *type;
        *type = json::array{was, "null"};
        return;
    }
    if (schema.empty()) return; // anything, null too
    json::object inner = std::move(schema);
    schema = {{"anyOf", json::array{std::move(inner), json::object{{"type", "null"}}}}};
}

std::string_view short_name(std::string_view pretty)
{
    // "... type_name() [with T = pix::tools::Point; std::string_view = ...]" (gcc), "[T = pix::tools::Point]" (clang).
    auto const start = pretty.find("T = ");
    if (start == std::string_view::npos) return pretty;
    std::string_view name = pretty.substr(start + 4);
    name = name.substr(0, name.find_first_of(";]"));
    auto const colon = name.rfind("::");
    return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

} // namespace pix::core::described

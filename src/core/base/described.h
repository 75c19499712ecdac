#pragma once
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/described_reader.h"
#include "core/base/error.h"
#include "core/base/id.h"
#include "core/base/json.h"

namespace pix::core {
namespace described {

Error error_of(const std::vector<Problem>& problems);
std::string number_text(double number);
void add_rule(json::object& schema, const FieldRule& rule);
void make_nullable(json::object& schema);
/// "pix::tools::Point" out of what the compiler calls a function of it.
std::string_view short_name(std::string_view pretty);

template <class T>
std::string_view type_name()
{
    if constexpr (requires { Rules<T>::name; })
        return Rules<T>::name;
    else
        return short_name(__PRETTY_FUNCTION__);
}

template <class T>
inline constexpr bool is_struct = boost::describe::has_describe_members<T>::value && std::is_class_v<T>;

template <class T>
struct Shape {
    static constexpr int kind = 0;
};
template <class T>
struct Shape<std::optional<T>> {
    static constexpr int kind = 1;
};
template <class T>
struct Shape<std::vector<T>> {
    static constexpr int kind = 2;
};
template <class T>
struct Shape<std::map<std::string, T>> {
    static constexpr int kind = 3;
};
template <class Tag>
struct Shape<Id<Tag>> {
    static constexpr int kind = 4;
};

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T, class D>
using MemberType = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;

/// One member as the reader, the writer and the schema see it.
struct Field {
    std::string_view name;
    FieldRule rule;
    bool required = true;
};

/// True when the struct gives the member a value of its own, so that it may be left out.
template <class M>
bool has_default(const M& value)
{
    if constexpr (Shape<M>::kind == 1)
        return true;
    else if constexpr (std::is_same_v<M, json::value>)
        return !value.is_null();
    else if constexpr (requires { value.empty(); }) // before ==, which a list has even when its elements have none
        return !value.empty();
    else if constexpr (requires { value == M{}; })
        return !(value == M{});
    else
        return false;
}

template <class T>
const std::vector<Field>& fields_of()
{
    static const std::vector<Field> fields = [] {
        std::vector<Field> made;
        T const defaults{};
        boost::mp11::mp_for_each<Members<T>>([&](auto d) {
            Field field;
            if constexpr (requires { Rules<T>::of(std::string_view()); }) field.rule = Rules<T>::of(d.name);
            field.name = field.rule.name.empty() ? std::string_view(d.name) : field.rule.name;
            field.required = field.rule.required.value_or(!has_default(defaults.*d.pointer));
            made.push_back(field);
        });
        return made;
    }();
    return fields;
}

template <class E>
std::string_view text_of(E value)
{
    if constexpr (requires { Rules<E>::text_of(value); })
        return Rules<E>::text_of(value);
    else
        return boost::describe::enum_to_string(value, "");
}

template <class E>
const std::vector<std::pair<std::string_view, E>>& words_of()
{
    static const std::vector<std::pair<std::string_view, E>> words = [] {
        std::vector<std::pair<std::string_view, E>> made;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
            [&](auto d) { made.emplace_back(text_of<E>(d.value), d.value); });
        return made;
    }();
    return words;
}

template <class T>
void read(Reader& reader, const json::value& value, T& out, const FieldRule& rule = {});

template <class T>
void read_integer(Reader& reader, const json::value& value, T& out, const FieldRule& rule)
{
    using Limits = std::numeric_limits<T>;
    auto take = [&](auto number) {
        if (!std::in_range<T>(number)) {
            reader.out_of_range(std::to_string(Limits::min()), std::to_string(Limits::max()));
            return;
        }
        out = static_cast<T>(number);
        reader.check_number(static_cast<double>(number), rule);
    };
    if (auto const* number = value.if_int64())
        take(*number);
    else if (auto const* large = value.if_uint64())
        take(*large);
    else if (auto const* real = value.if_double(); real && std::trunc(*real) == *real && std::abs(*real) < 9.0e15)
        take(static_cast<std::int64_t>(*real)); // 1.0 and 1e3 are whole numbers (JSON Schema 2020-12, section 6.1.1)
    else
        reader.wrong_type("a whole number", value);
}

template <class T>
void read_struct(Reader& reader, const json::value& value, T& out)
{
    auto const* object = value.if_object();
    if (!object) {
        reader.wrong_type("an object", value);
        return;
    }
    auto const& fields = fields_of<T>();
    std::size_t index = 0;
    std::size_t found = 0;
    boost::mp11::mp_for_each<Members<T>>([&](auto d) {
        Field const& field = fields[index++];
        auto const* member = object->if_contains(field.name);
        if (!member) {
            if (field.required) reader.missing(field.name);
            return;
        }
        ++found;
        Reader::At const at(reader, field.name);
        read(reader, *member, out.*d.pointer, field.rule);
    });
    if constexpr (!requires { requires Rules<T>::unknown_keys; }) {
        if (found == object->size()) return;
        std::vector<std::string_view> known;
        known.reserve(fields.size());
        for (auto const& field : fields) known.push_back(field.name);
        for (auto const& member : *object)
            if (std::find(known.begin(), known.end(), member.key()) == known.end())
                reader.unknown_key(member.key(), known);
    }
}

template <class T>
void read(Reader& reader, const json::value& value, T& out, const FieldRule& rule)
{
    if constexpr (std::is_same_v<T, json::value>) {
        out = value;
    } else if constexpr (std::is_same_v<T, json::object>) {
        if (auto const* object = value.if_object())
            out = *object;
        else
            reader.wrong_type("an object", value);
    } else if constexpr (std::is_same_v<T, json::array>) {
        if (auto const* array = value.if_array()) {
            reader.check_items(array->size(), rule);
            out = *array;
        } else
            reader.wrong_type("a list", value);
    } else if constexpr (std::is_same_v<T, bool>) {
        if (auto const* flag = value.if_bool())
            out = *flag;
        else
            reader.wrong_type("true or false", value);
    } else if constexpr (std::is_integral_v<T>) {
        read_integer(reader, value, out, rule);
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!value.is_number()) {
            reader.wrong_type("a number", value);
            return;
        }
        double const number = value.to_number<double>();
        if (!std::isfinite(static_cast<T>(number)))
            reader.out_of_range(number_text(static_cast<double>(std::numeric_limits<T>::lowest())),
                                number_text(static_cast<double>(std::numeric_limits<T>::max())));
        out = static_cast<T>(number);
        reader.check_number(number, rule);
    } else if constexpr (std::is_same_v<T, std::string> || Shape<T>::kind == 4) {
        if (auto const* text = value.if_string()) {
            reader.check_text(*text, rule);
            out = T(std::string(*text));
        } else
            reader.wrong_type("a text", value);
    } else if constexpr (std::is_enum_v<T>) {
        auto const* text = value.if_string();
        auto const& words = words_of<T>();
        std::vector<std::string_view> known;
        for (auto const& [word, meaning] : words) {
            if (text && *text == word) {
                out = meaning;
                return;
            }
            known.push_back(word);
        }
        if (text)
            reader.unknown_word(*text, known);
        else
            reader.wrong_type("a text", value);
    } else if constexpr (Shape<T>::kind == 1) {
        if (value.is_null())
            out.reset();
        else
            read(reader, value, out.emplace(), rule);
    } else if constexpr (Shape<T>::kind == 2) {
        auto const* array = value.if_array();
        if (!array) {
            reader.wrong_type("a list", value);
            return;
        }
        reader.check_items(array->size(), rule);
        out.clear();
        FieldRule element = rule; // length, range and pattern of a list's field are those of its elements
        element.min_items.reset();
        element.max_items.reset();
        for (std::size_t i = 0; i < array->size(); ++i) {
            Reader::At const at(reader, i);
            typename T::value_type item{};
            read(reader, (*array)[i], item, element);
            out.push_back(std::move(item));
        }
    } else if constexpr (Shape<T>::kind == 3) {
        auto const* object = value.if_object();
        if (!object) {
            reader.wrong_type("an object", value);
            return;
        }
        reader.check_items(object->size(), rule);
        out.clear();
        FieldRule element = rule;
        element.min_items.reset();
        element.max_items.reset();
        for (auto const& member : *object) {
            Reader::At const at(reader, member.key());
            read(reader, member.value(), out[std::string(member.key())], element);
        }
    } else {
        static_assert(is_struct<T>, "describe the type with BOOST_DESCRIBE_STRUCT");
        read_struct(reader, value, out);
    }
}

} // namespace described

/// Reads a described struct strictly: an unknown key, a missing one, a wrong type or a broken rule is a failure.
/// A member may be left out when it is an optional or the struct gives it a value other than its type's empty one.
/// Errors: Errc::invalid; the message names the pointer of each problem, five at most.
template <class T>
Result<T> read_json(const json::value& value)
{
    described::Reader reader;
    T out{};
    described::read(reader, value, out);
    if (!reader.is_good()) return std::unexpected(described::error_of(reader.take()));
    return out;
}

/// The same with every problem (100 at most) instead of a sentence.
template <class T>
std::expected<T, std::vector<Problem>> read_json_problems(const json::value& value)
{
    described::Reader reader;
    T out{};
    described::read(reader, value, out);
    if (!reader.is_good()) return std::unexpected(reader.take());
    return out;
}

/// The JSON of a described struct, members in the order of their description. An empty optional is null.
template <class T>
json::value write_json(const T& value)
{
    using namespace described;
    if constexpr (std::is_same_v<T, json::value> || std::is_same_v<T, json::object> || std::is_same_v<T, json::array> ||
                  std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
        return json::value(value);
    } else if constexpr (Shape<T>::kind == 4) {
        return json::value(value.text());
    } else if constexpr (std::is_enum_v<T>) {
        return json::value(text_of(value));
    } else if constexpr (Shape<T>::kind == 1) {
        return value ? write_json(*value) : json::value();
    } else if constexpr (Shape<T>::kind == 2) {
        json::array array;
        array.reserve(value.size());
        for (typename T::const_reference item : value) array.push_back(write_json<typename T::value_type>(item));
        return array;
    } else if constexpr (Shape<T>::kind == 3) {
        json::object object;
        object.reserve(value.size());
        for (auto const& [key, item] : value) object.emplace(key, write_json(item));
        return object;
    } else {
        static_assert(is_struct<T>, "describe the type with BOOST_DESCRIBE_STRUCT");
        json::object object;
        auto const& fields = fields_of<T>();
        object.reserve(fields.size());
        std::size_t index = 0;
        boost::mp11::mp_for_each<Members<T>>([&](auto d) {
            Field const& field = fields[index++];
            auto const& member = value.*d.pointer;
            if constexpr (Shape<MemberType<T, decltype(d)>>::kind == 1) {
                if constexpr (requires { requires Rules<T>::omit_absent; })
                    if (!member) return;
            }
            object.emplace(field.name, write_json(member));
        });
        return object;
    }
}

namespace described {

/// The schema of a type; `open` are the structs it lies in, so that one that holds itself ends in a reference.
template <class T>
json::object schema(std::vector<std::string_view>& open)
{
    if constexpr (std::is_same_v<T, json::value>) {
        return {};
    } else if constexpr (std::is_same_v<T, json::object>) {
        return {{"type", "object"}};
    } else if constexpr (std::is_same_v<T, json::array>) {
        return {{"type", "array"}, {"items", json::object()}};
    } else if constexpr (std::is_same_v<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::is_integral_v<T>) {
        json::object made{{"type", "integer"}, {"format", sizeof(T) > 4 ? "int64" : "int32"}};
        if (std::is_unsigned_v<T>) made["minimum"] = 0;
        if (sizeof(T) < 4) {
            made["minimum"] = std::numeric_limits<T>::min();
            made["maximum"] = std::numeric_limits<T>::max();
        }
        return made;
    } else if constexpr (std::is_floating_point_v<T>) {
        return {{"type", "number"}, {"format", "double"}};
    } else if constexpr (std::is_same_v<T, std::string> || Shape<T>::kind == 4) {
        return {{"type", "string"}};
    } else if constexpr (std::is_enum_v<T>) {
        json::array words;
        for (auto const& word : words_of<T>()) words.emplace_back(word.first);
        return {{"type", "string"}, {"title", type_name<T>()}, {"enum", std::move(words)}};
    } else if constexpr (Shape<T>::kind == 1) {
        json::object made = schema<typename T::value_type>(open);
        make_nullable(made);
        return made;
    } else if constexpr (Shape<T>::kind == 2) {
        return {{"type", "array"}, {"items", schema<typename T::value_type>(open)}};
    } else if constexpr (Shape<T>::kind == 3) {
        return {{"type", "object"}, {"additionalProperties", schema<typename T::mapped_type>(open)}};
    } else {
        static_assert(is_struct<T>, "describe the type with BOOST_DESCRIBE_STRUCT");
        std::string_view const name = type_name<T>();
        if (std::find(open.begin(), open.end(), name) != open.end())
            return {{"$ref", "#/components/schemas/" + std::string(name)}};
        open.push_back(name);
        json::object properties;
        json::array required;
        T const defaults{};
        auto const& fields = fields_of<T>();
        std::size_t index = 0;
        boost::mp11::mp_for_each<Members<T>>([&](auto d) {
            Field const& field = fields[index++];
            json::object member = schema<MemberType<T, decltype(d)>>(open);
            add_rule(member, field.rule);
            if (field.required)
                required.emplace_back(field.name);
            else if (has_default(defaults.*d.pointer) && Shape<MemberType<T, decltype(d)>>::kind != 1)
                member["default"] = write_json(defaults.*d.pointer);
            properties.emplace(field.name, std::move(member));
        });
        open.pop_back();
        json::object made{{"type", "object"}, {"title", name}, {"properties", std::move(properties)}};
        if (!required.empty()) made["required"] = std::move(required);
        if constexpr (!requires { requires Rules<T>::unknown_keys; }) made["additionalProperties"] = false;
        return made;
    }
}

} // namespace described

/// The JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a described type. Structs and enums carry their name as
/// "title"; the OpenAPI document turns those into shared components.
template <class T>
json::object schema_of()
{
    std::vector<std::string_view> open;
    return described::schema<T>(open);
}

} // namespace pix::core

#include "tools/input_file.h"

#include <algorithm>
#include <charconv>

#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr double bytes_per_mb = 1024.0 * 1024.0;

std::string size_refusal(const InputSpec& spec)
{
    std::array<char, 32> text{};
    auto const end = std::to_chars(text.data(), text.data() + text.size(), *spec.max_size_mb).ptr;
    return "is larger than " + std::string(text.data(), end) + " MB";
}

bool matches_type(std::string_view pattern, std::string_view type)
{
    if (pattern == "*" || pattern == "*/*") return true;
    if (pattern.ends_with("/*")) return type.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == type;
}

/// True if `accept` takes a file of this name and type. A name that is not known cannot be refused by its ending.
bool is_accepted(const InputSpec& spec, std::string_view filename, std::string_view type)
{
    if (type == "application/octet-stream" && spec.type != InputType::file) return true;
    if (spec.type == InputType::image) return matches_type("image/*", type);
    if (spec.type == InputType::audio)
        return matches_type("audio/*", type) || type == "video/webm" || type == "video/ogg" ||
               type == "application/ogg";
    if (spec.accept.empty()) return true;
    std::string const name = core::lower(filename);
    return std::ranges::any_of(spec.accept, [&](const std::string& declared) {
        auto const pattern = core::lower(declared);
        if (pattern.starts_with('.')) return name.empty() || name.ends_with(pattern);
        return matches_type(pattern, type);
    });
}

} // namespace

std::optional<DataUrl> data_url(std::string_view text)
{
    if (!core::equals_ignoring_case(text.substr(0, 5), "data:")) return std::nullopt;
    auto const comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    auto const head = text.substr(5, comma - 5);
    std::size_t const payload = text.size() - comma - 1;
    bool const is_base64 = core::lower(head).ends_with(";base64");
    return DataUrl{core::lower(core::trim(head.substr(0, head.find(';')))), is_base64 ? payload / 4 * 3 : payload};
}

std::string clean_media_type(std::string_view content_type)
{
    auto type = core::lower(core::trim(content_type.substr(0, content_type.find(';'))));
    bool const is_plain = std::ranges::all_of(type, [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '+' || c == '.' ||
               c == '_';
    });
    if (type.find('/') == std::string::npos || !is_plain || type.size() > 127) return "application/octet-stream";
    return type;
}

std::string refusal_of(const InputSpec& spec, std::string_view filename, std::string_view type, std::size_t bytes)
{
    if (spec.max_size_mb && static_cast<double>(bytes) > *spec.max_size_mb * bytes_per_mb + 2)
        return size_refusal(spec);
    if (is_accepted(spec, filename, type)) return {};
    std::string wanted = spec.type == InputType::image ? "an image" : spec.type == InputType::audio ? "a sound" : "";
    for (auto const& pattern : spec.accept) wanted += (wanted.empty() ? "" : ", ") + pattern;
    return "must be " + wanted;
}

std::string refusal_of(const InputSpec& spec, const json::value& value)
{
    auto const* text = value.if_string();
    if (text == nullptr) return {};
    if (auto const url = data_url(*text)) return refusal_of(spec, "", url->content_type, url->bytes);
    if (spec.max_size_mb && static_cast<double>(text->size()) > *spec.max_size_mb * bytes_per_mb)
        return size_refusal(spec);
    return {};
}

} // namespace pix::tools

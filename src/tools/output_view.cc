#include "tools/output_view.h"

#include <algorithm>
#include <cmath>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/chart_figure.h"
#include "tools/input_file.h"
#include "tools/markdown.h"
#include "tools/number_text.h"
#include "tools/output_value.h"
#include "tools/table_view.h"

namespace pix::tools {

namespace {

constexpr std::size_t max_text_bytes = 2UL * 1024 * 1024;
constexpr std::size_t max_raw_bytes = 200UL * 1024;
constexpr std::size_t max_code_lines = 5'000;
constexpr std::size_t max_pairs = 1'000;
constexpr std::size_t max_log_lines = 100'000;
constexpr std::size_t max_images = 500;
constexpr std::size_t preview_lines = 200;

/// Members that templates ask for, so that a card never shows what stands around it.
constexpr std::array<std::string_view, 24> contents{
    "text",  "pre",       "markdown", "code",  "number",   "boolean",    "progress",   "stream_text",
    "table", "kv",        "log",      "chart", "image",    "audio",      "video",      "image_grid",
    "file",  "elsewhere", "raw",      "wrong", "is_empty", "is_missing", "is_waiting", "latex"};

std::string pretty(const json::value& value)
{
    return core::shorten(core::to_pretty_text(value), max_raw_bytes);
}

std::optional<std::string> text_of(const json::value& value)
{
    auto const* held = scalar_of(value);
    if (auto const* object = held->if_object()) {
        held = object->if_contains("text");
        if (held == nullptr) return std::nullopt;
    }
    auto const* text = held->if_string();
    if (text == nullptr) return std::nullopt;
    return core::shorten(*text, max_text_bytes);
}

std::string option_text(const OutputSpec& spec, const json::value& value, std::string_view name)
{
    auto const& option = option_of(spec, value, name);
    return option.is_string() ? core::shorten(option.get_string(), 300) : std::string();
}

bool show_text(json::object& card, const json::value& value)
{
    auto text = text_of(value);
    if (!text) return false;
    bool const is_long = text->size() > 300 || text->find('\n') != std::string::npos;
    card[text->empty() ? "is_empty"
         : is_long     ? "pre"
                       : "text"] = text->empty() ? json::value(true) : json::value(*text);
    return true;
}

bool show_markdown(json::object& card, const json::value& value)
{
    auto const text = text_of(value);
    if (!text) return false;
    if (core::trim(*text).empty()) {
        card["is_empty"] = true;
    } else if (auto html = markdown_html(*text)) {
        card["markdown"] = json::object{{"html", std::move(*html)}};
    } else {
        card["pre"] = *text;
    }
    return true;
}

bool show_code(json::object& card, const OutputSpec& spec, const json::value& value)
{
    auto const text = text_of(value);
    if (!text) return false;
    if (text->empty()) {
        card["is_empty"] = true;
        return true;
    }
    json::array lines;
    std::string_view rest = *text;
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    for (auto line : core::split(rest, '\n')) {
        if (lines.size() >= max_code_lines) break;
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(json::object{{"line", line}});
    }
    std::string const language = option_text(spec, value, "language");
    card["code"] =
        json::object{{"language", language.empty() ? std::string("plain") : language}, {"lines", std::move(lines)}};
    return true;
}

bool show_number(json::object& card, const OutputSpec& spec, const json::value& value)
{
    auto const& number = *scalar_of(value);
    if (!number_of(number)) return false;
    auto const precision = number_of(option_of(spec, value, "precision"));
    std::string unit = option_text(spec, value, "unit");
    if (unit.empty()) unit = spec.unit.value_or("");
    card["number"] =
        json::object{{"text", number_text(number, option_text(spec, value, "format"),
                                          precision ? std::optional(static_cast<int>(std::clamp(*precision, 0.0, 20.0)))
                                                    : std::nullopt)},
                     {"raw", core::to_text(number)},
                     {"unit", unit.empty() ? json::value(nullptr) : json::value(unit)}};
    return true;
}

bool show_boolean(json::object& card, const OutputSpec& spec, const json::value& value)
{
    auto const& held = *scalar_of(value);
    bool truth = false;
    if (held.is_bool()) {
        truth = held.get_bool();
    } else if (auto const number = number_of(held); number && (*number == 0 || *number == 1)) {
        truth = *number == 1;
    } else if (auto const* text = held.if_string()) {
        truth = *text == "1" || *text == "true" || *text == "True" || *text == "yes";
    } else {
        return false;
    }
    auto const label = option_text(spec, value, truth ? "true_label" : "false_label");
    card["boolean"] = json::object{
        {"is_yes", truth}, {"is_no", !truth}, {"label", label.empty() ? json::value(nullptr) : json::value(label)}};
    return true;
}

bool show_progress(json::object& card, const OutputSpec& spec, const json::value& value)
{
    auto const* held = scalar_of(value);
    auto fraction = number_of(*held);
    bool const is_unknown = held->is_null();
    if (!fraction && !is_unknown) return false;
    if (fraction && *fraction > 1) *fraction /= 100;
    if (fraction) *fraction = std::clamp(*fraction, 0.0, 1.0);
    auto const label = option_text(spec, value, "label");
    card["progress"] =
        json::object{{"value", fraction ? json::value(core::to_text(json::value(*fraction))) : json::value(nullptr)},
                     {"percent", fraction ? json::value(number_text(*fraction * 100, "", 0)) : json::value(nullptr)},
                     {"label", label.empty() ? json::value(nullptr) : json::value(label)}};
    return true;
}

bool show_table(json::object& card, const OutputSpec& spec, const json::value& value)
{
    auto table = table_view(spec, value);
    if (!table) return false;
    if (table->at("is_empty").get_bool())
        card["is_empty"] = true;
    else
        card["table"] = std::move(*table);
    return true;
}

bool show_pairs(json::object& card, const json::value& value)
{
    auto const* pairs = &value;
    if (auto const* object = value.if_object())
        if (auto const* held = object->if_contains("pairs")) pairs = held;
    json::array shown;
    std::size_t total = 0;
    auto const add = [&](std::string_view key, const json::value& held) {
        ++total;
        if (shown.size() >= max_pairs) return;
        json::object pair = cell_view(held, number_of(held) ? "number" : "text");
        pair["key"] = core::shorten(key, 300);
        shown.emplace_back(std::move(pair));
    };
    if (auto const* object = pairs->if_object()) {
        for (auto const& member : *object) add(member.key(), member.value());
    } else if (auto const* list = pairs->if_array()) {
        for (auto const& item : *list) {
            auto const* pair = item.if_array();
            auto const* named = item.if_object();
            auto const* key = pair != nullptr && pair->size() == 2 ? &(*pair)[0]
                              : named != nullptr                   ? named->if_contains("key")
                                                                   : nullptr;
            auto const* held = pair != nullptr && pair->size() == 2 ? &(*pair)[1]
                               : named != nullptr                   ? named->if_contains("value")
                                                                    : nullptr;
            if (key == nullptr) return false;
            add(key->is_string() ? std::string(key->get_string()) : core::to_text(*key),
                held != nullptr ? *held : json::value());
        }
    } else {
        return false;
    }
    if (shown.empty())
        card["is_empty"] = true;
    else
        card["kv"] = json::object{{"pairs", std::move(shown)}, {"is_cut", total > max_pairs}};
    return true;
}

bool show_log(json::object& card, const json::value& value)
{
    auto const* lines = value.if_array();
    if (auto const* object = value.if_object())
        if (auto const* held = object->if_contains("lines")) lines = held->if_array();
    if (lines == nullptr) return false;
    if (lines->empty()) {
        card["is_empty"] = true;
        return true;
    }
    json::array shown;
    std::string preview;
    std::size_t const first = lines->size() > max_log_lines ? lines->size() - max_log_lines : 0;
    for (std::size_t i = first; i < lines->size(); ++i) {
        auto const& line = (*lines)[i];
        std::string message;
        if (auto const* object = line.if_object()) {
            json::object kept;
            for (auto const* key : {"level", "message", "t"}) {
                auto const* held = object->if_contains(key);
                if (held == nullptr || (!held->is_string() && !number_of(*held))) continue;
                kept[key] = held->is_string() ? json::value(core::shorten(held->get_string(), 64 * 1024)) : *held;
            }
            if (!kept.contains("message")) kept["message"] = core::to_text(line);
            if (auto const* text = kept.at("message").if_string()) message = *text;
            shown.emplace_back(std::move(kept));
        } else {
            message = line.is_string() ? core::shorten(line.get_string(), 64 * 1024) : core::to_text(line);
            shown.emplace_back(message);
        }
        if (i + preview_lines >= lines->size()) preview += core::shorten(message, 2'000) + "\n";
    }
    card["log"] = json::object{{"json", core::to_text(json::object{{"lines", std::move(shown)}}, true)},
                               {"preview", std::move(preview)},
                               {"is_cut", first > 0}};
    return true;
}

bool show_chart(json::object& card, const OutputSpec& spec, const json::value& value)
{
    auto figure = chart_figure(spec, value);
    if (!figure) return false;
    if (figure->points == 0)
        card["is_empty"] = true;
    else
        card["chart"] = json::object{{"json", core::to_text(figure->data, true)},
                                     {"head", std::move(figure->preview["head"])},
                                     {"rows", std::move(figure->preview["rows"])},
                                     {"is_cut", figure->is_cut}};
    return true;
}

/// The address in a value of a media output: bare, or under value, url or data.
std::string address_in(const json::value& value)
{
    if (auto const* text = value.if_string()) return std::string(*text);
    auto const* object = value.if_object();
    if (object == nullptr) return {};
    for (auto const* key : {"value", "url", "data"})
        if (auto const* held = object->if_contains(key); held != nullptr && held->is_string())
            return std::string(held->get_string());
    return {};
}

bool show_media(json::object& card, const OutputSpec& spec, const json::value& value, const OutputPlace& place)
{
    auto const held = address_in(value);
    if (held.empty()) return false;
    std::string const kind(name_of(spec.type));
    auto const address = media_address(held, kind, place);
    if (!address.empty()) {
        std::string const alt = option_text(spec, value, "alt");
        card[kind] = json::object{{"url", address},
                                  {"alt", alt.empty() ? spec.label : alt},
                                  {"poster", media_address(option_text(spec, value, "poster"), "image", place)}};
    } else if (held.starts_with("https://") || held.starts_with("http://")) {
        card["elsewhere"] = json::object{{"url", core::shorten(held, 2'000)}};
    } else {
        card["wrong"] = json::object{{"not_loadable", true}, {"message", nullptr}, {"json", nullptr}};
    }
    return true;
}

bool show_images(json::object& card, const json::value& value, const OutputPlace& place)
{
    auto const* images = value.if_array();
    if (auto const* object = value.if_object())
        if (auto const* held = object->if_contains("images")) images = held->if_array();
    if (images == nullptr) return false;
    json::array shown;
    for (auto const& image : *images) {
        if (shown.size() >= max_images) break;
        auto const address = media_address(address_in(image), "image", place);
        if (address.empty()) continue;
        std::string label;
        if (auto const* object = image.if_object())
            for (auto const* key : {"alt", "label"})
                if (auto const* text = object->if_contains(key); text != nullptr && text->is_string())
                    label = core::shorten(text->get_string(), 300);
        shown.emplace_back(json::object{{"url", address}, {"label", label}});
    }
    if (shown.empty())
        card["is_empty"] = true;
    else
        card["image_grid"] = json::object{{"images", std::move(shown)}};
    return true;
}

bool show_file(json::object& card, const json::value& value, const OutputPlace& place)
{
    auto const* object = value.if_object();
    if (object == nullptr) return false;
    auto const text = [&](std::string_view key) -> std::string {
        auto const* held = object->if_contains(key);
        return held != nullptr && held->is_string() ? std::string(held->get_string()) : std::string();
    };
    std::string name = core::shorten(text("filename"), 200);
    if (name.empty()) name = "download";
    std::string mime = text("mime_type").empty() ? text("mime") : text("mime_type");
    std::string address = media_address(text("url"), "file", place);
    std::optional<double> size;
    if (auto const* declared = object->if_contains("size")) size = number_of(*declared);
    if (auto const* data = object->if_contains("data"); address.empty() && data != nullptr && data->is_string()) {
        std::string const content(data->get_string());
        auto const url = data_url(content);
        if (url) {
            address = content;
            size = static_cast<double>(url->bytes);
        } else {
            // Base64 is what tools send; a text that is none is the file's text.
            auto const decoded = content.size() % 4 == 0 ? core::base64_decode(content) : std::nullopt;
            size = static_cast<double>(decoded ? decoded->size() : content.size());
            address =
                "data:" + clean_media_type(mime) + ";base64," + (decoded ? content : core::base64_encode(content));
        }
    }
    if (address.empty()) return false;
    card["file"] = json::object{{"name", name},
                                {"url", address},
                                {"size", size && *size >= 0 && *size < 1e15
                                             ? json::value(core::human_bytes(static_cast<std::uint64_t>(*size)))
                                             : json::value(nullptr)}};
    return true;
}

/// False: the value has not the shape of its type.
bool show_value(json::object& card, const OutputSpec& spec, const json::value& value, const OutputPlace& place)
{
    switch (spec.type) {
    case OutputType::text: return show_text(card, value);
    case OutputType::markdown: return show_markdown(card, value);
    case OutputType::latex: {
        auto text = text_of(value);
        if (text) card["latex"] = json::object{{"source", std::move(*text)}};
        return text.has_value();
    }
    case OutputType::code: return show_code(card, spec, value);
    case OutputType::number: return show_number(card, spec, value);
    case OutputType::boolean: return show_boolean(card, spec, value);
    case OutputType::progress: return show_progress(card, spec, value);
    case OutputType::stream_text: {
        auto text = text_of(value);
        if (text) card["stream_text"] = json::object{{"content", std::move(*text)}};
        return text.has_value();
    }
    case OutputType::table: return show_table(card, spec, value);
    case OutputType::kv: return show_pairs(card, value);
    case OutputType::log: return show_log(card, value);
    case OutputType::image:
    case OutputType::audio:
    case OutputType::video: return show_media(card, spec, value, place);
    case OutputType::image_grid: return show_images(card, value, place);
    case OutputType::file: return show_file(card, value, place);
    default: break;
    }
    if (is_drawn_chart(spec.type)) return show_chart(card, spec, value);
    for (auto const& problem : check_output(spec, value))
        if (!problem.is_warning) return false;
    card["raw"] = json::object{{"json", pretty(value)}};
    return true;
}

json::value or_null(const std::optional<std::string>& text)
{
    return text && !text->empty() ? json::value(*text) : json::value(nullptr);
}

/// The waiting state of an output whose values come as a stream.
void show_waiting(json::object& card, const OutputSpec& spec)
{
    if (spec.type == OutputType::progress)
        card["progress"] = json::object{{"value", nullptr}, {"percent", nullptr}, {"label", nullptr}};
    else if (spec.type == OutputType::stream_text)
        card["stream_text"] = json::object{{"content", ""}};
    else if (spec.type == OutputType::log)
        card["log"] = json::object{{"json", R"({"lines":[]})"}, {"preview", ""}, {"is_cut", false}};
    else
        card["is_waiting"] = true;
}

} // namespace

std::string media_address(std::string_view url, std::string_view kind, const OutputPlace& place)
{
    bool const is_plain =
        std::ranges::none_of(url, [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '\\' || c == '"'; });
    if (url.empty() || !is_plain) return {};
    if (auto const held = data_url(url)) {
        if (kind == "file") return std::string(url);
        return held->content_type.starts_with(std::string(kind) + "/") ? std::string(url) : std::string();
    }
    if (url.find("..") != std::string_view::npos) return {};
    if (url.starts_with("/api/artefacts/")) return place.base + std::string(url);
    if (url.starts_with("/files/"))
        return place.base + "/tool/" + core::percent_encode(place.tool_id) + std::string(url);
    return {};
}

json::object output_card_view(const OutputSpec& spec, const json::value* value, const OutputPlace& place,
                              std::size_t number)
{
    json::object card;
    for (auto const content : contents) card[content] = nullptr;
    card["key"] = spec.key;
    card["type"] = name_of(spec.type);
    card["label"] = spec.label;
    card["description"] = or_null(spec.description);
    card["caption"] = or_null(spec.caption);
    card["body_id"] = "out-body-" + std::to_string(number);
    if (value == nullptr) {
        if (place.is_waiting)
            show_waiting(card, spec);
        else
            card["is_missing"] = true;
    } else if (value->is_null() && spec.type != OutputType::progress) {
        if (place.is_waiting)
            show_waiting(card, spec);
        else
            card["is_empty"] = true;
    } else if (!show_value(card, spec, *value, place)) {
        std::string message;
        for (auto const& problem : check_output(spec, *value))
            if (!problem.is_warning && message.empty()) message = problem.message;
        card["wrong"] = json::object{{"not_loadable", false},
                                     {"message", message.empty() ? json::value(nullptr) : json::value(message)},
                                     {"json", pretty(*value)}};
    }
    bool const is_copied = !card["text"].is_null() || !card["pre"].is_null() || !card["code"].is_null() ||
                           !card["number"].is_null() || !card["stream_text"].is_null() || !card["raw"].is_null() ||
                           !card["markdown"].is_null() || !card["kv"].is_null() || !card["latex"].is_null();
    card["can_copy"] = is_copied;
    return card;
}

json::object output_panel_view(const ToolSchema& schema, const json::object& values, const OutputPlace& place)
{
    json::array groups;
    for (std::size_t i = 0; i < schema.outputs.size();) {
        auto const layout = schema.outputs[i].layout;
        json::array cards;
        std::size_t const first = i;
        for (; i < schema.outputs.size() && schema.outputs[i].layout == layout; ++i) {
            auto card = output_card_view(schema.outputs[i], values.if_contains(schema.outputs[i].key), place, i);
            card["tab_id"] = "out-tab-" + std::to_string(i);
            cards.emplace_back(std::move(card));
        }
        bool const is_tabs = layout == OutputLayout::tab && i - first > 1;
        bool const is_inline = layout == OutputLayout::inline_row;
        groups.emplace_back(json::object{{"is_tabs", is_tabs},
                                         {"is_inline", is_inline},
                                         {"is_panels", !is_tabs && !is_inline},
                                         {"cards", std::move(cards)}});
    }
    return json::object{{"groups", std::move(groups)}, {"has_none", schema.outputs.empty()}};
}

} // namespace pix::tools

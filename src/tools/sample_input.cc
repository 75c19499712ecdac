#include "tools/sample_input.h"

#include <string>

#include "core/base/text.h"

namespace pix::tools {

namespace {

/// One transparent pixel. Tools recognise the PNG signature as a probe, in file inputs too.
constexpr std::string_view png =
    "data:image/"
    "png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=";

/// One second of silence: 8 kHz, mono, 8 bits a sample. Source: RIFF WAVE, Multimedia Programming Interface 1.0.
std::string silent_wav()
{
    constexpr std::uint32_t rate = 8'000;
    std::string bytes;
    auto const number = [&](std::uint32_t value, int width) {
        for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    };
    bytes += "RIFF";
    number(36 + rate, 4);
    bytes += "WAVEfmt ";
    number(16, 4);   // bytes of this chunk
    number(1, 2);    // PCM
    number(1, 2);    // channels
    number(rate, 4); // samples a second
    number(rate, 4); // bytes a second
    number(1, 2);    // bytes a frame
    number(8, 2);    // bits a sample
    bytes += "data";
    number(rate, 4);
    bytes.append(rate, static_cast<char>(0x80));
    return "data:audio/wav;base64," + core::base64_encode(bytes);
}

json::value number_sample(const InputSpec& input)
{
    double value = 0;
    if (input.min && input.max)
        value = *input.min / 2 + *input.max / 2;
    else if (input.min)
        value = *input.min;
    else if (input.max)
        value = *input.max;
    if (value == static_cast<double>(static_cast<std::int64_t>(value)) && input.type == InputType::number)
        return static_cast<std::int64_t>(value);
    return value;
}

json::array pair_of(double first, double second)
{
    json::array pair;
    pair.emplace_back(first);
    pair.emplace_back(second);
    return pair;
}

json::array list_of(json::value value)
{
    json::array list;
    list.push_back(std::move(value));
    return list;
}

} // namespace

json::value sample_value(const InputSpec& input, core::Millis now)
{
    std::string const iso = core::iso_time(now);
    std::string const today = iso.substr(0, 10);
    auto const [latitude, longitude] = input.default_center.value_or(std::pair(0.0, 0.0));
    switch (input.type) {
    case InputType::text:
    case InputType::textarea:
    case InputType::code:
    case InputType::markdown:
    case InputType::autocomplete: return "";
    case InputType::number: return number_sample(input);
    case InputType::slider:
        if (input.range) return pair_of(input.min.value_or(0), input.max.value_or(0));
        return number_sample(input);
    case InputType::select:
    case InputType::radio: return input.options.empty() ? json::value(nullptr) : input.options.front().value;
    case InputType::multiselect:
    case InputType::tags:
    case InputType::table: return json::array();
    case InputType::checkbox:
    case InputType::toggle: return false;
    case InputType::date: return json::value(today);
    case InputType::time: return "00:00";
    case InputType::datetime: return json::value(iso.substr(0, 19));
    case InputType::date_range: {
        json::array range = list_of(json::value(today));
        range.emplace_back(today);
        return range;
    }
    case InputType::file:
    case InputType::image: return input.multiple ? json::value(list_of(json::value(png))) : json::value(png);
    case InputType::audio: return json::value(silent_wav());
    case InputType::colour: return "#000000";
    case InputType::json: return json::object();
    case InputType::map_point: return pair_of(latitude, longitude);
    case InputType::map_bbox: {
        json::array box = list_of(pair_of(latitude - 0.01, longitude - 0.01));
        box.push_back(pair_of(latitude + 0.01, longitude + 0.01));
        return box;
    }
    case InputType::map_polygon:
    case InputType::map_multipoint: return list_of(pair_of(latitude, longitude));
    case InputType::hidden: return input.default_value;
    }
    return nullptr;
}

json::object sample_inputs(const ToolSchema& schema, core::Millis now)
{
    json::object inputs;
    bool const is_chat = schema.layout == ToolLayout::chat;
    for (auto const& input : schema.inputs) {
        if (input.has_default())
            inputs[input.key] = input.default_value;
        else if (input.required && !is_chat)
            inputs[input.key] = sample_value(input, now);
    }
    if (is_chat) {
        json::object message;
        message["role"] = "user";
        message["content"] = "Validation probe";
        inputs["messages"] = list_of(std::move(message));
        inputs["history"] = json::array();
    }
    return inputs;
}

} // namespace pix::tools

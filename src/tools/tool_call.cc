#include "tools/tool_call.h"

#include <algorithm>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;

constexpr std::size_t stored_text_bytes = 64 * 1024;
constexpr std::size_t message_bytes = 500;
constexpr int answer_depth = 128;

bool is_reserved(std::string_view key)
{
    return key == "run_id" || key == "inputs" || key == "_pixie";
}

json::object about(const std::string& run_id, const std::string& artefacts_dir)
{
    json::object pixie;
    pixie["run_id"] = run_id;
    pixie["artefacts_dir"] = artefacts_dir;
    return pixie;
}

/// A name inside a part's header, so that it can neither end the quotes nor the line.
std::string quoted_name(std::string_view name)
{
    std::string text;
    for (char const c : name) {
        if (c == '"')
            text += "%22";
        else if (c == '\r')
            text += "%0D";
        else if (c == '\n')
            text += "%0A";
        else
            text += c;
    }
    return text;
}

class MultipartText {
public:
    MultipartText() : boundary_("pix-" + core::uuid_v4()) {}

    void field(std::string_view name, std::string_view type, std::string_view value)
    {
        part("name=\"" + quoted_name(name) + "\"", type, value);
    }
    void file(std::string_view name, std::string_view filename, std::string_view type, std::string_view bytes)
    {
        part("name=\"" + quoted_name(name) + "\"; filename=\"" + quoted_name(filename) + "\"", type, bytes);
    }
    ToolCall finish()
    {
        text_ += "--" + boundary_ + "--\r\n";
        return {"multipart/form-data; boundary=" + boundary_, std::move(text_)};
    }

private:
    void part(const std::string& disposition, std::string_view type, std::string_view bytes)
    {
        text_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; " + disposition + "\r\n";
        if (!type.empty()) text_ += "Content-Type: " + quoted_name(type) + "\r\n";
        text_ += "\r\n";
        text_ += bytes;
        text_ += "\r\n";
    }

    std::string boundary_;
    std::string text_;
};

/// The file in a data URL; nothing if the text is none.
std::optional<RunFile> file_of(std::string_view key, const json::value& value)
{
    if (!value.is_string()) return std::nullopt;
    std::string_view const text = value.get_string();
    std::size_t const comma = text.substr(0, 300).find(',');
    if (!text.starts_with("data:") || comma == std::string_view::npos) return std::nullopt;
    std::string_view const head = text.substr(5, comma - 5);
    if (!head.ends_with(";base64")) return std::nullopt;
    auto bytes = core::base64_decode(text.substr(comma + 1));
    if (!bytes) return std::nullopt;
    RunFile file;
    file.input_key = key;
    file.filename = key;
    file.content_type = head.substr(0, head.find(';'));
    if (file.content_type.empty()) file.content_type = "application/octet-stream";
    file.bytes = *std::move(bytes);
    return file;
}

std::string text_of(const json::value& value)
{
    return value.is_string() ? std::string(value.get_string()) : core::to_text(value);
}

/// FastAPI's list of problems as lines "loc: msg".
std::string problem_lines(const json::array& list)
{
    std::string lines;
    for (const json::value& item : list) {
        if (!lines.empty()) lines += "\n";
        const json::object* object = item.if_object();
        const json::value* message = object ? object->if_contains("msg") : nullptr;
        if (!message) {
            lines += text_of(item);
            continue;
        }
        std::string place;
        if (const json::value* loc = object->if_contains("loc"); loc && loc->is_array())
            for (const json::value& step : loc->get_array()) place += (place.empty() ? "" : ".") + text_of(step);
        lines += (place.empty() ? "" : place + ": ") + text_of(*message);
    }
    return lines;
}

} // namespace

ToolCall json_call(const std::string& run_id, const json::object& inputs, const std::string& inputs_text,
                   const std::string& artefacts_dir)
{
    std::string body = "{\"run_id\":" + core::to_text(json::value(run_id)) + ",\"inputs\":" + inputs_text;
    bool const clash =
        std::any_of(inputs.begin(), inputs.end(), [](const auto& member) { return is_reserved(member.key()); });
    if (!clash && !inputs.empty()) {
        // The text of an object without its braces is the list of its members.
        body += "," + inputs_text.substr(1, inputs_text.size() - 2);
    } else {
        for (const auto& [key, value] : inputs)
            if (!is_reserved(key)) body += "," + core::to_text(json::value(key)) + ":" + core::to_text(value);
    }
    body += ",\"_pixie\":" + core::to_text(about(run_id, artefacts_dir)) + "}";
    return {"application/json", std::move(body)};
}

ToolCall multipart_call(const std::string& run_id, const ToolSchema& schema, const json::object& inputs,
                        const std::vector<RunFile>& files, const std::string& artefacts_dir)
{
    MultipartText text;
    text.field("run_id", "", run_id);
    json::object plain;
    std::vector<RunFile> found;
    for (const auto& [key, value] : inputs) {
        const InputSpec* spec = schema.find_input(key);
        if (!spec || !spec->is_file()) {
            plain[key] = value;
            continue;
        }
        bool const given =
            std::any_of(files.begin(), files.end(),
                        [&, name = std::string_view(key)](const RunFile& file) { return file.input_key == name; });
        if (given) continue;
        if (const json::array* list = value.if_array()) {
            for (const json::value& item : *list)
                if (auto file = file_of(key, item)) found.push_back(*std::move(file));
        } else if (auto file = file_of(key, value)) {
            found.push_back(*std::move(file));
        } else {
            plain[key] = value;
        }
    }
    text.field("inputs", "application/json", core::to_text(plain));
    text.field("_pixie", "application/json", core::to_text(about(run_id, artefacts_dir)));
    for (const RunFile& file : files) text.file(file.input_key, file.filename, file.content_type, file.bytes);
    for (const RunFile& file : found) text.file(file.input_key, file.filename, file.content_type, file.bytes);
    return text.finish();
}

std::string message_of_answer(int status, std::string_view body)
{
    std::string message;
    core::JsonLimits const limits{.max_bytes = 1024 * 1024};
    if (auto value = core::parse_json(body, limits); value && value->is_object()) {
        const json::value* detail = value->get_object().if_contains("detail");
        if (detail && detail->is_string())
            message = detail->get_string();
        else if (detail && detail->is_array())
            message = problem_lines(detail->get_array());
        else if (detail && !detail->is_null())
            message = core::to_text(*detail);
    }
    if (message.empty()) message = core::to_utf8(core::trim(body.substr(0, 4 * message_bytes)));
    if (message.empty()) message = "The tool answered with status " + std::to_string(status) + " and no text.";
    // A detail is used as it is, within reason; anything else is cut.
    return core::shorten(message, message_bytes * 4);
}

Result<json::object> read_answer(int status, std::string_view body, std::size_t max_bytes)
{
    if (status < 200 || status > 299) return fail(Errc::bad_gateway, message_of_answer(status, body));
    if (status == 204 || core::trim(body).empty())
        return fail(Errc::invalid, "The tool answered with nothing; it must answer with a JSON object of its outputs.");
    core::JsonLimits const limits{.max_bytes = max_bytes, .max_depth = answer_depth, .allow_non_finite = true};
    auto value = core::parse_json(body, limits);
    if (!value) return fail(Errc::invalid, "The tool's answer cannot be read as JSON: " + value.error().message + ".");
    if (!value->is_object())
        return fail(Errc::invalid, "The tool answered with " + std::string(kind_name(*value)) +
                                       "; it must answer with a JSON object of its outputs.");
    json::object outputs = std::move(value->get_object());
    outputs.erase("run_id");
    return outputs;
}

json::object stored_inputs(const json::object& inputs, std::vector<std::string>& omitted)
{
    json::object stored;
    for (const auto& [key, value] : inputs) {
        bool too_long = value.is_string() && value.get_string().size() > stored_text_bytes;
        if (const json::array* list = value.if_array())
            for (const json::value& item : *list)
                too_long = too_long || (item.is_string() && item.get_string().size() > stored_text_bytes);
        if (too_long)
            omitted.emplace_back(key);
        else
            stored[key] = value;
    }
    return stored;
}

} // namespace pix::tools

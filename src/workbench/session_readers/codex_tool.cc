#include "workbench/session_readers/codex_tool.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;
namespace dom = simdjson::dom;

namespace {

constexpr std::size_t max_output = 1 << 20;
constexpr std::size_t max_picture = 8 << 20;
constexpr std::array<std::string_view, 4> shells = {"shell", "shell_command", "exec_command", "container.exec"};
constexpr std::array<std::string_view, 4> hidden = {"wait", "list_agents", "send_input", "close_agent"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

/// ["bash", "-lc", "ls"] is `ls`.
std::string command_text(const json::value& command)
{
    if (!command.is_array()) return as_text(command);
    const json::array& parts = command.get_array();
    bool const is_shell =
        parts.size() == 3 && parts[1].is_string() && (parts[1].get_string() == "-lc" || parts[1].get_string() == "-c");
    if (is_shell) return as_text(parts[2]);
    std::string all;
    for (const json::value& part : parts) {
        if (!all.empty()) all += ' ';
        all += as_text(part);
    }
    return all;
}

json::object bash_input(json::object arguments)
{
    for (const char* const key : {"cmd", "command"}) {
        const auto* const command = value_at(arguments, key);
        if (command == nullptr) continue;
        std::string text = command_text(*command);
        arguments.erase(key);
        arguments["command"] = std::move(text);
        break;
    }
    return arguments;
}

json::object edit_input(std::string_view patch)
{
    json::object input{{"patch", patch}};
    for (std::string_view const mark : {"*** Update File: ", "*** Add File: ", "*** Delete File: "}) {
        auto const at = patch.find(mark);
        if (at == std::string_view::npos) continue;
        std::string_view const rest = patch.substr(at + mark.size());
        input["file_path"] = core::trim(rest.substr(0, rest.find('\n')));
        break;
    }
    return input;
}

json::object todo_input(const json::object& arguments)
{
    json::array todos;
    if (const auto* const plan = array_at(arguments, "plan"))
        for (const json::value& step : *plan)
            if (const auto* const fields = step.if_object())
                todos.push_back(json::object{{"content", text_at(*fields, "step")},
                                             {"status", text_at(*fields, "status")},
                                             {"activeForm", text_at(*fields, "step")}});
    json::object input{{"todos", std::move(todos)}};
    if (std::string_view const why = text_at(arguments, "explanation"); !why.empty()) input["explanation"] = why;
    return input;
}

json::object task_input(json::object arguments)
{
    for (const auto& [from, to] : {std::pair{"message", "prompt"}, std::pair{"agent_type", "subagent_type"}}) {
        if (arguments.contains(to)) continue;
        if (const auto* const value = value_at(arguments, from)) {
            json::value moved = *value;
            arguments.erase(from);
            arguments[to] = std::move(moved);
        }
    }
    return arguments;
}

/// The number behind `lead`, if the text has it before `end`.
std::optional<std::int64_t> number_behind(std::string_view text, std::string_view lead)
{
    auto const at = text.find(lead);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + lead.size());
    auto const digits = text.find_first_not_of("-0123456789");
    return core::parse_int(text.substr(0, digits));
}

std::string cell_of(std::string_view header)
{
    for (std::string_view const lead : {"cell ID ", "cell ID: ", "cell_id: ", "Cell ID: "}) {
        auto const at = header.find(lead);
        if (at == std::string_view::npos) continue;
        std::string_view rest = header.substr(at + lead.size());
        return std::string(core::trim(rest.substr(0, rest.find_first_of(" \n.,;)"))));
    }
    return {};
}

/// Takes the header off: chunk, wall time, exit code, token count, until the line `Output:`.
void take_header(CodexOutput& output)
{
    std::string_view text = output.text;
    bool const has_header = text.starts_with("Chunk ID:") || text.starts_with("Wall time") ||
                            text.starts_with("Exit code:") || text.starts_with("Script ");
    if (!has_header) return;
    constexpr std::string_view mark = "Output:\n";
    auto at = text.find("\nOutput:\n");
    bool const is_bare = at == std::string_view::npos && text.ends_with("\nOutput:");
    if (is_bare) at = text.size() - 8;
    if (at == std::string_view::npos) return;
    std::string_view const header = text.substr(0, at);
    for (std::string_view const lead : {"exited with code ", "Exit code: "})
        if (auto const code = number_behind(header, lead)) output.is_error = *code != 0;
    if (header.starts_with("Script failed")) output.is_error = true;
    if (header.find("unning") != std::string_view::npos) output.running_cell = cell_of(header);
    output.text = is_bare ? std::string() : std::string(text.substr(at + 1 + mark.size()));
}

/// {"output": ..., "metadata": {"exit_code": ...}}
void take_envelope(CodexOutput& output)
{
    if (!output.text.starts_with('{')) return;
    auto const record = parse_record(output.text);
    if (!record || !record->contains("output")) return;
    if (const auto* const about = object_at(*record, "metadata"))
        output.is_error = integer_at(*about, "exit_code") != 0;
    output.text = as_text(record->at("output"));
}

/// The JavaScript string literal at `at`, or nothing. Source: ECMA-262 section 12.9.4.
std::optional<std::string> literal_at(std::string_view script, std::size_t at)
{
    if (at >= script.size()) return std::nullopt;
    char const quote = script[at];
    if (quote != '"' && quote != '\'' && quote != '`') return std::nullopt;
    std::string text;
    for (++at; at < script.size(); ++at) {
        char const c = script[at];
        if (c == quote) return text;
        if (c != '\\' || at + 1 == script.size()) {
            text.push_back(c);
            continue;
        }
        char const escaped = script[++at];
        switch (escaped) {
        case 'n': text.push_back('\n'); break;
        case 't': text.push_back('\t'); break;
        case 'r': text.push_back('\r'); break;
        case '\n': break;
        default: text.push_back(escaped);
        }
    }
    return std::nullopt;
}

} // namespace

std::string commands_of_script(std::string_view script)
{
    std::string all;
    bool calls_shell = false;
    for (std::size_t at = script.find("tools."); at != std::string_view::npos; at = script.find("tools.", at)) {
        at += 6;
        std::string_view const rest = script.substr(at);
        if (!rest.starts_with("shell_command(") && !rest.starts_with("exec_command(")) continue;
        calls_shell = true;
        std::string_view const call = rest.substr(0, rest.find("tools."));
        std::size_t key = std::string_view::npos;
        std::size_t length = 0;
        for (std::string_view const name : {"command", "cmd"}) {
            // Behind the tool's own name, which has "command" in it.
            auto const found = call.find(name, call.find('('));
            if (found < key) {
                key = found;
                length = name.size();
            }
        }
        if (key == std::string_view::npos) continue;
        auto const value = call.find_first_not_of("\"': \t\n", key + length);
        // Back to the opening quote, which the search has passed.
        auto const quote = value == std::string_view::npos ? value : call.find_last_of(":", value);
        auto const begin = quote == std::string_view::npos ? quote : call.find_first_of("\"'`", quote);
        if (begin == std::string_view::npos) continue;
        if (auto const command = literal_at(call, begin)) {
            if (!all.empty()) all += '\n';
            all += *command;
        }
    }
    return calls_shell ? all : std::string();
}

CodexCall codex_call(std::string_view name, std::string_view arguments, bool is_custom)
{
    CodexCall call;
    call.name = name;
    call.is_hidden = is_one_of(hidden, name);
    if (is_custom && name == "exec") {
        std::string const commands = commands_of_script(arguments);
        if (commands.empty()) {
            call.input = json::value(arguments);
        } else {
            call.name = "Bash";
            call.input = json::object{{"command", commands}};
        }
        return call;
    }
    auto parsed = is_custom ? std::optional<json::object>() : parse_record(arguments);
    if (name == "apply_patch") {
        call.name = "Edit";
        std::string const patch(parsed ? text_at(*parsed, "input") : arguments);
        call.input = edit_input(patch);
    } else if (!parsed) {
        call.input = json::value(arguments);
    } else if (is_one_of(shells, name)) {
        call.name = "Bash";
        call.input = bash_input(std::move(*parsed));
    } else if (name == "update_plan") {
        call.name = "TodoWrite";
        call.input = todo_input(*parsed);
    } else if (name == "spawn_agent") {
        call.name = "Task";
        call.input = task_input(std::move(*parsed));
    } else {
        call.input = std::move(*parsed);
    }
    return call;
}

CodexOutput codex_output(JsonElement value)
{
    CodexOutput output;
    dom::array items;
    if (value.is_string()) {
        output.text = cut(as_string(value), max_output);
    } else if (value.get_array().get(items) == simdjson::SUCCESS) {
        for (JsonElement const item : items) {
            if (std::string_view const url = text_of(item, "image_url"); !url.empty()) {
                if (url.size() <= max_picture)
                    if (auto image = image_of("", url)) output.images.push_back(std::move(*image));
                continue;
            }
            if (!output.text.empty() && !output.text.ends_with('\n')) output.text += '\n';
            output.text += text_of(item, "text");
        }
        output.text = std::string(cut(output.text, max_output));
    } else if (value.is_object()) {
        output.text = cut(text_of(value, "content"), max_output);
        if (auto const success = child_of(value, "success")) output.is_error = !flag_of(value, "success");
    }
    take_envelope(output);
    take_header(output);
    return output;
}

} // namespace pix::workbench

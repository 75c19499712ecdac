#include "workbench/session_readers/claude_decoder.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "workbench/session_readers/claude_content.h"
#include "workbench/session_readers/claude_text.h"
#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;
namespace dom = simdjson::dom;

namespace {

constexpr std::size_t excerpt_bytes = 500;
constexpr std::size_t max_title = 500;
constexpr std::size_t max_open_summaries = 32;
constexpr std::size_t max_folders = 16;
constexpr std::size_t max_structured_text = 256 << 10;
constexpr std::size_t max_raw_text = 16 << 10;

void append(json::array& to, json::array& from)
{
    for (json::value& value : from) to.push_back(std::move(value));
    from.clear();
}

} // namespace

struct ClaudeDecoder::Line {
    const JsonlLine& place;
    std::vector<Message>& out;
    std::string uuid;
    core::Millis at = 0;
    std::string model;
};

ClaudeDecoder::ClaudeDecoder(Place place, SessionFacts& facts, json::object& memory, std::uint64_t offset,
                             const Detail& detail)
    : place_(std::move(place)), facts_(facts), memory_(memory), detail_(detail)
{
    const auto* const kept = object_at(memory, "claude");
    if (kept == nullptr) return;
    custom_title_ = text_at(*kept, "custom");
    ai_title_ = text_at(*kept, "ai");
    summary_ = text_at(*kept, "summary");
    last_prompt_ = text_at(*kept, "prompt");
    last_folder_ = text_at(*kept, "folder");
    last_uuid_ = text_at(*kept, "last");
    has_own_folder_ = is_true(*kept, "own");
    has_first_line_ = is_true(*kept, "first");
    has_copies_ = is_true(*kept, "copies");
    if (const auto* const open = object_at(*kept, "summaries"))
        for (const auto& [leaf, text] : *open) open_summaries_[leaf] = as_text(text);
    if (const auto* const folders = object_at(*kept, "folders"))
        for (const auto& [path, count] : *folders) folders_[path] = integer_at(*folders, path);
    if (integer_at(*kept, "at") != static_cast<std::int64_t>(offset)) return;
    answer_id_ = text_at(*kept, "answer");
    answer_use_ = {tokens_at(*kept, "in"),   tokens_at(*kept, "out"),   0,
                   tokens_at(*kept, "read"), tokens_at(*kept, "write"), {}};
    if (is_true(*kept, "untold")) untold_use_ = answer_use_;
}

void ClaudeDecoder::finish(std::uint64_t offset, bool is_end)
{
    json::object kept{{"at", offset},
                      {"custom", custom_title_},
                      {"ai", ai_title_},
                      {"summary", summary_},
                      {"prompt", last_prompt_},
                      {"folder", last_folder_},
                      {"own", has_own_folder_},
                      {"last", last_uuid_},
                      {"first", has_first_line_},
                      {"copies", has_copies_},
                      {"answer", answer_id_},
                      {"in", answer_use_.input},
                      {"out", answer_use_.output},
                      {"read", answer_use_.cache_read},
                      {"write", answer_use_.cache_creation},
                      {"untold", untold_use_.has_value()}};
    kept["summaries"] = json::value_from(open_summaries_);
    kept["folders"] = json::value_from(folders_);
    memory_["claude"] = std::move(kept);

    for (const std::string* const title : {&custom_title_, &ai_title_, &summary_}) {
        facts_.given_title = *title;
        if (!title->empty()) break;
    }
    if (facts_.given_title.empty() && place_.recorded_prompt) facts_.given_title = place_.recorded_prompt();
    if (facts_.given_title.empty()) facts_.given_title = last_prompt_;
    if (has_own_folder_ || !is_end) return;
    // Not a folder of this conversation's own: that of the others beside it, else the one it was mostly in.
    facts_.cwd = place_.folder_path ? place_.folder_path() : std::string();
    if (!facts_.cwd.empty() || folders_.empty()) return;
    auto const most = std::ranges::max_element(folders_, {}, [](const auto& folder) { return folder.second; });
    auto const last = folders_.find(last_folder_);
    facts_.cwd = last != folders_.end() && last->second * 4 >= most->second ? last->first : most->first;
}

bool ClaudeDecoder::concerns(std::string_view line) const
{
    constexpr std::string_view lead = R"({"type":")";
    if (!line.starts_with(lead)) return line.size() > 2;
    line.remove_prefix(lead.size());
    return !is_claude_bookkeeping(line.substr(0, line.find('"')));
}

void ClaudeDecoder::take_folder(std::string_view cwd)
{
    if (cwd.empty() || has_own_folder_) return;
    if (place_.folder_name.empty() || (cwd != last_folder_ && claude_folder_name(cwd) == place_.folder_name)) {
        facts_.cwd = cwd;
        has_own_folder_ = true;
        return;
    }
    if (cwd != last_folder_) last_folder_ = cwd;
    if (folders_.contains(cwd) || folders_.size() < max_folders) ++folders_[last_folder_];
}

void ClaudeDecoder::resolve_summaries(std::string_view uuid)
{
    if (open_summaries_.empty()) return;
    auto const found = open_summaries_.find(uuid);
    if (found == open_summaries_.end()) return;
    summary_ = found->second;
    open_summaries_.erase(found);
}

void ClaudeDecoder::decode_titles(JsonElement record, std::string_view type)
{
    if (type == "custom-title") custom_title_ = cut(text_of(record, "customTitle"), max_title);
    if (type == "ai-title") ai_title_ = cut(text_of(record, "aiTitle"), max_title);
    if (type != "summary") return;
    std::string const leaf(text_of(record, "leafUuid"));
    std::string const text(cut(text_of(record, "summary"), max_title));
    if (leaf.empty() || leaf.size() > 100 || text.empty()) return;
    if (leaf == last_uuid_) {
        summary_ = text;
    } else if (open_summaries_.size() < max_open_summaries) {
        open_summaries_[leaf] = text;
    }
}

void ClaudeDecoder::decode(JsonElement record, const JsonlLine& place, std::vector<Message>& out)
{
    is_clean_ = false;
    line_id_.clear();
    std::string_view const type = text_of(record, "type");
    if (type.empty() || is_claude_bookkeeping(type) || type == "last-prompt") return;
    bool const is_message = type == "user" || type == "assistant";
    std::string_view const uuid = text_of(record, "uuid");
    if (is_message && !has_first_line_ && type == "user" && !flag_of(record, "isSidechain") && !uuid.empty()) {
        // Even a copied line: it tells whose copy this is.
        facts_.group = cut(uuid, 100);
        has_first_line_ = true;
    }
    std::string_view const session = text_of(record, "sessionId");
    if (!place_.id.empty() && !session.empty() && session != place_.id) return;
    if (type == "summary" || type == "ai-title" || type == "custom-title") return decode_titles(record, type);
    if (!place_.folder_name.empty() && flag_of(record, "isSidechain")) return;

    Line line{.place = place, .out = out, .uuid = std::string(cut(uuid, 100))};
    if (line.uuid.empty()) line.uuid = "line_" + std::to_string(place.offset);
    line.at = time_of(record, "timestamp");
    if (!is_message && type != "system") return decode_unknown(record, line, type);
    take_facts(record, line);
    if (type == "system") return decode_system(record, line);
    line_id_ = uuid;
    if (!uuid.empty()) resolve_summaries(uuid);
    auto const message = child_of(record, "message");
    if (!message) return;
    if (type == "assistant") {
        // A fork's copied answers name the session that asked for them. With one of its own it has gone its own way.
        std::string_view const asked = text_of(record, "requestSessionId");
        bool const is_copy = !asked.empty() && !place_.id.empty() && asked != place_.id;
        if (has_copies_ && !is_copy) facts_.group.clear();
        has_copies_ = has_copies_ || is_copy;
        take_use(record, *message);
        line.model = text_of(*message, "model");
    }
    decode_message(record, line);
}

void ClaudeDecoder::take_facts(JsonElement record, const Line& line)
{
    if (line.at != 0) {
        if (facts_.started_at == 0) facts_.started_at = line.at;
        facts_.last_activity = std::max(facts_.last_activity, line.at);
    }
    take_folder(text_of(record, "cwd"));
    if (std::string_view const branch = text_of(record, "gitBranch"); !branch.empty() && branch != facts_.git_branch)
        facts_.git_branch = cut(branch, 200);
    last_uuid_ = line.uuid;
}

void ClaudeDecoder::take_use(JsonElement record, JsonElement message)
{
    std::string_view const model = text_of(message, "model");
    std::string_view const id = text_of(message, "id");
    bool const is_new = id.empty() || id != answer_id_;
    is_clean_ = is_new;
    if (is_new) {
        answer_id_ = cut(id, 200);
        answer_use_ = {};
        untold_use_.reset();
    }
    if (model == "<synthetic>") return;
    if (!model.empty() && model != facts_.model) facts_.model = cut(model, 200);
    // The name says so where the window is not the usual one.
    if (model.ends_with("[1m]")) facts_.context_window = 1'000'000;
    auto const usage = child_of(message, "usage");
    if (!usage || !usage->is_object()) return;
    TokenUse const use{.input = tokens_of(*usage, "input_tokens"),
                       .output = tokens_of(*usage, "output_tokens"),
                       .reasoning = 0,
                       .cache_read = tokens_of(*usage, "cache_read_input_tokens"),
                       .cache_creation = tokens_of(*usage, "cache_creation_input_tokens"),
                       .cost = {}};
    facts_.latest = use;
    // Once for each answer; where a later line knows of more tokens, the rest.
    TokenUse more{.input = std::max<std::int64_t>(0, use.input - answer_use_.input),
                  .output = std::max<std::int64_t>(0, use.output - answer_use_.output),
                  .reasoning = 0,
                  .cache_read = std::max<std::int64_t>(0, use.cache_read - answer_use_.cache_read),
                  .cache_creation = std::max<std::int64_t>(0, use.cache_creation - answer_use_.cache_creation),
                  .cost = {}};
    if (auto const cost = child_of(record, "costUSD"); is_new && cost) {
        double dollars = 0;
        if (cost->get_double().get(dollars) == simdjson::SUCCESS && dollars >= 0 && dollars < 1e6) {
            more.cost = dollars;
            facts_.total.cost = facts_.total.cost.value_or(0) + dollars;
        }
    }
    if (more.input + more.output + more.cache_read + more.cache_creation == 0) return;
    answer_use_ = use;
    facts_.total.input += more.input;
    facts_.total.output += more.output;
    facts_.total.cache_read += more.cache_read;
    facts_.total.cache_creation += more.cache_creation;
    if (untold_use_) {
        more.input += untold_use_->input;
        more.output += untold_use_->output;
        more.cache_read += untold_use_->cache_read;
        more.cache_creation += untold_use_->cache_creation;
    }
    untold_use_ = more;
}

void ClaudeDecoder::add(Line& line, Message message)
{
    if (message.at == 0) message.at = line.at;
    if (!line.model.empty()) {
        message.model = line.model;
        if (untold_use_ && message.counted()) message.use = std::exchange(untold_use_, std::nullopt);
    }
    line.out.push_back(std::move(message));
}

void ClaudeDecoder::decode_message(JsonElement record, Line& line)
{
    auto const message = child_of(record, "message");
    auto const content = message ? child_of(*message, "content") : std::nullopt;
    if (!content) return;
    bool const is_user = text_of(record, "type") == "user";
    dom::array blocks;
    if (content->get_array().get(blocks) != simdjson::SUCCESS) {
        std::string_view const text = as_string(*content);
        if (is_user) {
            is_clean_ = true;
            user_text(record, line, text, line.uuid);
        } else if (!core::trim(text).empty()) {
            add(line, message_of(line.uuid, line.at, MessageKind::text, "assistant", text));
        }
        return;
    }
    if (is_user) return user_blocks(record, line, blocks);
    bool const is_single = blocks.size() == 1;
    std::size_t number = 0;
    for (JsonElement const block : blocks)
        assistant_block(record, line, block, is_single ? line.uuid : line.uuid + "_" + std::to_string(number++));
}

void ClaudeDecoder::user_blocks(JsonElement record, Line& line, dom::array blocks)
{
    bool const is_single = blocks.size() == 1;
    std::size_t const first = line.out.size();
    std::string picture_id;
    json::array images;
    json::array files;
    std::size_t number = 0;
    for (JsonElement const block : blocks) {
        std::string const id = is_single ? line.uuid : line.uuid + "_" + std::to_string(number++);
        std::string_view const type = text_of(block, "type");
        if (type == "text") {
            is_clean_ = true;
            user_text(record, line, text_of(block, "text"), id);
        } else if (type == "tool_result") {
            tool_result(record, line, block);
        } else if (type == "image" || type == "document") {
            if (flag_of(record, "isMeta")) continue;
            if (picture_id.empty()) picture_id = id;
            if (!detail_.all) continue;
            if (type == "document")
                files.push_back(claude_document(block));
            else if (auto image = claude_picture(block))
                images.push_back(std::move(*image));
        } else if (!flag_of(record, "isMeta")) {
            raw_block(block, line, id);
        }
    }
    if (picture_id.empty()) return;
    auto text = std::find_if(line.out.begin() + static_cast<std::ptrdiff_t>(first), line.out.end(),
                             [](const Message& message) { return message.kind == MessageKind::text; });
    if (text == line.out.end()) {
        add(line, message_of(picture_id, line.at, MessageKind::text, "user", ""));
        text = line.out.end() - 1;
    }
    const std::array<std::pair<const char*, json::array*>, 2> kinds = {{{"images", &images}, {"files", &files}}};
    for (const auto& [key, list] : kinds) {
        if (list->empty()) continue;
        json::value& had = text->more[key];
        if (!had.is_array()) had = json::array();
        append(had.get_array(), *list);
    }
}

void ClaudeDecoder::user_text(JsonElement record, Line& line, std::string_view text, std::string id)
{
    if (core::trim(text).empty()) return;
    ClaudeText const kind = flag_of(record, "isCompactSummary") ? ClaudeText::summary : kind_of_claude_text(text);
    if (flag_of(record, "isMeta") && kind != ClaudeText::summary) return;
    Message message = message_of(std::move(id), line.at, MessageKind::text, "user", "");
    switch (kind) {
    case ClaudeText::injected: return;
    case ClaudeText::prompt: {
        Prompt prompt = prompt_of(text);
        message.content = std::move(prompt.text);
        if (!prompt.images.empty()) message.more["images"] = std::move(prompt.images);
        if (!prompt.files.empty()) message.more["files"] = std::move(prompt.files);
        if (is_claude_title_text(message.content)) {
            if (facts_.first_user_text.empty())
                facts_.first_user_text = cut(core::trim(message.content), excerpt_bytes);
            last_prompt_ = title_of_text(message.content);
        }
        break;
    }
    case ClaudeText::command: {
        std::string_view const name = inside_tag(text, "command-name");
        std::string_view const arguments = inside_tag(text, "command-args");
        message.content = std::string(name) + (arguments.empty() ? "" : " " + std::string(arguments));
        message.more = {{"isLocalCommand", true}, {"commandName", name}, {"commandArgs", arguments}};
        break;
    }
    case ClaudeText::command_output: {
        std::string_view output = inside_tag(text, "local-command-stdout");
        if (output.empty()) output = inside_tag(text, "local-command-stderr");
        message.content = without_colours(output);
        if (core::trim(message.content).empty()) return;
        message.role = "assistant";
        message.more["isLocalCommandStdout"] = true;
        break;
    }
    case ClaudeText::summary:
        message.role = "assistant";
        message.content = text;
        message.more["isCompactSummary"] = true;
        break;
    case ClaudeText::notification:
        message.kind = MessageKind::status;
        message.role.clear();
        message.content = inside_tag(text, "summary");
        message.more = {
            {"text", "task_notification"}, {"summary", message.content}, {"status", inside_tag(text, "status")}};
        break;
    }
    add(line, std::move(message));
}

void ClaudeDecoder::assistant_block(JsonElement record, Line& line, JsonElement block, std::string id)
{
    std::string_view const type = text_of(block, "type");
    if (type == "text") {
        std::string_view const text = text_of(block, "text");
        if (core::trim(text).empty()) return;
        Message message = message_of(std::move(id), line.at, MessageKind::text, "assistant", text);
        if (line.model == "<synthetic>") {
            if (text == "No response requested.") return;
            message.kind = MessageKind::error;
            message.role.clear();
            if (std::string_view const code = text_of(record, "error"); !code.empty()) message.more["code"] = code;
        } else {
            facts_.last_text = cut(core::trim(text), excerpt_bytes);
        }
        add(line, std::move(message));
    } else if (type == "thinking") {
        std::string_view const text = text_of(block, "thinking");
        if (core::trim(text).empty()) return;
        add(line, message_of(std::move(id), line.at, MessageKind::thinking, "", detail_.thinking ? text : ""));
    } else if (type == "tool_use" || type == "server_tool_use" || type == "mcp_tool_use") {
        Message message = message_of(std::move(id), line.at, MessageKind::tool_use, "", "");
        message.more["toolId"] = text_of(block, "id");
        if (detail_.tools) {
            message.more["toolName"] = text_of(block, "name");
            auto const input = child_of(block, "input");
            message.more["toolInput"] =
                input ? to_json_value(*input, max_structured_text) : json::value(json::object());
        }
        add(line, std::move(message));
    } else if (type.ends_with("tool_result")) {
        tool_result(record, line, block);
    } else if (type != "redacted_thinking") {
        raw_block(block, line, std::move(id));
    }
}

void ClaudeDecoder::tool_result(JsonElement record, Line& line, JsonElement block)
{
    std::string_view const tool_id = text_of(block, "tool_use_id");
    Message message =
        message_of(line.uuid + "_tr_" + std::string(cut(tool_id, 200)), line.at, MessageKind::tool_result, "", "");
    message.more["toolId"] = tool_id;
    if (detail_.tools) {
        json::array images;
        if (auto const content = child_of(block, "content")) message.content = claude_result_text(*content, images);
        message.more["isError"] = flag_of(block, "is_error");
        if (!images.empty()) message.more["images"] = std::move(images);
        if (auto const structured = child_of(record, "toolUseResult"); structured && !structured->is_null()) {
            json::value copy = to_json_value(*structured, max_structured_text);
            // The whole file as it was before an edit; the change itself is beside it.
            if (copy.is_object()) copy.get_object().erase("originalFile");
            message.more["toolUseResult"] = std::move(copy);
        }
    }
    add(line, std::move(message));
}

void ClaudeDecoder::raw_block(JsonElement block, Line& line, std::string id)
{
    ++facts_.unknown_records;
    Message message = message_of(std::move(id), line.at, MessageKind::raw, "", "");
    message.more["record"] = detail_.all ? to_json_value(block, max_raw_text) : json::value();
    add(line, std::move(message));
}

void ClaudeDecoder::decode_system(JsonElement record, Line& line)
{
    std::string_view const subtype = text_of(record, "subtype");
    std::string_view const content = text_of(record, "content");
    if (subtype == "local_command") {
        is_clean_ = true;
        return user_text(record, line, content, line.uuid);
    }
    Message message = message_of(line.uuid, line.at, MessageKind::status, "", without_colours(content));
    if (subtype == "compact_boundary") {
        message.more["text"] = "compact_boundary";
        if (auto const about = child_of(record, "compactMetadata"))
            if (auto const tokens = tokens_of(*about, "preTokens"); tokens > 0) message.more["tokens"] = tokens;
    } else if (subtype == "api_error") {
        message.more["text"] = "retrying";
        if (auto const error = child_of(record, "error"); error && message.content.empty()) {
            message.content = text_of(*error, "message");
            auto const status = integer_of(*error, "status");
            if (message.content.empty() && status != 0) message.content = "HTTP status " + std::to_string(status);
        }
    } else if (subtype == "informational" && !content.empty() && !flag_of(record, "isMeta")) {
        message.more["text"] = "informational";
    } else {
        return;
    }
    message.more["summary"] = message.content;
    add(line, std::move(message));
}

void ClaudeDecoder::decode_unknown(JsonElement record, Line& line, std::string_view type)
{
    static_cast<void>(type);
    bool const looks_like_content = object_of(record, "message") || !text_of(record, "content").empty() ||
                                    array_of(record, "content") || !text_of(record, "text").empty();
    if (looks_like_content && !flag_of(record, "isMeta")) return raw_block(record, line, line.uuid);
    ++facts_.unknown_records;
}

void ClaudeDecoder::complete(Message& call)
{
    if (!place_.subagent_tools) return;
    const auto* const result = object_at(call.more, "toolResult");
    const auto* const structured = result == nullptr ? nullptr : object_at(*result, "toolUseResult");
    if (structured == nullptr) return;
    std::string_view const agent = text_at(*structured, "agentId");
    if (agent.empty()) return;
    if (json::array tools = place_.subagent_tools(agent); !tools.empty()) call.more["subagentTools"] = std::move(tools);
}

} // namespace pix::workbench

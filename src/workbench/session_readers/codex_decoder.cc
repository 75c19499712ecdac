#include "workbench/session_readers/codex_decoder.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "workbench/session_readers/codex_content.h"
#include "workbench/session_readers/codex_tool.h"
#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;
namespace dom = simdjson::dom;

namespace {

constexpr std::size_t excerpt_bytes = 500;
constexpr std::size_t max_raw_text = 16 << 10;
constexpr std::size_t max_waiting = 16;
constexpr std::size_t max_remembered = 200;

template <class Names>
bool is_one_of(const Names& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

/// Lines that carry no message and no fact.
constexpr std::array<std::string_view, 4> silent_lines = {"world_state", "token_usage_record",
                                                          "thread_settings_applied", "ghost_snapshot"};
constexpr std::array<std::string_view, 7> silent_items = {
    "CommandExecution", "FileChange", "McpToolCall", "WebSearch", "Reasoning", "ContextCompaction", "ImageView"};
constexpr std::array<std::string_view, 5> silent_responses = {"ghost_snapshot", "compaction", "compaction_summary",
                                                              "compaction_trigger", "other"};
void forget_beyond_limit(auto& names)
{
    if (names.size() > max_remembered) names.erase(names.begin());
}

json::object json_of(const Message& message)
{
    return {{"id", message.id}, {"at", message.at}, {"content", message.content}, {"more", message.more}};
}

} // namespace

CodexDecoder::CodexDecoder(Place place, SessionFacts& facts, json::object& memory, std::uint64_t offset,
                           const Detail& detail)
    : place_(std::move(place)), facts_(facts), memory_(memory), detail_(detail)
{
    const auto* const kept = object_at(memory, "codex");
    if (kept == nullptr) return;
    has_meta_ = is_true(*kept, "meta");
    if (const auto* const sources = array_at(*kept, "sources"))
        for (const json::value& change : *sources) {
            const auto* const fields = change.if_object();
            if (fields == nullptr || integer_at(*fields, "at") >= static_cast<std::int64_t>(offset)) break;
            source_ = static_cast<Source>(std::clamp<std::int64_t>(integer_at(*fields, "source"), 0, 3));
        }
    if (integer_at(*kept, "at") != static_cast<std::int64_t>(offset)) return;
    if (const auto* const waiting = array_at(*kept, "waiting"))
        for (const json::value& value : *waiting)
            if (const auto* const fields = value.if_object()) {
                Message message = message_of(std::string(text_at(*fields, "id")), integer_at(*fields, "at"),
                                             MessageKind::text, "user", text_at(*fields, "content"));
                if (const auto* const more = object_at(*fields, "more")) message.more = *more;
                waiting_.push_back(std::move(message));
            }
    if (const auto* const pictures = array_at(*kept, "pictures")) pictures_ = *pictures;
    has_error_ = is_true(*kept, "error");
    last_user_text_ = text_at(*kept, "user");
    last_user_source_ = static_cast<Source>(std::clamp<std::int64_t>(integer_at(*kept, "user_source"), 0, 3));
    auto const load = [kept](const char* name, auto insert) {
        if (const auto* const fields = object_at(*kept, name))
            for (const auto& [key, value] : *fields) insert(std::string(key), value);
    };
    load("answers", [this](std::string key, const json::value&) { answers_.insert(std::move(key)); });
    load("texts",
         [this](std::string key, const json::value& value) { texts_[key] = value.is_bool() && value.get_bool(); });
    load("cells", [this](std::string key, const json::value& value) { cells_[key] = as_text(value); });
    load("waiters", [this](std::string key, const json::value& value) { waiters_[key] = as_text(value); });
}

void CodexDecoder::finish(std::uint64_t offset, bool is_end)
{
    static_cast<void>(is_end);
    json::array sources;
    if (const auto* const kept = object_at(memory_, "codex"))
        if (const auto* const had = array_at(*kept, "sources")) sources = *had;
    json::array waiting;
    for (const Message& message : waiting_) waiting.push_back(json_of(message));
    json::object answers;
    for (const std::string& id : answers_) answers[id] = true;
    json::object texts;
    for (const auto& [text, is_item] : texts_) texts[text] = is_item;
    json::object cells;
    for (const auto& [cell, id] : cells_) cells[cell] = id;
    json::object waiters;
    for (const auto& [id, for_call] : waiters_) waiters[id] = for_call;
    memory_["codex"] = json::object{{"at", offset},
                                    {"meta", has_meta_},
                                    {"error", has_error_},
                                    {"sources", std::move(sources)},
                                    {"waiting", std::move(waiting)},
                                    {"pictures", pictures_},
                                    {"user", last_user_text_},
                                    {"user_source", static_cast<std::int64_t>(last_user_source_)},
                                    {"answers", std::move(answers)},
                                    {"texts", std::move(texts)},
                                    {"cells", std::move(cells)},
                                    {"waiters", std::move(waiters)}};
    if (place_.thread_name)
        if (std::string name = place_.thread_name(); !name.empty()) facts_.given_title = std::move(name);
    if (place_.is_archived) facts_.is_hidden = true;
}

bool CodexDecoder::concerns(std::string_view line) const
{
    // The type stands near the beginning, mostly.
    constexpr std::string_view lead = R"("type":")";
    std::string_view const head = line.substr(0, 120);
    auto const at = head.find(lead);
    if (at == std::string_view::npos || head.find("\"payload\"") < at) return line.size() > 2;
    std::string_view const type = line.substr(at + lead.size());
    return !is_one_of(silent_lines, type.substr(0, type.find('"')));
}

void CodexDecoder::decode(JsonElement record, const JsonlLine& place, std::vector<Message>& out)
{
    is_clean_ = false;
    use_behind_.reset();
    std::string_view const type = text_of(record, "type");
    Line line{.offset = place.offset, .at = time_of(record, "timestamp"), .out = out};
    auto const payload = child_of(record, "payload");
    if (!payload || !payload->is_object()) {
        if (!type.empty()) ++facts_.unknown_records;
        return;
    }
    if (line.at != 0) {
        if (facts_.started_at == 0) facts_.started_at = line.at;
        facts_.last_activity = std::max(facts_.last_activity, line.at);
    }
    if (type == "session_meta") return decode_meta(*payload);
    if (type == "response_item") return decode_response(*payload, line);
    if (type == "event_msg") return decode_event(*payload, line);
    if (type == "compacted") return status("compact_boundary", "", *payload, line);
    if (type == "turn_context") {
        if (std::string_view const model = text_of(*payload, "model"); !model.empty()) facts_.model = cut(model, 200);
        if (facts_.cwd.empty()) facts_.cwd = text_of(*payload, "cwd");
        return;
    }
    if (is_one_of(silent_lines, type)) return;
    bool const looks_like_content = !text_of(*payload, "text").empty() || !text_of(*payload, "message").empty() ||
                                    child_of(*payload, "content").has_value();
    if (looks_like_content) return raw(record, line);
    ++facts_.unknown_records;
}

std::string CodexDecoder::id_of(JsonElement payload, const Line& line, std::string_view kind) const
{
    if (std::string_view const id = text_of(payload, "id"); !id.empty() && id.size() <= 200) return std::string(id);
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (std::string_view const part : {std::string_view(place_.id), kind})
        for (char const c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return "codex_" + std::to_string(line.offset) + "_" + std::to_string(hash % 1'000'000'007);
}

void CodexDecoder::decode_meta(JsonElement payload)
{
    // A copied history brings the other conversation's along.
    if (std::exchange(has_meta_, true)) return;
    facts_.cwd = text_of(payload, "cwd");
    if (facts_.cwd.starts_with(R"(\\?\)")) facts_.cwd.erase(0, 4);
    if (auto const git = child_of(payload, "git")) facts_.git_branch = cut(text_of(*git, "branch"), 200);
    bool is_agent = text_of(payload, "thread_source") == "subagent";
    if (auto const source = child_of(payload, "source"); source && source->is_object())
        is_agent = is_agent || child_of(*source, "subagent").has_value();
    facts_.is_hidden = facts_.is_hidden || is_agent;
}

void CodexDecoder::begin_clean(Line&)
{
    if (!waiting_.empty() || !waiters_.empty() || !cells_.empty()) return;
    is_clean_ = true;
    pictures_.clear();
    answers_.clear();
    texts_.clear();
    last_user_text_.clear();
    last_user_source_ = Source::unknown;
}

void CodexDecoder::give(Message message, Line& line)
{
    if (message.at == 0) message.at = line.at;
    message.model = facts_.model;
    line.out.push_back(std::move(message));
}

void CodexDecoder::switch_to(Source source, std::uint64_t offset)
{
    if (source_ == source) return;
    source_ = source;
    json::value& kept = memory_["codex"];
    if (!kept.is_object()) kept = json::object();
    json::value& sources = kept.get_object()["sources"];
    if (!sources.is_array()) sources = json::array();
    if (sources.get_array().size() < max_remembered)
        sources.get_array().push_back(json::object{{"at", offset}, {"source", static_cast<std::int64_t>(source)}});
}

/// The agent begins to answer: no better source of the waiting texts has come.
void CodexDecoder::tell_waiting(Line& line)
{
    last_user_text_.clear();
    last_user_source_ = Source::unknown;
    pictures_.clear();
    if (waiting_.empty()) return;
    if (source_ == Source::unknown) switch_to(Source::response_items, line.offset);
    for (Message& message : std::exchange(waiting_, {})) give(std::move(message), line);
}

void CodexDecoder::user_message(Source source, Message message, Line& line)
{
    Prompt prompt = prompt_of(message.content);
    message.content = std::move(prompt.text);
    for (const auto& [key, list] : {std::pair{"images", &prompt.images}, std::pair{"files", &prompt.files}}) {
        if (list->empty()) continue;
        json::value& had = message.more[key];
        if (!had.is_array()) had = json::array();
        for (json::value& value : *list) had.get_array().push_back(std::move(value));
    }
    if (core::trim(message.content).empty() && message.more.empty()) return;
    if (facts_.first_user_text.empty()) facts_.first_user_text = cut(core::trim(message.content), excerpt_bytes);
    auto* const images = message.more.contains("images") ? message.more["images"].if_array() : nullptr;
    if (source == Source::response_items && source_ != Source::response_items) {
        if (images != nullptr && detail_.all) pictures_ = *images;
        if (source_ == Source::unknown && waiting_.size() < max_waiting) waiting_.push_back(std::move(message));
        return;
    }
    waiting_.clear();
    // Of a picture that lies elsewhere, the better source has the path alone.
    if (images != nullptr && images->size() == pictures_.size()) *images = std::move(pictures_);
    pictures_.clear();
    if (source > source_) switch_to(source, line.offset);
    std::string const text(core::trim(message.content));
    // Told twice in one turn, by two sources.
    if (last_user_source_ != Source::unknown && last_user_source_ != source && text == last_user_text_) return;
    last_user_text_ = cut(text, max_raw_text);
    last_user_source_ = source;
    give(std::move(message), line);
}

void CodexDecoder::role_message(JsonElement payload, Line& line)
{
    std::string_view const role = text_of(payload, "role");
    std::string text;
    json::array images;
    auto const content = child_of(payload, "content");
    dom::array items;
    if (content && content->get_array().get(items) == simdjson::SUCCESS)
        take_codex_content(items, text, images);
    else if (content)
        text = as_string(*content);
    if (role == "assistant") return assistant_text(false, id_of(payload, line, "answer"), text, line);
    if (role != "user" || is_codex_injected(payload, text)) return;
    Message message = message_of(id_of(payload, line, "prompt"), line.at, MessageKind::text, "user", text);
    if (!images.empty()) message.more["images"] = std::move(images);
    user_message(Source::response_items, std::move(message), line);
}

void CodexDecoder::assistant_text(bool is_item, std::string id, std::string_view text, Line& line)
{
    if (core::trim(text).empty()) return;
    tell_waiting(line);
    if (!answers_.insert(id).second) return;
    forget_beyond_limit(answers_);
    // The same text under another id is the other record of one answer.
    std::string const key(cut(text, excerpt_bytes));
    if (auto const known = texts_.find(key); known != texts_.end() && known->second != is_item) {
        texts_.erase(known);
        return;
    }
    texts_[key] = is_item;
    forget_beyond_limit(texts_);
    facts_.last_text = cut(core::trim(text), excerpt_bytes);
    give(message_of(std::move(id), line.at, MessageKind::text, "assistant", text), line);
}

void CodexDecoder::decode_response(JsonElement payload, Line& line)
{
    std::string_view const type = text_of(payload, "type");
    if (type == "message") return role_message(payload, line);
    if (type == "reasoning") {
        std::string text;
        json::array none;
        tell_waiting(line);
        if (auto const summary = array_of(payload, "summary")) take_codex_content(*summary, text, none);
        if (core::trim(text).empty()) return;
        return give(message_of(id_of(payload, line, "reasoning"), line.at, MessageKind::thinking, "", text), line);
    }
    if (type == "function_call")
        return call(text_of(payload, "name"), text_of(payload, "arguments"), false, payload, line);
    if (type == "custom_tool_call")
        return call(text_of(payload, "name"), text_of(payload, "input"), true, payload, line);
    if (type == "local_shell_call" || type == "web_search_call") {
        auto const action = child_of(payload, "action");
        std::string const arguments = action ? simdjson::minify(*action) : std::string("{}");
        return call(type == "web_search_call" ? "WebSearch" : "shell", arguments, false, payload, line);
    }
    if (type.ends_with("call_output")) return output(payload, line);
    if (is_one_of(silent_responses, type)) return;
    raw(payload, line);
}

void CodexDecoder::call(std::string_view name, std::string_view arguments, bool is_custom, JsonElement payload,
                        Line& line)
{
    tell_waiting(line);
    begin_clean(line);
    std::string_view const call_id = text_of(payload, "call_id");
    bool const needs_input = detail_.tools || name == "wait";
    CodexCall told = codex_call(name, needs_input ? arguments : std::string_view("{}"), is_custom);
    if (told.is_hidden) {
        std::string for_call;
        if (const auto* const fields = told.input.if_object()) {
            const auto* const cell = value_at(*fields, "cell_id");
            if (auto const known = cells_.find(cell == nullptr ? std::string() : as_text(*cell)); known != cells_.end())
                for_call = known->second;
        }
        is_clean_ = false;
        waiters_[std::string(call_id)] = std::move(for_call);
        forget_beyond_limit(waiters_);
        return;
    }
    Message message = message_of(id_of(payload, line, "call"), line.at, MessageKind::tool_use, "", "");
    message.more["toolId"] = call_id.empty() ? std::string_view(message.id) : call_id;
    if (detail_.tools) {
        message.more["toolName"] = told.name;
        message.more["toolInput"] = std::move(told.input);
    }
    give(std::move(message), line);
}

void CodexDecoder::output(JsonElement payload, Line& line)
{
    std::string call_id(text_of(payload, "call_id"));
    std::string const own_id = id_of(payload, line, "output");
    if (!expected_.empty()) {
        call_id = expected_;
    } else if (auto const waiter = waiters_.find(call_id); waiter != waiters_.end()) {
        call_id = waiter->second;
        waiters_.erase(waiter);
        if (call_id.empty()) return;
    }
    auto const value = child_of(payload, "output");
    CodexOutput told = value ? codex_output(*value) : CodexOutput();
    std::erase_if(cells_, [&call_id](const auto& cell) { return cell.second == call_id; });
    if (!told.running_cell.empty()) {
        cells_[told.running_cell] = call_id;
        forget_beyond_limit(cells_);
    }
    Message message = message_of(own_id, line.at, MessageKind::tool_result, "", detail_.tools ? told.text : "");
    message.more = {{"toolId", call_id}, {"isError", told.is_error}};
    if (!told.running_cell.empty()) message.more["isRunning"] = true;
    if (detail_.tools && !told.images.empty()) message.more["images"] = std::move(told.images);
    give(std::move(message), line);
}

void CodexDecoder::decode_tokens(JsonElement payload)
{
    auto const info = child_of(payload, "info");
    if (!info || !info->is_object()) return;
    if (auto const total = child_of(*info, "total_token_usage")) {
        TokenUse const use = codex_use(*total);
        bool const is_new = use.output != facts_.total.output || use.input != facts_.total.input;
        facts_.total = use;
        if (auto const last = child_of(*info, "last_token_usage")) {
            facts_.latest = codex_use(*last);
            if (is_new) use_behind_ = facts_.latest;
        }
    }
    if (auto const window = integer_of(*info, "model_context_window"); window > 0) facts_.context_window = window;
}

void CodexDecoder::decode_event(JsonElement payload, Line& line)
{
    std::string_view const type = text_of(payload, "type");
    if (type == "user_message") {
        std::string_view const kind = text_of(payload, "kind");
        if (!kind.empty() && kind != "plain") return;
        Message message =
            message_of(id_of(payload, line, "prompt"), line.at, MessageKind::text, "user", text_of(payload, "message"));
        json::array images;
        if (auto const urls = array_of(payload, "images"))
            for (JsonElement const url : *urls)
                if (as_string(url).starts_with("data:image/") && as_string(url).size() <= max_codex_picture)
                    images.push_back(json::object{{"data", as_string(url)}});
        if (auto const paths = array_of(payload, "local_images"))
            for (JsonElement const path : *paths) images.push_back(json::object{{"path", as_string(path)}});
        if (!images.empty()) message.more["images"] = std::move(images);
        return user_message(Source::user_messages, std::move(message), line);
    }
    if (type == "item_completed") {
        auto const item = child_of(payload, "item");
        return item ? decode_item(*item, line) : void();
    }
    if (type == "token_count") return decode_tokens(payload);
    if (type == "task_started" || type == "turn_started") {
        begin_clean(line);
        has_error_ = false;
        if (auto const window = integer_of(payload, "model_context_window"); window > 0) facts_.context_window = window;
    } else if (type == "task_complete" || type == "turn_complete") {
        tell_waiting(line);
        if (std::string_view const last = text_of(payload, "last_agent_message"); !last.empty())
            facts_.last_text = cut(core::trim(last), excerpt_bytes);
        auto const failure = child_of(payload, "error");
        if (failure && failure->is_object() && !has_error_)
            error(text_of(*failure, "message"), text_of(*failure, "codex_error_info"), payload, line);
    } else if (type == "turn_aborted") {
        status("interrupted", text_of(payload, "reason"), payload, line);
    } else if (type == "thread_rolled_back") {
        // What was taken back stays to be read; the model no longer knows of it.
        status("rolled_back", std::to_string(std::clamp<std::int64_t>(integer_of(payload, "num_turns"), 0, 1'000'000)),
               payload, line);
    } else if (type == "error") {
        error(text_of(payload, "message"), text_of(payload, "codex_error_info"), payload, line);
    } else if (type == "stream_error") {
        status("retrying", text_of(payload, "message"), payload, line);
    } else if (type == "thread_name_updated") {
        facts_.given_title = cut(text_of(payload, "thread_name"), excerpt_bytes);
    }
    // All other events say again what response items say, or how the program is doing.
}

void CodexDecoder::decode_item(JsonElement item, Line& line)
{
    std::string_view const type = text_of(item, "type");
    if (is_one_of(silent_items, type)) return;
    std::string text;
    json::array images;
    if (auto const content = array_of(item, "content")) take_codex_content(*content, text, images);
    if (type == "UserMessage") {
        Message message = message_of(id_of(item, line, "prompt"), line.at, MessageKind::text, "user", text);
        if (!images.empty()) message.more["images"] = std::move(images);
        return user_message(Source::completed_items, std::move(message), line);
    }
    if (type == "AgentMessage") return assistant_text(true, id_of(item, line, "answer"), text, line);
    if (type == "Plan") return;
    if (text.empty() && text_of(item, "text").empty()) {
        ++facts_.unknown_records;
        return;
    }
    raw(item, line);
}

void CodexDecoder::error(std::string_view text, std::string_view code, JsonElement payload, Line& line)
{
    tell_waiting(line);
    has_error_ = true;
    std::string shown(text);
    // The model's own answer, as JSON.
    if (auto const answer = text.starts_with('{') ? parse_record(text) : std::nullopt)
        if (const auto* const inner = object_at(*answer, "error");
            inner != nullptr && !text_at(*inner, "message").empty())
            shown = text_at(*inner, "message");
    Message message = message_of(id_of(payload, line, "error"), line.at, MessageKind::error, "", shown);
    if (!code.empty()) message.more["code"] = code;
    give(std::move(message), line);
}

void CodexDecoder::status(std::string_view text, std::string_view summary, JsonElement payload, Line& line)
{
    tell_waiting(line);
    Message message = message_of(id_of(payload, line, text), line.at, MessageKind::status, "", summary);
    message.more = {{"text", text}, {"summary", summary}};
    give(std::move(message), line);
}

void CodexDecoder::raw(JsonElement record, Line& line)
{
    ++facts_.unknown_records;
    Message message = message_of(id_of(record, line, "raw"), line.at, MessageKind::raw, "", "");
    message.more["record"] = detail_.all ? to_json_value(record, max_raw_text) : json::value();
    give(std::move(message), line);
}

} // namespace pix::workbench

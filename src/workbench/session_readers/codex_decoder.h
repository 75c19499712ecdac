#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workbench/session_readers/jsonl_reader.h"

namespace pix::workbench {

/// Explains the lines of one of Codex's rollouts, of both generations.
class CodexDecoder final : public JsonlDecoder {
public:
    struct Place {
        std::string id;                           ///< of the conversation
        bool is_archived = false;                 ///< lies among the archived ones
        std::function<std::string()> thread_name; ///< given by the user in the CLI
    };

    CodexDecoder(Place place, SessionFacts& facts, boost::json::object& memory, std::uint64_t offset,
                 const Detail& detail);

    bool concerns(std::string_view line) const override;
    void decode(JsonElement record, const JsonlLine& line, std::vector<Message>& out) override;
    bool is_clean() const override { return is_clean_; }
    std::optional<TokenUse> use_behind() const override { return use_behind_; }
    void expect_result(std::string_view tool_id) override { expected_ = tool_id; }
    void complete(Message&) override {}
    void finish(std::uint64_t offset, bool is_end) override;

private:
    /// Where the user's texts are told. A later one is better: what is told there is told in the earlier ones, too.
    enum class Source : std::uint8_t { unknown, response_items, user_messages, completed_items };

    struct Line {
        std::uint64_t offset = 0;
        core::Millis at = 0;
        std::vector<Message>& out;
    };

    std::string id_of(JsonElement payload, const Line& line, std::string_view kind) const;
    void decode_meta(JsonElement payload);
    void decode_response(JsonElement payload, Line& line);
    void decode_event(JsonElement payload, Line& line);
    void decode_item(JsonElement item, Line& line);
    void decode_tokens(JsonElement payload);
    void user_message(Source source, Message message, Line& line);
    void role_message(JsonElement payload, Line& line);
    void assistant_text(bool is_item, std::string id, std::string_view text, Line& line);
    void call(std::string_view name, std::string_view arguments, bool is_custom, JsonElement payload, Line& line);
    void output(JsonElement payload, Line& line);
    void error(std::string_view text, std::string_view code, JsonElement payload, Line& line);
    void status(std::string_view text, std::string_view summary, JsonElement payload, Line& line);
    void raw(JsonElement record, Line& line);
    void give(Message message, Line& line);
    void tell_waiting(Line& line);
    void switch_to(Source source, std::uint64_t offset);
    void begin_clean(Line& line);

    Place place_;
    SessionFacts& facts_;
    boost::json::object& memory_;
    Detail detail_;
    bool is_clean_ = false;
    bool has_meta_ = false;
    bool has_error_ = false; ///< told in this turn
    std::optional<TokenUse> use_behind_;
    std::string expected_;
    Source source_ = Source::unknown;
    std::vector<Message> waiting_; ///< user texts of response items, while better ones may come
    boost::json::array pictures_;  ///< of a response item whose text a better source is to tell
    std::string last_user_text_;   ///< since the agent said something
    Source last_user_source_ = Source::unknown;
    std::set<std::string, std::less<>> answers_;            ///< ids of assistant texts since the last clean place
    std::map<std::string, bool, std::less<>> texts_;        ///< assistant texts since then: whether of a completed item
    std::map<std::string, std::string, std::less<>> cells_; ///< calls by their cell that still runs
    std::map<std::string, std::string, std::less<>> waiters_; ///< hidden calls that have no result yet: for which call
};

} // namespace pix::workbench

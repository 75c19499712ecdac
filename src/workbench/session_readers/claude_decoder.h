#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "workbench/session_readers/jsonl_reader.h"

namespace pix::workbench {

/// Explains the lines of one of Claude Code's transcripts.
class ClaudeDecoder final : public JsonlDecoder {
public:
    struct Place {
        std::string id;                               ///< of the conversation
        std::string folder_name;                      ///< that its file is in; empty: of a sub-agent, any is right
        std::function<std::string()> folder_path;     ///< what other transcripts say of the folder
        std::function<std::string()> recorded_prompt; ///< the prompt history's first for this conversation
        std::function<boost::json::array(std::string_view)> subagent_tools; ///< calls made by an agent, by its id
    };

    ClaudeDecoder(Place place, SessionFacts& facts, boost::json::object& memory, std::uint64_t offset,
                  const Detail& detail);

    bool concerns(std::string_view line) const override;
    void decode(JsonElement record, const JsonlLine& line, std::vector<Message>& out) override;
    bool is_clean() const override { return is_clean_; }
    std::string_view line_id() const override { return line_id_; }
    void expect_result(std::string_view) override {}
    void complete(Message& call) override;
    void finish(std::uint64_t offset, bool is_end) override;

private:
    struct Line; // what all blocks of a line share

    void decode_titles(JsonElement record, std::string_view type);
    void decode_message(JsonElement record, Line& line);
    void decode_system(JsonElement record, Line& line);
    void decode_unknown(JsonElement record, Line& line, std::string_view type);
    void take_facts(JsonElement record, const Line& line);
    void take_folder(std::string_view cwd);
    void take_use(JsonElement record, JsonElement message);
    void user_text(JsonElement record, Line& line, std::string_view text, std::string id);
    void user_blocks(JsonElement record, Line& line, simdjson::dom::array blocks);
    void assistant_block(JsonElement record, Line& line, JsonElement block, std::string id);
    void tool_result(JsonElement record, Line& line, JsonElement block);
    void raw_block(JsonElement block, Line& line, std::string id);
    void add(Line& line, Message message);
    void resolve_summaries(std::string_view uuid);

    Place place_;
    SessionFacts& facts_;
    boost::json::object& memory_;
    Detail detail_;
    bool is_clean_ = false;
    std::string line_id_;
    // Of the answer that is being read: its lines come one by one and all say the same.
    std::string answer_id_;
    TokenUse answer_use_;
    std::optional<TokenUse> untold_use_; ///< not yet given with a message
    // Titles by where they come from.
    std::string custom_title_, ai_title_, summary_, last_prompt_;
    std::map<std::string, std::string, std::less<>> open_summaries_; ///< by the line that they are of
    std::map<std::string, std::int64_t, std::less<>> folders_;       ///< how often each other cwd was met
    std::string last_folder_;
    std::string last_uuid_;
    bool has_own_folder_ = false;
    bool has_first_line_ = false;
    bool has_copies_ = false; ///< of another session's answers: this is a fork
};

} // namespace pix::workbench

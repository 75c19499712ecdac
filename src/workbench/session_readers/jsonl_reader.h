#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/session_readers/json_line.h"
#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Which of a message's costly parts somebody wants.
struct Detail {
    bool tools = true;    ///< input, results and pictures; else these messages have their ids alone
    bool thinking = true; ///< its text
    bool all = true;      ///< attachments and whatever else is in `more`
};

/// What the lines of one provider mean. One decoder reads one conversation, forwards, from a clean place on: the
/// start, or a line at which the decoder said so. What it makes of the lines after a clean place must depend on them,
/// on `memory` and on the place alone, so that pages which begin there agree with the whole.
class JsonlDecoder {
public:
    virtual ~JsonlDecoder() = default;
    /// False: the line can be told from its first bytes to have nothing, so it need not be parsed.
    virtual bool concerns(std::string_view line) const = 0;
    /// Appends the line's messages. The facts are those that messages do not say: folder, titles, tokens, times.
    virtual void decode(JsonElement record, const JsonlLine& line, std::vector<Message>& out) = 0;
    /// Whether the line given last was a clean place, from before which nothing is needed.
    virtual bool is_clean() const = 0;
    /// The provider's id of the line given last; lines with one that was there before are left out. Empty: none.
    virtual std::string_view line_id() const { return {}; }
    /// Tokens that the line given last tells of the answer before it. Pages have them; sinks get messages at once.
    virtual std::optional<TokenUse> use_behind() const { return std::nullopt; }
    /// The result of the call `tool_id` on a line that lies far behind it.
    virtual void expect_result(std::string_view tool_id) = 0;
    /// Adds to a call what lies in other files, once its result is known.
    virtual void complete(Message& call) = 0;
    /// At the end of a reading, at `offset`: keeps in memory what is needed to go on from there. `is_end`: nothing
    /// more is in the file.
    virtual void finish(std::uint64_t offset, bool is_end) = 0;
};

/// Reads conversations that are one file of one record a line: counts, anchors, pages, calls with their results. Pages
/// of a conversation with a base begin with the base's messages; reading and searching give its own lines alone.
class JsonlReader : public SessionReader {
public:
    explicit JsonlReader(JsonlLimits limits) : limits_(limits) {}

    core::Result<bool> read(const SessionSource& source, ReadState& state, MessageSink& sink,
                            std::uint64_t bytes) const final;
    core::Result<MessagePage> page(const SessionSource& source, const ReadState* state,
                                   const PageRequest& request) const final;
    core::Result<void> scan_text(const SessionSource& source, const std::vector<std::string>& words,
                                 MessageSink& sink) const final;

protected:
    /// What a conversation goes on from without repeating it: another one's transcript up to a line's end.
    struct Base {
        SessionSource source;
        std::uint64_t end = 0;
    };
    /// The base of `source`, if it has one that is still there.
    virtual std::optional<Base> base_of(const SessionSource&) const { return std::nullopt; }

    /// A decoder for the lines from `offset` on. `facts` and `memory` are kept up to date by it, and outlive it.
    virtual std::unique_ptr<JsonlDecoder> make_decoder(const SessionSource& source, SessionFacts& facts,
                                                       boost::json::object& memory, std::uint64_t offset,
                                                       const Detail& detail) const = 0;
    const JsonlLimits& limits() const { return limits_; }

private:
    /// A page of the transcript's first `until` bytes.
    core::Result<MessagePage> own_page(const SessionSource& source, const ReadState* known, const PageRequest& request,
                                       std::uint64_t until) const;
    /// A reading of a base, kept for the next page.
    core::Result<std::shared_ptr<const ReadState>> read_base(const Base& base) const;

    struct KnownBase {
        SessionSource source;
        std::uint64_t end = 0;
        std::shared_ptr<const ReadState> state;
    };

    JsonlLimits limits_;
    mutable std::mutex mutex_;
    mutable std::vector<KnownBase> bases_; ///< the one used last comes last
};

/// Whether `text` has `word` (ASCII, lower case) in it, in any case.
bool has_ascii_word(std::string_view text, std::string_view word);

} // namespace pix::workbench

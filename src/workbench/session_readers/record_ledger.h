#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Where a record stands in a file.
struct RecordPlace {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::int64_t index = -1; ///< in the list that the record carries; -1: it is a message itself
};

/// What one record of a provider's store has given.
struct LedgerEntry {
    std::string key;         ///< the provider's own id of the record
    std::uint64_t print = 0; ///< of its bytes
    std::vector<RecordPlace> places;
    std::vector<std::string> ids; ///< of its messages
    std::int64_t counted = 0;
    std::int64_t texts = 0; ///< shown text messages
    bool has_user_text = false;
    bool has_assistant_text = false;
    std::optional<TokenUse> use;
};

/// The records of one conversation in their order, and which messages each of them gave. So records that are replaced,
/// taken back or reordered later are told to a sink exactly, facts stay right, and pages read only what they show.
///
/// Units: about 100 bytes of JSON a record.
class RecordLedger {
public:
    /// What a record's messages are now, read from the store.
    using Load = std::function<core::Result<std::vector<Message>>(const LedgerEntry&)>;

    RecordLedger() = default;
    /// What save() has kept; memory of anything else is an empty ledger.
    explicit RecordLedger(const boost::json::object& memory);
    void save(boost::json::object& memory) const;

    const std::vector<LedgerEntry>& entries() const { return entries_; }
    const LedgerEntry* find(std::string_view key) const;
    std::optional<std::size_t> index_of(std::string_view key) const;

    /// The record's messages are now `messages`: a new record comes last, a known one keeps its place. Of messages with
    /// one id the first counts.
    void put(std::string_view key, std::uint64_t print, std::vector<RecordPlace> places, std::vector<Message> messages,
             SessionFacts& facts, MessageSink& sink);
    /// Takes back the records from number `first` on.
    void remove_from(std::size_t first, MessageSink& sink);

    /// For stores that are read as a whole each time: between begin_pass and finish_pass, put and keep_seen name every
    /// record in its order now; what was not named is taken back. A pass that is not finished goes on later.
    void begin_pass();
    bool is_in_pass() const { return seen_.has_value(); }
    std::size_t seen() const { return seen_.value_or(0); }
    /// True if the record is known with these bytes: it needs no reading.
    bool keep_seen(std::string_view key, std::uint64_t print);
    void finish_pass(MessageSink& sink);

    /// Counts, tokens, first and last text, for all records.
    core::Result<void> settle(SessionFacts& facts, const Load& load);

    core::Result<MessagePage> page(const PageRequest& request, const Load& load) const;

private:
    struct Excerpt {
        std::string key;
        std::uint64_t print = 0;
        std::string text;
    };

    void index_all();
    void remove_messages(LedgerEntry& entry, MessageSink& sink) const;
    void move_to_seen(std::size_t from);
    static core::Result<std::vector<Message>> load_unique(const LedgerEntry& entry, const Load& load);
    static core::Result<void> refresh(Excerpt& excerpt, const LedgerEntry* entry, std::string_view role,
                                      const Load& load);
    void remember(Excerpt& excerpt, const LedgerEntry& entry, std::string_view role,
                  const std::vector<Message>& messages) const;

    std::vector<LedgerEntry> entries_;
    std::unordered_map<std::string, std::size_t> index_;
    std::optional<std::size_t> seen_; ///< in a pass: how many records have been named
    Excerpt first_user_;
    Excerpt last_text_;
};

/// A sink for those who only want the ledger.
class NoSink final : public MessageSink {
public:
    void add(Message) override {}
    void remove(std::string_view) override {}
};

} // namespace pix::workbench

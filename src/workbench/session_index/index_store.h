#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/database.h"
#include "workbench/session_index/session_entry.h"

namespace pix::workbench {

/// What a search may look at of one message.
struct IndexedMessage {
    std::int64_t key = 0; ///< later messages have higher keys
    std::int64_t session = 0;
    std::string id;
    std::string role; ///< "user" or "assistant"
    core::Millis at = 0;
    std::string text;
};

/// Tokens of one answer.
struct AnswerUse {
    std::string id; ///< of the message
    core::Millis at = 0;
    std::string model;
    TokenUse use;
};

/// Tokens of the answers of one conversation, day and model.
struct UsageSum {
    std::int64_t session = 0;
    std::int64_t day = 0; ///< since 1970, UTC
    std::string model;
    TokenUse use;
    std::int64_t answers = 0;

    void add(const UsageSum& other);
};

/// What reading on in one conversation has brought.
struct SessionUpdate {
    std::shared_ptr<SessionEntry> session;
    ReadState state;
    bool from_start = false; ///< forget what was known of it
    std::vector<std::string> removed;
    std::vector<AnswerUse> uses;
    std::vector<IndexedMessage> added; ///< `key` and `session` are filled in by the store
};

/// What a reader left of a conversation, and how much memory that takes about.
struct StoredState {
    ReadState state;
    std::size_t bytes = 0;
};

/// The key of a message: minutes since 1970, the session, a count. So keys order messages by time, ranges of keys are
/// ranges of time, and a key says the session without a look at the message.
namespace message_key {
inline constexpr int count_bits = 10;
inline constexpr int session_bits = 20;
inline constexpr std::int64_t session_limit = 1LL << session_bits;
inline constexpr std::int64_t count_limit = 1LL << count_bits;

constexpr std::int64_t first_of_minute(std::int64_t minute)
{
    return minute << (session_bits + count_bits);
}
constexpr std::int64_t first_of(std::int64_t minute, std::int64_t session)
{
    return first_of_minute(minute) | (session << count_bits);
}
constexpr std::int64_t session_of(std::int64_t key)
{
    return (key >> count_bits) & (session_limit - 1);
}
constexpr std::int64_t minute_of(core::Millis at)
{
    return at / 60'000;
}
} // namespace message_key

/// The file of the index: what is known of each conversation, the texts of its messages and their words.
/// Holds nothing that the transcripts do not; a file of another version is thrown away.
///
/// Runs on: functions with _now block and are for the index's thread; search() for a store thread.
/// Errors:  those of store::Connection.
class IndexStore {
public:
    static core::Result<std::unique_ptr<IndexStore>> open(const std::filesystem::path& file);

    store::Database& database() { return *database_; }

    core::Result<std::vector<SessionPtr>> load_now();
    core::Result<StoredState> state_now(const SessionEntry& session);
    core::Result<void> save_now(std::vector<SessionUpdate>& updates);
    core::Result<void> remove_now(std::int64_t session);
    /// Joins pieces of the word index for a moment; false when there is nothing left to join.
    core::Result<bool> tidy_now();

    /// The keys of messages that have all the words that `match` asks for, from the newest on, below `before`.
    static core::Result<std::vector<std::int64_t>> find(store::Connection& connection, const std::string& match,
                                                        std::int64_t from, std::int64_t before, std::int64_t limit);
    static core::Result<std::optional<IndexedMessage>> message(store::Connection& connection, std::int64_t key);
    /// How many messages have that word.
    static core::Result<std::int64_t> count_of(store::Connection& connection, const std::string& word);
    static core::Result<std::int64_t> count(store::Connection& connection);

    /// From one day on, before another.
    static core::Result<std::vector<UsageSum>> usage(store::Connection& connection, std::int64_t from,
                                                     std::int64_t before);

    /// Terms beside the words: by whom, from which agent, in which conversation.
    static std::string role_term(std::string_view role);
    static std::string provider_term(Provider provider);
    static std::string session_term(std::int64_t number);

    void close() { database_->close(); }

private:
    explicit IndexStore(std::unique_ptr<store::Database> database) : database_(std::move(database)) {}

    std::unique_ptr<store::Database> database_;
};

} // namespace pix::workbench

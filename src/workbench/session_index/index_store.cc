#include "workbench/session_index/index_store.h"

#include <algorithm>
#include <boost/describe.hpp>
#include <cstring>
#include <map>

#include "core/base/described.h"
#include "core/base/text.h"
#include "workbench/session_index/search_words.h"

namespace pix::workbench {

BOOST_DESCRIBE_STRUCT(TokenUse, (), (input, output, reasoning, cache_read, cache_creation, cost))
BOOST_DESCRIBE_STRUCT(SessionFacts, (),
                      (cwd, given_title, first_user_text, last_text, started_at, last_activity, counted,
                       user_and_assistant, model, git_branch, total, latest, context_window, is_hidden, group,
                       unknown_records, skipped_bytes))

using core::Result;
using store::Args;
using store::Connection;

namespace {

/// Another number: the file is made anew. Belongs to the schema, the words and what readers make of transcripts.
constexpr std::int64_t index_version = 2;

// No positions: phrases are looked for in the texts. Prefixes of two and three characters have an index of their own,
// as a word being typed begins with them.
constexpr const char* schema = R"(
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY, provider TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
  modified INTEGER NOT NULL, inode INTEGER NOT NULL, hint TEXT NOT NULL, offset INTEGER NOT NULL,
  is_whole INTEGER NOT NULL, facts TEXT NOT NULL) STRICT;
CREATE TABLE states (number INTEGER PRIMARY KEY, memory TEXT NOT NULL, anchors BLOB NOT NULL) STRICT;
CREATE TABLE messages (
  key INTEGER PRIMARY KEY, session INTEGER NOT NULL, id_hash INTEGER NOT NULL, id TEXT NOT NULL, role TEXT NOT NULL,
  at INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX messages_by_id ON messages (session, id_hash);
CREATE TABLE uses (
  session INTEGER NOT NULL, id_hash INTEGER NOT NULL, day INTEGER NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL,
  output INTEGER NOT NULL, reasoning INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_creation INTEGER NOT NULL,
  cost REAL, PRIMARY KEY (session, id_hash)) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', detail=none, columnsize=0, prefix='2 3', tokenize="ascii tokenchars '_'");
INSERT INTO words(words, rank) VALUES ('hashsize', 8388608);
CREATE VIRTUAL TABLE word_counts USING fts5vocab(words, row);
)";

Result<bool> has_this_version(store::Database& database)
{
    return database.read_now([](Connection& connection) -> Result<bool> {
        PIX_TRY(auto const rows, connection.query("PRAGMA user_version"));
        return !rows.empty() && rows[0].integer(0) == index_version;
    });
}

Result<void> make_schema(store::Database& database)
{
    return database.write_now([](Connection& connection) -> Result<void> {
        return connection.run_script(std::string(schema) + "PRAGMA user_version = " + std::to_string(index_version));
    });
}

void remove_files(const std::filesystem::path& file)
{
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix, ignored);
}

Result<std::unique_ptr<store::Database>> open_database(const std::filesystem::path& file)
{
    store::OpenOptions options;
    options.url = "sqlite:" + file.string();
    options.readers = 2;
    return store::Database::open(std::move(options));
}

/// FNV-1a, so that an id takes eight bytes in its index.
std::int64_t hash_of(std::string_view id)
{
    std::uint64_t hash = 14695981039346656037ULL;
    for (char const c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return static_cast<std::int64_t>(hash);
}

std::string term(int mark, std::string_view value)
{
    // Private characters U+E000 ...: no text has words with them.
    std::string out = "\xEE\x80";
    out += static_cast<char>(0x80 + mark);
    out += value;
    return out;
}

std::string words_of(const IndexedMessage& message, Provider provider)
{
    std::string words = index_text(message.text);
    for (auto const& one : {IndexStore::role_term(message.role), IndexStore::provider_term(provider),
                            IndexStore::session_term(message.session)}) {
        words += ' ';
        words += one;
    }
    return words;
}

std::string pack(const std::vector<Anchor>& anchors)
{
    std::string bytes(anchors.size() * 16, '\0');
    char* out = bytes.data();
    for (auto const& anchor : anchors) {
        std::memcpy(out, &anchor.offset, 8);
        std::memcpy(out + 8, &anchor.counted, 8);
        out += 16;
    }
    return bytes;
}

std::vector<Anchor> unpack(const std::string& bytes)
{
    std::vector<Anchor> anchors(bytes.size() / 16);
    const char* in = bytes.data();
    for (auto& anchor : anchors) {
        std::memcpy(&anchor.offset, in, 8);
        std::memcpy(&anchor.counted, in + 8, 8);
        in += 16;
    }
    return anchors;
}

/// Finds keys that are free, in the minute of each message.
class Keys {
public:
    Keys(Connection& connection, std::int64_t session, bool is_new)
        : connection_(connection), session_(session), is_new_(is_new)
    {}

    Result<std::int64_t> next(core::Millis at)
    {
        for (std::int64_t minute = message_key::minute_of(std::max<core::Millis>(at, 0));; ++minute) {
            auto found = used_.find(minute);
            if (found == used_.end()) {
                PIX_TRY(std::int64_t const used, used_in(minute));
                found = used_.emplace(minute, used).first;
            }
            if (found->second >= message_key::count_limit) continue;
            return message_key::first_of(minute, session_) | found->second++;
        }
    }

private:
    Result<std::int64_t> used_in(std::int64_t minute)
    {
        if (is_new_) return 0;
        std::int64_t const first = message_key::first_of(minute, session_);
        PIX_TRY(auto const rows, connection_.query("SELECT max(key) FROM messages WHERE key BETWEEN $1 AND $2",
                                                   Args{first, first + message_key::count_limit - 1}));
        if (rows.empty() || rows[0].is_null(0)) return 0;
        return rows[0].integer(0) - first + 1;
    }

    Connection& connection_;
    std::int64_t session_;
    bool is_new_;
    std::map<std::int64_t, std::int64_t> used_;
};

Result<void> forget(Connection& connection, const IndexedMessage& message, Provider provider)
{
    PIX_CHECK(connection.execute("INSERT INTO words(words, rowid, text) VALUES ('delete', $1, $2)",
                                 Args{message.key, words_of(message, provider)}));
    PIX_CHECK(connection.execute("DELETE FROM messages WHERE key = $1", Args{message.key}));
    return {};
}

IndexedMessage message_in(const store::Row& row)
{
    return {row.integer(0), row.integer(1), row.text(2), row.text(3), row.integer(4), row.text(5)};
}

constexpr const char* message_columns = "SELECT key, session, id, role, at, text FROM messages ";

Result<void> forget_all(Connection& connection, std::int64_t session, Provider provider)
{
    PIX_CHECK(connection.execute("DELETE FROM uses WHERE session = $1", Args{session}));
    for (;;) {
        PIX_TRY(auto const rows,
                connection.query(std::string(message_columns) + "WHERE session = $1 LIMIT 200", Args{session}));
        if (rows.empty()) return {};
        for (auto const& row : rows) PIX_CHECK(forget(connection, message_in(row), provider));
    }
}

Result<void> forget_removed(Connection& connection, const SessionUpdate& update)
{
    std::int64_t const session = update.session->number;
    for (auto const& id : update.removed) {
        PIX_TRY(auto const rows,
                connection.query(std::string(message_columns) + "WHERE session = $1 AND id_hash = $2 AND id = $3",
                                 Args{session, hash_of(id), id}));
        for (auto const& row : rows) PIX_CHECK(forget(connection, message_in(row), update.session->source.provider));
        PIX_CHECK(
            connection.execute("DELETE FROM uses WHERE session = $1 AND id_hash = $2", Args{session, hash_of(id)}));
    }
    return {};
}

Result<void> save_uses(Connection& connection, const SessionUpdate& update)
{
    constexpr core::Millis day_ms = 24LL * 60 * 60 * 1000;
    for (auto const& answer : update.uses) {
        core::Millis const at = answer.at > 0 ? answer.at : update.session->source.modified / 1'000'000;
        auto const& use = answer.use;
        PIX_CHECK(connection.execute("INSERT OR REPLACE INTO uses VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                                     Args{update.session->number, hash_of(answer.id), at / day_ms,
                                          core::to_utf8(answer.model), use.input, use.output, use.reasoning,
                                          use.cache_read, use.cache_creation, use.cost}));
    }
    return {};
}

Result<void> save_session(Connection& connection, const SessionUpdate& update)
{
    auto const& entry = *update.session;
    auto const& source = entry.source;
    PIX_CHECK(connection.execute(
        "INSERT INTO sessions VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (number) DO UPDATE SET "
        "path = $4, size = $5, modified = $6, inode = $7, hint = $8, offset = $9, is_whole = $10, facts = $11",
        Args{entry.number, name_of(source.provider), source.id, store::Value(core::to_utf8(source.path.string())),
             static_cast<std::int64_t>(source.size), source.modified, static_cast<std::int64_t>(source.inode),
             core::to_utf8(source.folder_hint), static_cast<std::int64_t>(update.state.offset), entry.is_whole,
             core::to_text(core::write_json(entry.facts))}));
    PIX_CHECK(connection.execute(
        "INSERT INTO states VALUES ($1, $2, $3) ON CONFLICT (number) DO UPDATE SET "
        "memory = $2, anchors = $3",
        Args{entry.number, core::to_text(update.state.memory), store::Bytes{pack(update.state.anchors)}}));
    return {};
}

struct Added {
    IndexedMessage* message;
    Provider provider;
};

Result<void> save_messages(Connection& connection, std::vector<Added>& added)
{
    // The word index takes ascending keys only; anything else makes it write what it has.
    std::ranges::sort(added, {}, [](const Added& one) { return one.message->key; });
    for (auto const& [message, provider] : added) {
        PIX_CHECK(connection.execute("INSERT INTO messages VALUES ($1, $2, $3, $4, $5, $6, $7)",
                                     Args{message->key, message->session, hash_of(message->id), message->id,
                                          message->role, message->at, message->text}));
        PIX_CHECK(connection.execute("INSERT INTO words(rowid, text) VALUES ($1, $2)",
                                     Args{message->key, words_of(*message, provider)}));
    }
    return {};
}

} // namespace

Result<std::unique_ptr<IndexStore>> IndexStore::open(const std::filesystem::path& file)
{
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    auto database = open_database(file);
    bool keep = database.has_value();
    if (keep) {
        auto const same = has_this_version(**database);
        keep = same && *same;
    }
    if (!keep) {
        if (database) (*database)->close();
        remove_files(file);
        database = open_database(file);
        if (!database) return std::unexpected(database.error());
        PIX_CHECK(make_schema(**database));
    }
    return std::unique_ptr<IndexStore>(new IndexStore(*std::move(database)));
}

Result<std::vector<SessionPtr>> IndexStore::load_now()
{
    return database_->read_now([](Connection& connection) -> Result<std::vector<SessionPtr>> {
        PIX_TRY(auto const rows,
                connection.query("SELECT number, provider, id, path, size, modified, inode, hint, offset, is_whole, "
                                 "facts FROM sessions ORDER BY number"));
        std::vector<SessionPtr> sessions;
        sessions.reserve(rows.size());
        for (auto const& row : rows) {
            auto const provider = provider_named(row.text(1));
            auto const value = core::parse_json(row.text(10));
            if (!provider || !value) continue;
            auto facts = core::read_json<SessionFacts>(*value);
            if (!facts) continue;
            auto entry = std::make_shared<SessionEntry>();
            entry->number = row.integer(0);
            entry->source = {*provider,      row.text(2),
                             row.text(3),    static_cast<std::uint64_t>(row.integer(4)),
                             row.integer(5), static_cast<std::uint64_t>(row.integer(6)),
                             row.text(7)};
            entry->offset = static_cast<std::uint64_t>(row.integer(8));
            entry->is_whole = row.boolean(9);
            entry->facts = *std::move(facts);
            entry->has_facts = true;
            sessions.push_back(std::move(entry));
        }
        return sessions;
    });
}

Result<StoredState> IndexStore::state_now(const SessionEntry& session)
{
    return database_->read_now([&session](Connection& connection) -> Result<StoredState> {
        PIX_TRY(auto const rows, connection.query("SELECT s.offset, s.facts, t.memory, t.anchors FROM sessions s JOIN "
                                                  "states t USING (number) WHERE number = $1",
                                                  Args{session.number}));
        StoredState stored;
        if (rows.empty()) return stored;
        auto& state = stored.state;
        PIX_TRY(auto const facts, core::parse_json(rows[0].text(1)));
        PIX_TRY(state.facts, core::read_json<SessionFacts>(facts));
        std::string const text = rows[0].text(2);
        PIX_TRY(auto memory, core::parse_json(text, {.max_bytes = 256UL << 20}));
        if (memory.is_object()) state.memory = std::move(memory.get_object());
        state.anchors = unpack(rows[0].bytes(3));
        state.offset = static_cast<std::uint64_t>(rows[0].integer(0));
        // A parsed value is some three times its text.
        stored.bytes = 3 * text.size() + state.anchors.size() * sizeof(Anchor);
        return stored;
    });
}

Result<void> IndexStore::save_now(std::vector<SessionUpdate>& updates)
{
    return database_->write_now([&updates](Connection& connection) -> Result<void> {
        std::vector<Added> added;
        for (auto& update : updates) {
            auto const& session = *update.session;
            if (update.from_start) PIX_CHECK(forget_all(connection, session.number, session.source.provider));
            PIX_CHECK(forget_removed(connection, update));
            Keys keys(connection, session.number, update.from_start);
            for (auto& message : update.added) {
                message.session = session.number;
                core::Millis const at = message.at > 0 ? message.at : session.source.modified / 1'000'000;
                PIX_TRY(message.key, keys.next(at));
                added.push_back({&message, session.source.provider});
            }
            PIX_CHECK(save_uses(connection, update));
            PIX_CHECK(save_session(connection, update));
        }
        return save_messages(connection, added);
    });
}

Result<void> IndexStore::remove_now(std::int64_t session)
{
    return database_->write_now([session](Connection& connection) -> Result<void> {
        PIX_TRY(auto const rows, connection.query("SELECT provider FROM sessions WHERE number = $1", Args{session}));
        if (rows.empty()) return {};
        auto const provider = provider_named(rows[0].text(0)).value_or(Provider::claude);
        PIX_CHECK(forget_all(connection, session, provider));
        PIX_CHECK(connection.execute("DELETE FROM states WHERE number = $1", Args{session}));
        PIX_CHECK(connection.execute("DELETE FROM sessions WHERE number = $1", Args{session}));
        return {};
    });
}

Result<bool> IndexStore::tidy_now()
{
    return database_->write_now([](Connection& connection) -> Result<bool> {
        auto const changes = [&]() -> Result<std::int64_t> {
            PIX_TRY(auto const rows, connection.query("SELECT total_changes()"));
            return rows[0].integer(0);
        };
        PIX_TRY(std::int64_t const before, changes());
        PIX_CHECK(connection.execute("INSERT INTO words(words, rank) VALUES ('merge', 200)"));
        PIX_TRY(std::int64_t const after, changes());
        // One change is the statement itself.
        return after - before > 1;
    });
}

Result<std::vector<std::int64_t>> IndexStore::find(Connection& connection, const std::string& match, std::int64_t from,
                                                   std::int64_t before, std::int64_t limit)
{
    PIX_TRY(auto const rows, connection.query("SELECT rowid FROM words WHERE words MATCH $1 AND rowid >= $2 AND rowid "
                                              "< $3 ORDER BY rowid DESC LIMIT $4",
                                              Args{match, from, before, limit}));
    std::vector<std::int64_t> keys;
    keys.reserve(rows.size());
    for (auto const& row : rows) keys.push_back(row.integer(0));
    return keys;
}

Result<std::optional<IndexedMessage>> IndexStore::message(Connection& connection, std::int64_t key)
{
    PIX_TRY(auto const rows, connection.query(std::string(message_columns) + "WHERE key = $1", Args{key}));
    if (rows.empty()) return std::optional<IndexedMessage>();
    return std::optional(message_in(rows[0]));
}

Result<std::int64_t> IndexStore::count_of(Connection& connection, const std::string& word)
{
    PIX_TRY(auto const rows, connection.query("SELECT doc FROM word_counts WHERE term = $1", Args{word}));
    return rows.empty() ? 0 : rows[0].integer(0);
}

Result<std::int64_t> IndexStore::count(Connection& connection)
{
    PIX_TRY(auto const rows, connection.query("SELECT count(*) FROM messages"));
    return rows[0].integer(0);
}

Result<std::vector<UsageSum>> IndexStore::usage(Connection& connection, std::int64_t from, std::int64_t before)
{
    PIX_TRY(auto const rows,
            connection.query("SELECT session, day, model, sum(input), sum(output), sum(reasoning), sum(cache_read), "
                             "sum(cache_creation), sum(cost), count(*) FROM uses WHERE day >= $1 AND day < $2 GROUP BY "
                             "session, day, model",
                             Args{from, before}));
    std::vector<UsageSum> sums;
    sums.reserve(rows.size());
    for (auto const& row : rows) {
        UsageSum sum{row.integer(0), row.integer(1), row.text(2), {}, row.integer(9)};
        sum.use = {row.integer(3), row.integer(4), row.integer(5), row.integer(6), row.integer(7), row.maybe_real(8)};
        sums.push_back(std::move(sum));
    }
    return sums;
}

void UsageSum::add(const UsageSum& other)
{
    use.input += other.use.input;
    use.output += other.use.output;
    use.reasoning += other.use.reasoning;
    use.cache_read += other.use.cache_read;
    use.cache_creation += other.use.cache_creation;
    if (other.use.cost) use.cost = use.cost.value_or(0) + *other.use.cost;
    answers += other.answers;
}

std::string IndexStore::role_term(std::string_view role)
{
    return term(0, role);
}

std::string IndexStore::provider_term(Provider provider)
{
    return term(1, name_of(provider));
}

std::string IndexStore::session_term(std::int64_t number)
{
    return term(2, std::to_string(number));
}

} // namespace pix::workbench

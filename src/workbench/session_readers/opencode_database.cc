#include "workbench/session_readers/opencode_database.h"

#include <sys/stat.h>

#include <algorithm>

#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace {

using store::ForeignDatabase;
using store::ForeignRow;
using Columns = std::set<std::string, std::less<>>;

// Until 2262, where nanoseconds end.
constexpr std::int64_t last_millis = 9'000'000'000'000;
// Sub-agents of sub-agents; a cycle ends here, too.
constexpr std::size_t max_family = 10'000;

std::int64_t millis_at(const ForeignRow& row, int column)
{
    return std::clamp<std::int64_t>(row.integer(column).value_or(0), 0, last_millis);
}

std::string column_or_null(const Columns& columns, const char* name)
{
    return columns.contains(name) ? name : "NULL";
}

core::Result<Columns> session_columns(ForeignDatabase& database)
{
    PIX_TRY(Columns columns, database.columns("session"));
    if (!columns.contains("id"))
        return core::fail(core::Errc::unavailable, "OpenCode's database has no conversations yet, or is being changed");
    return columns;
}

/// How a conversation's last change is told. In parts, many of which are updated in place, the newest few are looked
/// at.
std::string change_marks(const Columns& message, const Columns& part, bool part_by_session, bool message_by_session)
{
    std::string marks;
    bool const of_part = part_by_session && part.contains("session_id");
    marks += of_part ? ", (SELECT max(rowid) FROM part WHERE session_id = s.id)" : ", NULL";
    marks += of_part && part.contains("time_updated")
                 ? ", (SELECT max(t) FROM (SELECT time_updated AS t FROM part WHERE session_id = s.id "
                   "ORDER BY rowid DESC LIMIT 8))"
                 : ", NULL";
    marks += message_by_session && message.contains("time_updated") && message.contains("time_created")
                 ? ", (SELECT max(t) FROM (SELECT time_updated AS t FROM message WHERE session_id = s.id "
                   "ORDER BY time_created DESC LIMIT 4))"
                 : ", NULL";
    return marks;
}

std::string model_of(std::string_view text)
{
    if (!text.starts_with('{')) return std::string(text);
    auto const record = parse_record(text);
    return record ? std::string(text_at(*record, "id")) : std::string();
}

} // namespace

bool is_default_opencode_title(std::string_view title)
{
    for (std::string_view const lead : {"New session - ", "Child session - "})
        if (title.starts_with(lead) && core::parse_iso_time(title.substr(lead.size()))) return true;
    return false;
}

core::Result<std::vector<SessionSource>> OpenCodeDatabase::discover(const std::filesystem::path& path)
{
    std::vector<SessionSource> sources;
    struct stat status = {};
    std::uint64_t const inode = ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
    auto const collect = [&](const ForeignRow& row) -> core::Result<bool> {
        SessionSource source;
        source.provider = Provider::opencode;
        source.id = row.text(0);
        if (!is_session_id(source.id)) return true;
        source.path = path;
        source.inode = inode;
        source.folder_hint = row.text(1);
        std::int64_t const newest =
            std::max({millis_at(row, 2), millis_at(row, 3), millis_at(row, 4), millis_at(row, 6), millis_at(row, 7)});
        // Below the milliseconds: the number of the newest part, so that any new part counts as a change.
        source.modified = newest * 1'000'000 + std::max<std::int64_t>(0, row.integer(5).value_or(0)) % 1'000'000;
        sources.push_back(std::move(source));
        return true;
    };
    PIX_CHECK(ForeignDatabase::read(path, {}, [&](ForeignDatabase& database) -> core::Result<void> {
        PIX_TRY(Columns const session, session_columns(database));
        PIX_TRY(Columns const message, database.columns("message"));
        PIX_TRY(Columns const part, database.columns("part"));
        PIX_TRY(bool const part_by_session, database.has_index("part", "session_id"));
        PIX_TRY(bool const message_by_session, database.has_index("message", "session_id"));
        std::string const plain =
            "SELECT id, " + column_or_null(session, "directory") + ", " + column_or_null(session, "time_updated") +
            ", " + column_or_null(session, "time_created") + ", " + column_or_null(session, "time_archived");
        std::string const marks = change_marks(message, part, part_by_session, message_by_session);
        if (database.each(plain + marks + " FROM session AS s", {}, collect)) return {};
        // Tables made in another way (without row numbers, for one) are still readable, only less exactly dated.
        sources.clear();
        return database.each(plain + ", NULL, NULL, NULL FROM session AS s", {}, collect);
    }));
    return sources;
}

core::Result<void> OpenCodeDatabase::remove(const std::filesystem::path& path, const std::string& session_id)
{
    store::ForeignOptions options;
    options.busy_timeout = std::chrono::seconds(2);
    return ForeignDatabase::transaction(path, options, [&](ForeignDatabase& database) -> core::Result<void> {
        PIX_TRY(Columns const session, session_columns(database));
        PIX_TRY(Columns const message, database.columns("message"));
        PIX_TRY(Columns const part, database.columns("part"));
        std::vector<std::string> family{session_id};
        std::set<std::string> known{session_id};
        if (session.contains("parent_id")) {
            for (std::size_t i = 0; i < family.size() && family.size() < max_family; ++i)
                PIX_CHECK(database.each("SELECT id FROM session WHERE parent_id = ?1", {family[i]},
                                        [&](const ForeignRow& row) -> core::Result<bool> {
                                            std::string child(row.text(0));
                                            if (known.insert(child).second) family.push_back(std::move(child));
                                            return true;
                                        }));
        }
        std::int64_t removed = 0;
        for (const std::string& id : family) {
            if (part.contains("session_id")) {
                PIX_CHECK(database.execute("DELETE FROM part WHERE session_id = ?1", {id}));
            } else if (part.contains("message_id") && message.contains("session_id")) {
                PIX_CHECK(database.execute(
                    "DELETE FROM part WHERE message_id IN (SELECT id FROM message WHERE session_id = ?1)", {id}));
            }
            if (message.contains("session_id"))
                PIX_CHECK(database.execute("DELETE FROM message WHERE session_id = ?1", {id}));
            PIX_TRY(auto const rows, database.execute("DELETE FROM session WHERE id = ?1", {id}));
            if (id == session_id) removed = rows;
        }
        if (removed == 0) return core::fail(core::Errc::not_found, "OpenCode has no conversation " + session_id);
        return {};
    });
}

core::Result<OpenCodeSession> OpenCodeDatabase::session()
{
    PIX_TRY(Columns const columns, session_columns(database_));
    std::string sql = "SELECT id";
    for (const char* name :
         {"directory", "title", "model", "time_created", "time_updated", "time_archived", "parent_id", "cost",
          "tokens_input", "tokens_output", "tokens_reasoning", "tokens_cache_read", "tokens_cache_write"})
        sql += ", " + column_or_null(columns, name);
    bool const counts = columns.contains("tokens_input") && columns.contains("tokens_output");
    std::optional<OpenCodeSession> found;
    PIX_CHECK(database_.each(sql + " FROM session WHERE id = ?1", {session_id_},
                             [&](const ForeignRow& row) -> core::Result<bool> {
                                 auto const number = [&row](int column) {
                                     return std::max<std::int64_t>(0, row.integer(column).value_or(0));
                                 };
                                 OpenCodeSession& session = found.emplace();
                                 session.directory = row.text(1);
                                 session.title = row.text(2);
                                 session.model = model_of(row.text(3));
                                 session.created = millis_at(row, 4);
                                 session.updated = millis_at(row, 5);
                                 session.is_hidden = !row.is_null(6) || !row.is_null(7);
                                 TokenUse use{number(9), number(10), number(11), number(12), number(13), row.real(8)};
                                 if (counts && !row.is_null(9)) session.total = use;
                                 return false;
                             }));
    if (!found) return core::fail(core::Errc::not_found, "OpenCode has no conversation " + session_id_);
    return std::move(*found);
}

core::Result<void> OpenCodeDatabase::look()
{
    if (has_looked_) return {};
    PIX_TRY(message_, database_.columns("message"));
    PIX_TRY(part_, database_.columns("part"));
    if (!part_.contains("id") || !part_.contains("message_id") || !part_.contains("data")) part_.clear();
    PIX_TRY(part_by_message_, database_.has_index("part", "message_id"));
    has_looked_ = true;
    return {};
}

core::Result<void> OpenCodeDatabase::list_parts(const std::string& condition, const std::string& argument)
{
    return database_.each("SELECT id, message_id, " + column_or_null(part_, "time_updated") + " FROM part WHERE " +
                              condition + " ORDER BY id",
                          {argument}, [this](const ForeignRow& row) -> core::Result<bool> {
                              parts_[std::string(row.text(1))].push_back(
                                  {std::string(row.text(0)), row.integer(2).value_or(0)});
                              return true;
                          });
}

core::Result<void> OpenCodeDatabase::list_all_parts()
{
    if (has_listed_ || part_.empty()) return {};
    has_listed_ = true;
    parts_.clear();
    return list_parts(part_.contains("session_id") ? "session_id = ?1"
                                                   : "message_id IN (SELECT id FROM message WHERE session_id = ?1)",
                      session_id_);
}

core::Result<void> OpenCodeDatabase::list_parts_of(const std::string& message_id)
{
    if (has_listed_ || part_.empty() || parts_.contains(message_id)) return {};
    if (!part_by_message_) return list_all_parts();
    return list_parts("message_id = ?1", message_id);
}

core::Result<std::vector<OpenCodeRecord>> OpenCodeDatabase::records()
{
    std::vector<OpenCodeRecord> records;
    PIX_CHECK(look());
    if (!message_.contains("id") || !message_.contains("session_id") || !message_.contains("data")) return records;
    PIX_CHECK(list_all_parts());
    bool const has_times = message_.contains("time_updated") && (part_.empty() || part_.contains("time_updated"));
    std::string const order = message_.contains("time_created") ? "time_created, id" : "id";
    PIX_CHECK(database_.each("SELECT id, " + column_or_null(message_, "time_updated") +
                                 " FROM message WHERE session_id = ?1 ORDER BY " + order,
                             {session_id_}, [&](const ForeignRow& row) -> core::Result<bool> {
                                 OpenCodeRecord record{std::string(row.text(0)), 0};
                                 if (has_times) {
                                     std::string marks = std::to_string(row.integer(1).value_or(0));
                                     for (const PartRow& part : parts_[record.id])
                                         marks += " " + part.id + " " + std::to_string(part.updated);
                                     record.print = print_of(marks, 1);
                                 }
                                 records.push_back(std::move(record));
                                 return true;
                             }));
    return records;
}

core::Result<OpenCodeMessage> OpenCodeDatabase::load(const std::string& message_id, std::int64_t& skipped)
{
    OpenCodeMessage message;
    message.id = message_id;
    PIX_CHECK(look());
    auto const read = database_.each("SELECT " + column_or_null(message_, "time_created") +
                                         ", data FROM message WHERE id = ?1 AND session_id = ?2",
                                     {message_id, session_id_}, [&](const ForeignRow& row) -> core::Result<bool> {
                                         message.created = millis_at(row, 0);
                                         message.data = row.text(1);
                                         return false;
                                     });
    if (!read) {
        if (read.error().code != core::Errc::too_large) return std::unexpected(read.error());
        ++skipped;
        return message;
    }
    PIX_CHECK(list_parts_of(message_id));
    for (const PartRow& part : parts_[message_id]) {
        std::string data;
        auto const part_read = database_.each("SELECT data FROM part WHERE id = ?1", {part.id},
                                              [&](const ForeignRow& row) -> core::Result<bool> {
                                                  data = row.text(0);
                                                  return false;
                                              });
        if (part_read) {
            message.parts.push_back({part.id, std::move(data)});
        } else if (part_read.error().code == core::Errc::too_large) {
            ++skipped;
        } else {
            return std::unexpected(part_read.error());
        }
    }
    return message;
}

} // namespace pix::workbench

#include "core/store/postgresql_connection.h"

#include <libpq-fe.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "core/base/text.h"

namespace pix::store {

namespace {

constexpr std::size_t kept_statements = 128;

// Type numbers from PostgreSQL's pg_type.dat; they never change.
constexpr Oid oid_bool = 16;
constexpr Oid oid_bytea = 17;
constexpr Oid oid_int8 = 20;
constexpr Oid oid_int2 = 21;
constexpr Oid oid_int4 = 23;
constexpr Oid oid_text = 25;
constexpr Oid oid_oid = 26;
constexpr Oid oid_float4 = 700;
constexpr Oid oid_float8 = 701;
constexpr Oid oid_numeric = 1700;

/// Length as libpq's int; larger values are refused before.
constexpr std::size_t max_value_bytes = 1'000'000'000;

core::Error error_of(std::string_view state, std::string detail)
{
    core::Error error{core::Errc::internal, "the database refused a statement", "", std::move(detail)};
    auto const unavailable = [&error](std::string message, std::string hint = {}) {
        error.code = core::Errc::unavailable;
        error.message = std::move(message);
        error.hint = std::move(hint);
    };
    if (state == "23505" || state == "23P01") {
        error.code = core::Errc::conflict;
        error.message = "this exists already";
    } else if (state == "23503") {
        error.code = core::Errc::conflict;
        error.message = "something that this refers to does not exist, or is still referred to";
    } else if (state.starts_with("23")) {
        error.message = "the database refused a value";
    } else if (state == "22021" || state == "22P05") {
        error.code = core::Errc::invalid;
        error.message = "a text is not valid UTF-8";
    } else if (state == "40001" || state == "40P01") {
        unavailable("the database is busy: two changes kept colliding", "Try again in a moment.");
    } else if (state == "55P03") {
        unavailable("the database is locked by another program");
    } else if (state == "57014") {
        unavailable("the database took too long");
    } else if (state == "53100") {
        unavailable("the disk of the database server is full: nothing was stored", "Free some space and try again.");
    } else if (state == "53300") {
        unavailable("the database server has no free connection", "Raise its max_connections.");
    } else if (state == "54000") {
        error.code = core::Errc::too_large;
        error.message = "a value is too large for the database";
    } else if (state.starts_with("XX")) {
        unavailable("the database server reports damaged data");
    } else if (state.starts_with("28")) {
        unavailable("the database server refused the user or password");
    } else if (state == "08P01") {
        // Our own mistake, such as a missing argument: the connection is sound.
        error.message = "the database refused a statement";
    } else if (state.empty() || state.starts_with("08") || state.starts_with("57P")) {
        unavailable("the connection to the database was lost", "Is the database server running?");
    } else if (state.starts_with("53") || state.starts_with("58")) {
        unavailable("the database server failed");
    }
    return error;
}

std::optional<std::int64_t> integer_of(std::string_view text)
{
    return core::parse_int(text);
}

Value real_of(std::string_view text)
{
    // Not parse_number: the database may hold NaN and infinities.
    double number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return {std::string(text)};
    return {number};
}

int digit_of(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

Value bytes_of(std::string_view text)
{
    std::string bytes;
    if (text.starts_with("\\x")) {
        bytes.reserve(text.size() / 2);
        for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
            bytes += static_cast<char>(digit_of(text[i]) * 16 + digit_of(text[i + 1]));
        }
    }
    return {Bytes{std::move(bytes)}};
}

Value cell_of(const PGresult* result, int row, int column)
{
    if (PQgetisnull(result, row, column) != 0) return {};
    std::string_view const text(PQgetvalue(result, row, column),
                                static_cast<std::size_t>(PQgetlength(result, row, column)));
    switch (PQftype(result, column)) {
    case oid_bool: return {text == "t"};
    case oid_int8:
    case oid_int2:
    case oid_int4:
    case oid_oid: return {integer_of(text).value_or(0)};
    case oid_numeric:
        // sum() over bigint is numeric; on SQLite it is a whole number.
        if (auto const whole = integer_of(text)) return {*whole};
        return real_of(text);
    case oid_float4:
    case oid_float8: return real_of(text);
    case oid_bytea: return bytes_of(text);
    default: return {std::string(text)};
    }
}

char type_letter(const Value& value)
{
    static constexpr std::array letters{'n', 'i', 'd', 't', 'b'};
    return letters.at(value.index());
}

Oid type_of(const Value& value)
{
    // NULL has no type of its own: the server finds it out.
    static constexpr std::array<Oid, 5> types{0, oid_int8, oid_float8, oid_text, oid_bytea};
    return types.at(value.index());
}

void ignore_notice(void* /*unused*/, const PGresult* /*unused*/) {}

} // namespace

core::Result<std::unique_ptr<PostgresqlConnection>> PostgresqlConnection::open(const OpenOptions& options)
{
    std::unique_ptr<PostgresqlConnection> connection(new PostgresqlConnection(options.before_statement));
    auto const seconds = std::max<std::int64_t>(2, (options.connect_timeout.count() + 999) / 1000);
    std::string const timeout = std::to_string(seconds);
    // A dead network is noticed within 20 s instead of the kernel's quarter of an hour.
    std::array const keys{
        "dbname",          "connect_timeout",     "client_encoding",  "application_name",
        "keepalives_idle", "keepalives_interval", "tcp_user_timeout", static_cast<const char*>(nullptr)};
    std::array const values{
        options.url.c_str(), timeout.c_str(), "UTF8", "pix", "10", "5", "20000", static_cast<const char*>(nullptr)};
    connection->handle_ = PQconnectdbParams(keys.data(), values.data(), 1);
    if (connection->handle_ == nullptr || PQstatus(connection->handle_) != CONNECTION_OK) {
        // libpq's message names host and user, never the password.
        std::string detail = connection->handle_ == nullptr ? "out of memory" : PQerrorMessage(connection->handle_);
        std::string message = "the database server cannot be reached: " + std::string(core::trim(detail));
        return core::fail(core::Errc::unavailable, core::to_utf8(message), "Is it running, and is --database right?");
    }
    if (PQserverVersion(connection->handle_) < 150000) {
        return core::fail(core::Errc::unavailable, "the database server is older than PostgreSQL 15");
    }
    PQsetNoticeReceiver(connection->handle_, ignore_notice, nullptr);
    // Every wait has an end; a forgotten transaction does not hold its locks for ever.
    std::string const limits = "SET statement_timeout = 60000; SET idle_in_transaction_session_timeout = 60000;"
                               "SET lock_timeout = " +
                               std::to_string(std::max<std::int64_t>(1, options.busy_timeout.count()));
    PIX_CHECK(connection->simple(limits.c_str()));
    return connection;
}

PostgresqlConnection::~PostgresqlConnection()
{
    PQfinish(handle_);
}

bool PostgresqlConnection::is_usable() const
{
    return PQstatus(handle_) == CONNECTION_OK;
}

core::Result<PostgresqlConnection::Answer> PostgresqlConnection::checked(Answer answer, std::string_view sql)
{
    ExecStatusType const status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return answer;
    const char* field = answer ? PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE) : nullptr;
    std::string const state = field == nullptr ? "" : field;
    std::string detail(core::trim(answer ? PQresultErrorMessage(answer.get()) : PQerrorMessage(handle_)));
    detail += " (" + state + ") in: " + std::string(sql.substr(0, 500));
    // Whatever was cut off or collided before COMMIT has changed nothing. do_commit() clears this.
    may_retry_ = state == "40001" || state == "40P01" || !is_usable();
    return std::unexpected(error_of(state, core::to_utf8(detail)));
}

core::Result<PostgresqlConnection::Answer> PostgresqlConnection::simple(const char* sql)
{
    return checked(Answer(PQexec(handle_, sql), PQclear), sql);
}

core::Result<std::string> PostgresqlConnection::prepare(std::string_view sql, const Args& args)
{
    std::string key;
    key.reserve(args.size() + 1 + sql.size());
    for (const Value& value : args) key += type_letter(value);
    key += ':';
    key += sql;
    if (auto const found = by_key_.find(key); found != by_key_.end()) {
        statements_.splice(statements_.begin(), statements_, found->second);
        return statements_.front().name;
    }
    std::vector<Oid> types;
    types.reserve(args.size());
    for (const Value& value : args) types.push_back(type_of(value));
    std::string name = "p" + std::to_string(next_name_++);
    std::string const text(sql);
    PIX_CHECK(checked(
        Answer(PQprepare(handle_, name.c_str(), text.c_str(), static_cast<int>(types.size()), types.data()), PQclear),
        sql));
    statements_.push_front(Statement{std::move(key), name});
    by_key_.emplace(statements_.front().key, statements_.begin());
    if (statements_.size() > kept_statements) {
        PIX_CHECK(simple(("DEALLOCATE " + statements_.back().name).c_str()));
        by_key_.erase(statements_.back().key);
        statements_.pop_back();
    }
    return name;
}

core::Result<PostgresqlConnection::Answer> PostgresqlConnection::run(std::string_view sql, const Args& args)
{
    PIX_TRY(std::string const name, prepare(sql, args));
    // Numbers are written here; text and bytes stay where they are.
    std::vector<std::array<char, 32>> numbers(args.size());
    std::vector<const char*> values(args.size(), nullptr);
    std::vector<int> lengths(args.size(), 0);
    std::vector<int> formats(args.size(), 0);
    for (std::size_t i = 0; i < args.size(); ++i) {
        std::array<char, 32>& buffer = numbers[i];
        if (const auto* whole = std::get_if<std::int64_t>(&args[i])) {
            *std::to_chars(buffer.data(), buffer.data() + buffer.size() - 1, *whole).ptr = '\0';
            values[i] = buffer.data();
        } else if (const auto* real = std::get_if<double>(&args[i])) {
            *std::to_chars(buffer.data(), buffer.data() + buffer.size() - 1, *real).ptr = '\0';
            values[i] = buffer.data();
        } else if (const auto* text = std::get_if<std::string>(&args[i])) {
            values[i] = text->c_str();
        } else if (const auto* bytes = std::get_if<Bytes>(&args[i])) {
            if (bytes->data.size() > max_value_bytes) {
                return core::fail(core::Errc::too_large, "a value is too large for the database");
            }
            values[i] = bytes->data.c_str();
            lengths[i] = static_cast<int>(bytes->data.size());
            formats[i] = 1;
        }
    }
    return checked(Answer(PQexecPrepared(handle_, name.c_str(), static_cast<int>(args.size()), values.data(),
                                         lengths.data(), formats.data(), 0),
                          PQclear),
                   sql);
}

core::Result<Rows> PostgresqlConnection::do_query(std::string_view sql, const Args& args)
{
    PIX_TRY(Answer const answer, run(sql, args));
    int const count = PQntuples(answer.get());
    int const columns = PQnfields(answer.get());
    Rows rows;
    rows.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        std::vector<Value> cells;
        cells.reserve(static_cast<std::size_t>(columns));
        for (int j = 0; j < columns; ++j) cells.push_back(cell_of(answer.get(), i, j));
        rows.emplace_back(std::move(cells));
    }
    return rows;
}

core::Result<std::int64_t> PostgresqlConnection::do_execute(std::string_view sql, const Args& args)
{
    PIX_TRY(Answer const answer, run(sql, args));
    // Empty for statements that change no rows; the count of rows read for a SELECT.
    std::string_view const command = PQcmdStatus(answer.get());
    if (command.starts_with("SELECT")) return 0;
    return integer_of(PQcmdTuples(answer.get())).value_or(0);
}

core::Result<void> PostgresqlConnection::do_run_script(std::string_view sql)
{
    std::string const script(sql);
    PIX_CHECK(simple(script.c_str()));
    return {};
}

core::Result<void> PostgresqlConnection::do_begin(Access access, Durability /*durability*/)
{
    PIX_CHECK(simple(access == Access::write ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                                             : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    return {};
}

core::Result<void> PostgresqlConnection::do_commit()
{
    auto const answer = simple("COMMIT");
    if (answer) {
        // A COMMIT of a failed transaction answers ROLLBACK.
        if (std::string_view(PQcmdStatus(answer->get())) == "COMMIT") return {};
        return core::fail(core::Errc::internal, "the database refused a statement", "", "COMMIT answered ROLLBACK");
    }
    if (!is_usable()) {
        // The server may have committed before the connection broke; running it again could do it twice.
        may_retry_ = false;
        return core::fail(core::Errc::unavailable, "the connection to the database was lost while a change was stored",
                          "Look whether the change is there before repeating it.", answer.error().detail);
    }
    return std::unexpected(answer.error());
}

void PostgresqlConnection::do_rollback()
{
    if (!is_usable() || PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
    Answer const answer(PQexec(handle_, "ROLLBACK"), PQclear);
}

core::Result<bool> PostgresqlConnection::is_empty()
{
    PIX_TRY(Rows const rows,
            do_query("SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema()", {}));
    return rows.at(0).integer(0) == 0;
}

core::Result<std::vector<std::string>> PostgresqlConnection::check()
{
    std::vector<std::string> problems;
    auto const invalid = do_query("SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = "
                                  "i.indexrelid WHERE NOT i.indisvalid ORDER BY c.relname LIMIT 20",
                                  {});
    if (!invalid) return std::vector{invalid.error().message};
    for (const Row& row : *invalid) problems.push_back("the index " + row.text(0) + " is not valid");
    return problems;
}

} // namespace pix::store

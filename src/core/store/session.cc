#include "core/store/session.h"

#include "core/base/text.h"

namespace pix::store {

core::Result<void> Session::guard(std::string_view sql, const Args& args)
{
    if (first_failure_) {
        return core::fail(first_failure_->code, first_failure_->message, first_failure_->hint,
                          "a statement followed a failed one: " + first_failure_->detail);
    }
    for (const Value& value : args) {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr) continue;
        // PostgreSQL refuses both; SQLite would store them and hand them out again.
        if (text->find('\0') != std::string::npos) return core::fail(core::Errc::invalid, "a text holds a NUL byte");
        if (!core::is_utf8(*text)) return core::fail(core::Errc::invalid, "a text is not valid UTF-8");
    }
    if (before_statement_) return before_statement_(sql);
    return {};
}

template <class T>
core::Result<T> Session::keep_failure(core::Result<T> result)
{
    if (!result && !first_failure_) first_failure_ = result.error();
    return result;
}

core::Result<Rows> Session::query(std::string_view sql, const Args& args)
{
    if (auto allowed = guard(sql, args); !allowed) {
        return keep_failure<Rows>(std::unexpected(std::move(allowed).error()));
    }
    return keep_failure(do_query(sql, args));
}

core::Result<std::int64_t> Session::execute(std::string_view sql, const Args& args)
{
    if (auto allowed = guard(sql, args); !allowed) {
        return keep_failure<std::int64_t>(std::unexpected(std::move(allowed).error()));
    }
    return keep_failure(do_execute(sql, args));
}

core::Result<void> Session::run_script(std::string_view sql)
{
    if (auto allowed = guard(sql, {}); !allowed) return keep_failure(std::move(allowed));
    return keep_failure(do_run_script(sql));
}

core::Result<void> Session::begin(Access access, Durability durability)
{
    first_failure_.reset();
    may_retry_ = false;
    after_commit_.clear();
    PIX_CHECK(guard("BEGIN", {}));
    return do_begin(access, durability);
}

core::Result<void> Session::commit()
{
    if (first_failure_) return std::unexpected(*first_failure_);
    PIX_CHECK(guard("COMMIT", {}));
    return do_commit();
}

void Session::rollback()
{
    after_commit_.clear();
    do_rollback();
}

void Session::run_after_commit()
{
    auto const functions = std::exchange(after_commit_, {});
    for (const auto& function : functions) function();
}

Outcome run_transaction(Session& session, Access access, Durability durability,
                        std::move_only_function<core::Result<void>(Connection&)>& body)
{
    Outcome outcome;
    outcome.result = session.begin(access, durability);
    if (!outcome.result) {
        session.rollback();
        return outcome;
    }
    try {
        outcome.result = body(session);
    } catch (...) {
        outcome.exception = std::current_exception();
    }
    if (outcome.exception || !outcome.result) {
        session.rollback();
        return outcome;
    }
    outcome.result = session.commit();
    if (!outcome.result) {
        session.rollback();
        return outcome;
    }
    try {
        session.run_after_commit();
    } catch (...) {
        outcome.exception = std::current_exception();
    }
    return outcome;
}

} // namespace pix::store

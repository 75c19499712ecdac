#pragma once
#include <memory>
#include <vector>

#include "app/config.h"
#include "app/control.h"
#include "core/events/journal.h"
#include "core/jobs/queue.h"
#include "core/store/database.h"
#include "core/store/migration.h"

namespace pix::app {

/// What must not be lost, opened and brought up to date: the database, the journal and the queue.
///
/// Owns: the database's threads and connections; the home's lock is the caller's.
class Data {
public:
    /// Opens <home>/pix.db or the configured PostgreSQL and applies every migration of every area.
    /// Errors: Errc::unavailable (cannot be opened, locked, disk full), Errc::internal (a migration failed).
    static core::Result<std::unique_ptr<Data>> open(const Config& config);

    store::Database& database() { return *database_; }
    events::Journal& journal() { return journal_; }
    jobs::Queue& queue() { return queue_; }

    /// store.check, users.reset_password, jobs.list, jobs.show, jobs.cancel: what works with and without a server.
    ControlCommands commands();

private:
    explicit Data(std::unique_ptr<store::Database> database)
        : database_(std::move(database)), journal_(*database_), queue_(*database_, journal_)
    {}

    std::unique_ptr<store::Database> database_;
    events::Journal journal_;
    jobs::Queue queue_;
};

/// Every migration of every area, in order of their numbers.
std::vector<store::Migration> all_migrations();

} // namespace pix::app

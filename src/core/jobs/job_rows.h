#pragma once
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/jobs/job.h"
#include "core/store/connection.h"
#include "core/store/row.h"

namespace pix::jobs {

/// The columns that job_of reads, in its order, each with the table's name: no payload.
extern const std::string_view job_columns;

/// `row` from its first column on; a payload, if the query has it, is the column after them.
core::Result<Job> job_of(const store::Row& row);

/// One statement as each database takes it, made once: `static const Statement sql("... {now} ... {columns}");`
class Statement {
public:
    explicit Statement(std::string_view sql);
    const std::string& of(store::Dialect dialect) const
    {
        return dialect == store::Dialect::sqlite ? sqlite_ : postgresql_;
    }

private:
    std::string sqlite_, postgresql_;
};

/// `sql` with {now} as the database's own time in UTC milliseconds and {columns} as job_columns.
std::string with_time(std::string_view sql, store::Dialect dialect);

} // namespace pix::jobs

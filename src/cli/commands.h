#pragma once
#include <map>
#include <string>
#include <vector>

#include "app/config.h"
#include "cli/output.h"

namespace pix::cli {

/// What every command is given: the configuration and how to print.
struct Call {
    app::Config config;
    Format format = Format::text;
};

/// Starts the server and waits for its end; its exit status.
int serve(const app::Config& config);

/// What `pix jobs list` shows.
struct JobsFilter {
    std::string state; ///< waiting, running, succeeded, failed, cancelled; "" for all
    std::string area;
    std::string kind;
    int limit = 50;
};
int jobs_list(const Call& call, const JobsFilter& filter);
int jobs_show(const Call& call, const std::string& id);
int jobs_cancel(const Call& call, const std::string& id);

/// Reads the new password from the terminal, unseen, or from a pipe; ends every login of the account.
int user_reset_password(const Call& call, const std::string& name);

int tools_list(const Call& call);
int tools_validate(const Call& call, const std::string& tool, bool summary);
int tools_install(const Call& call, const std::string& tool);
int tools_logs(const Call& call, const std::string& tool, int lines);
int tools_stop(const Call& call, const std::string& tool);

/// Checks the home, the database, the ports and the programs that Pix needs; 0 when nothing failed.
int doctor(const Call& call);

/// Prints the whole route table: door, method, path, access.
int routes(const Call& call);

} // namespace pix::cli

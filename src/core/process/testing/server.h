#pragma once
#include <string>

namespace pix::process::testing {

/// A server for the tests of the guardian: does what the lines of its standard input say and answers each with one.
///
///     spawn kill|keep SPOOL|- ARGUMENT…   child ID PID
///     missing                             the error's name and message
///     see ID TEXT                         seen, once TEXT is in the output
///     all ID                              the number of bytes and lines of the whole output, once it has ended
///     wait ID                             how it ended
///     stop ID                             stopped
///     kept                                kept N, then the ids
///     reattach ID                         attached
///     write ID TEXT                       written
///     descriptors                         how many are open
///     quit                                nothing: it ends with status 0
int serve(const std::string& home, const std::string& lease_ms);

} // namespace pix::process::testing

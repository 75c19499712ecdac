#pragma once

namespace pix::cli {

/// Runs the command that the arguments name and returns the process's exit status: 0 done, 1 failed, 2 called wrongly.
int run(int argc, char** argv);

} // namespace pix::cli

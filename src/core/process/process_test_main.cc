#include "core/process/testing/server.h"

#include <gtest/gtest.h>

#include "core/process/guardian.h"

// The test program is also the guardian and the server that the tests of the guardian start.
int main(int argc, char** argv)
{
    const std::vector<std::string> arguments(argv, argv + argc);
    if (argc >= 4 && arguments[1] == "--guardian") {
        return pix::process::run_guardian({}, {arguments[0], "--server", arguments[2], arguments[3]});
    }
    if (argc >= 4 && arguments[1] == "--server") return pix::process::testing::serve(arguments[2], arguments[3]);
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}

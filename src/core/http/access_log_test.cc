#include "core/http/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "core/base/json.h"
#include "core/base/testing/temporary_folder.h"

namespace pix::http {
namespace {

TEST(AccessLog, writes_one_readable_line_whatever_the_path_holds)
{
    pix::testing::TemporaryFolder folder;
    auto log = AccessLog::open(folder.path() / "access.log");
    ASSERT_TRUE(log);
    AccessRecord record;
    record.at = 1'700'000'000'042;
    record.id = "req_1";
    record.door = "tools";
    record.actor_kind = "user";
    record.actor_id = "7";
    record.method = "GET";
    record.mount = "/tools";
    record.path = "/a\"b\\c\nd\x7f"
                  "ä";
    record.status = 200;
    record.bytes = 5;
    record.micros = 17;
    (*log)->add(record);
    (*log)->flush();
    std::ifstream file(folder.path() / "access.log");
    std::string line;
    ASSERT_TRUE(std::getline(file, line));
    auto const value = core::parse_json(line);
    ASSERT_TRUE(value) << line;
    EXPECT_EQ(value->at("at"), "2023-11-14T22:13:20.042Z");
    EXPECT_EQ(value->at("path"), "/tools/a\"b\\c\nd\x7f"
                                 "ä");
    EXPECT_EQ(value->at("actor"), "user:7");
    EXPECT_EQ(value->at("micros"), 17);
    EXPECT_FALSE(std::getline(file, line));
}

TEST(AccessLog, appends_to_what_is_there)
{
    pix::testing::TemporaryFolder folder;
    for (int i = 0; i < 2; ++i) {
        auto log = AccessLog::open(folder.path() / "access.log");
        ASSERT_TRUE(log);
        (*log)->add({});
    }
    std::ifstream file(folder.path() / "access.log");
    int lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    EXPECT_EQ(lines, 2);
}

TEST(AccessLog, says_how_many_lines_it_had_to_drop)
{
    // A pipe that nobody reads stands for a disk that does not keep up.
    pix::testing::TemporaryFolder folder;
    auto const pipe = folder.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    int const reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    auto log = AccessLog::open(pipe);
    ASSERT_TRUE(log);
    std::string const path(1000, 'x');
    AccessRecord record;
    record.path = path;
    while ((*log)->dropped() < 10) (*log)->add(record);
    std::string written;
    std::thread drain([&] {
        char bytes[64 * 1024];
        while (written.find("{\"dropped\":") == std::string::npos) {
            ssize_t const size = ::read(reader, bytes, sizeof bytes);
            if (size > 0) written.append(bytes, static_cast<std::size_t>(size));
        }
    });
    drain.join();
    EXPECT_NE(written.find("{\"dropped\":"), std::string::npos);
    // Nobody reads any more, so that the end does not wait for a full pipe.
    ::close(reader);
    log->reset();
}

TEST(AccessLog, names_a_file_that_cannot_be_opened)
{
    auto const log = AccessLog::open("/nowhere/access.log");
    ASSERT_FALSE(log);
    EXPECT_NE(log.error().message.find("/nowhere/access.log"), std::string::npos);
}

} // namespace
} // namespace pix::http

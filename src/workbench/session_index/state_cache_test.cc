#include "workbench/session_index/state_cache.h"

#include <gtest/gtest.h>

namespace pix::workbench {

namespace {

SessionEntry session(std::int64_t number)
{
    SessionEntry entry;
    entry.number = number;
    entry.offset = 100;
    entry.source.modified = 7;
    entry.source.inode = 3;
    return entry;
}

void keep(StateCache& cache, std::int64_t number, std::size_t bytes)
{
    cache.keep(session(number), std::make_shared<ReadState>(), bytes);
}

} // namespace

TEST(StateCache, gives_what_was_kept_of_the_same_version)
{
    StateCache cache;
    EXPECT_EQ(cache.find(session(1)), nullptr);
    keep(cache, 1, 10);
    EXPECT_NE(cache.find(session(1)), nullptr);
    EXPECT_EQ(cache.find(session(2)), nullptr);
}

TEST(StateCache, knows_nothing_of_a_file_that_grew_or_was_replaced)
{
    StateCache cache;
    keep(cache, 1, 10);
    auto grown = session(1);
    grown.offset = 120;
    EXPECT_EQ(cache.find(grown), nullptr);
    auto written = session(1);
    written.source.modified = 8;
    EXPECT_EQ(cache.find(written), nullptr);
    auto replaced = session(1);
    replaced.source.inode = 4;
    EXPECT_EQ(cache.find(replaced), nullptr);
}

TEST(StateCache, lets_go_of_the_one_unused_for_longest)
{
    StateCache cache;
    for (std::int64_t number = 1; number <= 8; ++number) keep(cache, number, 10);
    EXPECT_NE(cache.find(session(1)), nullptr);
    keep(cache, 9, 10);
    EXPECT_NE(cache.find(session(1)), nullptr);
    EXPECT_EQ(cache.find(session(2)), nullptr);
}

TEST(StateCache, keeps_bounded_memory)
{
    StateCache cache;
    keep(cache, 1, 5UL << 20);
    keep(cache, 2, 5UL << 20);
    EXPECT_EQ(cache.find(session(1)), nullptr);
    EXPECT_NE(cache.find(session(2)), nullptr);
    keep(cache, 3, 9UL << 20);
    EXPECT_EQ(cache.find(session(3)), nullptr);
    EXPECT_NE(cache.find(session(2)), nullptr);
}

} // namespace pix::workbench

#include "workbench/session_readers/jsonl_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <vector>

namespace pix::workbench {
namespace {

class JsonlFileTest : public testing::Test {
protected:
    JsonlFileTest()
    {
        std::string name = (std::filesystem::temp_directory_path() / "jsonl_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        path_ = folder_ / "a.jsonl";
    }
    ~JsonlFileTest() override { std::filesystem::remove_all(folder_); }

    void write(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }
    void append(std::string_view text) const { std::ofstream(path_, std::ios::binary | std::ios::app) << text; }

    static std::vector<std::string> lines(JsonlFile& file)
    {
        std::vector<std::string> all;
        for (JsonlLine line; file.next(line);) all.emplace_back(line.text);
        return all;
    }

    std::filesystem::path folder_;
    std::filesystem::path path_;
};

using Lines = std::vector<std::string>;

TEST_F(JsonlFileTest, gives_whole_lines_and_lets_a_half_one_wait)
{
    write("one\n\ntwo\r\nthr");
    auto file = JsonlFile::open(path_);
    ASSERT_TRUE(file);
    EXPECT_EQ(lines(*file), (Lines{"one", "", "two"}));
    EXPECT_EQ(file->offset(), 10U);
    append("ee\n");
    EXPECT_EQ(lines(*file), (Lines{"three"}));
    EXPECT_EQ(file->offset(), 16U);
    EXPECT_TRUE(file->status());
}

TEST_F(JsonlFileTest, knows_where_each_line_stands_and_goes_on_from_there)
{
    write("a\nbb\nccc\n");
    auto file = JsonlFile::open(path_);
    ASSERT_TRUE(file);
    JsonlLine line;
    ASSERT_TRUE(file->next(line));
    ASSERT_TRUE(file->next(line));
    EXPECT_EQ(line.offset, 2U);
    EXPECT_EQ(line.end, 5U);
    file->seek(2);
    EXPECT_EQ(lines(*file), (Lines{"bb", "ccc"}));
    file->seek(1000);
    EXPECT_EQ(lines(*file), Lines());
    EXPECT_EQ(file->offset(), 1000U);
}

TEST_F(JsonlFileTest, skips_and_counts_overlong_lines_whatever_the_block_size)
{
    std::string const longer(50, 'x');
    for (std::size_t const block : {16, 17, 20, 40, 64, 1000}) {
        write("a\n" + longer + "\nb\n" + std::string(20, 'y') + "\n" + longer + "\nc\n");
        auto file = JsonlFile::open(path_, {.max_line = 20, .block = block});
        ASSERT_TRUE(file);
        EXPECT_EQ(lines(*file), (Lines{"a", "b", std::string(20, 'y'), "c"})) << block;
        EXPECT_EQ(file->skipped_bytes(), 102U) << block;
        EXPECT_EQ(file->offset(), 2U + 51 + 2 + 21 + 51 + 2) << block;
    }
}

TEST_F(JsonlFileTest, stays_before_an_overlong_line_that_has_no_end_yet)
{
    write("a\n" + std::string(500, 'x'));
    auto file = JsonlFile::open(path_, {.max_line = 20, .block = 16});
    ASSERT_TRUE(file);
    EXPECT_EQ(lines(*file), (Lines{"a"}));
    EXPECT_EQ(file->offset(), 2U);
    append("\nb\n");
    EXPECT_EQ(lines(*file), (Lines{"b"}));
    EXPECT_EQ(file->skipped_bytes(), 501U);
}

TEST_F(JsonlFileTest, ends_quietly_when_the_file_shrinks)
{
    write(std::string(100, 'a') + "\n" + std::string(100, 'b') + "\n");
    auto file = JsonlFile::open(path_, {.block = 110});
    ASSERT_TRUE(file);
    JsonlLine line;
    ASSERT_TRUE(file->next(line));
    std::filesystem::resize_file(path_, 0);
    EXPECT_FALSE(file->next(line));
    EXPECT_TRUE(file->status());
    EXPECT_EQ(file->offset(), 101U);
}

TEST_F(JsonlFileTest, refuses_what_is_no_regular_file)
{
    auto const missing = JsonlFile::open(path_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, core::Errc::not_found);
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    auto const fifo = JsonlFile::open(path_);
    ASSERT_FALSE(fifo);
    EXPECT_EQ(fifo.error().code, core::Errc::unavailable);
    EXPECT_FALSE(JsonlFile::open(folder_));
}

TEST_F(JsonlFileTest, reads_bytes_anywhere)
{
    write("0123456789");
    auto file = JsonlFile::open(path_);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->bytes_at(3, 4).value(), "3456");
    EXPECT_EQ(file->bytes_at(8, 10).value(), "89");
    EXPECT_EQ(file->bytes_at(20, 10).value(), "");
}

} // namespace
} // namespace pix::workbench

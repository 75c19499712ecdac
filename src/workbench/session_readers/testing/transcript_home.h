#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "workbench/session_readers/session_reader.h"
#include "workbench/session_readers/testing/message_log.h"

namespace pix::testing {

/// A user's folder with transcripts that a test writes; gone with the test.
class TranscriptHome {
public:
    TranscriptHome()
    {
        std::string name = (std::filesystem::temp_directory_path() / "transcripts_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~TranscriptHome() { std::filesystem::remove_all(folder_); }
    TranscriptHome(const TranscriptHome&) = delete;
    TranscriptHome& operator=(const TranscriptHome&) = delete;

    std::filesystem::path path(std::string_view relative) const { return folder_ / relative; }
    const std::filesystem::path& folder() const { return folder_; }

    void write(std::string_view relative, std::string_view text) const
    {
        std::filesystem::create_directories(path(relative).parent_path());
        std::ofstream(path(relative), std::ios::binary) << text;
    }
    void append(std::string_view relative, std::string_view text) const
    {
        std::ofstream(path(relative), std::ios::binary | std::ios::app) << text;
    }

private:
    std::filesystem::path folder_;
};

/// A line of a sample: single quotes stand for double ones.
inline std::string json_line(std::string text)
{
    for (char& c : text)
        if (c == '\'') c = '"';
    return text + "\n";
}

/// Every page of `size` messages, oldest first, must together be what reading has given.
inline std::vector<std::string> paged(const workbench::SessionReader& reader, const workbench::SessionSource& source,
                                      const workbench::ReadState* state, std::int64_t size)
{
    std::vector<std::string> lines;
    for (std::int64_t offset = 0;; offset += size) {
        auto const page = reader.page(source, state, {.offset = offset, .limit = size});
        EXPECT_TRUE(page);
        if (!page) return lines;
        auto const more = lines_of(page->messages);
        lines.insert(lines.begin(), more.begin(), more.end());
        if (!page->has_more) return lines;
    }
}

} // namespace pix::testing

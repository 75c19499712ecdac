#include "workbench/file/folder_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <map>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

std::string zip_of(const ProjectInTemp& temp, const std::string& folder = "", WalkOptions options = {})
{
    auto const project = temp.open();
    auto archive = FolderArchive::open(project, *project.contained(folder), options);
    if (!archive) return archive.error().name;
    std::string bytes;
    for (;;) {
        auto piece = (*archive)->next();
        if (!piece) return piece.error().message + piece.error().detail;
        if (piece->empty()) return bytes;
        EXPECT_LT(piece->size(), 1024U * 1024U);
        bytes += *piece;
    }
}

/// Names and bytes; of links "-> target".
std::map<std::string, std::string> unpack(const std::string& bytes)
{
    std::map<std::string, std::string> found;
    archive* const reader = archive_read_new();
    archive_read_support_format_zip_seekable(reader);
    EXPECT_EQ(archive_read_open_memory(reader, bytes.data(), bytes.size()), ARCHIVE_OK);
    archive_entry* entry = nullptr;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
        std::string content;
        if (const char* const link = archive_entry_symlink(entry)) content = std::string("-> ") + link;
        char piece[4096];
        la_ssize_t got = 0;
        while ((got = archive_read_data(reader, piece, sizeof piece)) > 0)
            content.append(piece, static_cast<std::size_t>(got));
        EXPECT_EQ(got, 0);
        found[archive_entry_pathname(entry)] = content;
    }
    archive_read_free(reader);
    return found;
}

TEST(FolderArchive, holds_what_the_tree_shows)
{
    ProjectInTemp temp;
    temp.file("src/a.cc", "text");
    temp.file("src/photo.png", std::string(300'000, 'p'));
    temp.file("node_modules/x", "no");
    temp.folder("empty");
    auto const found = unpack(zip_of(temp));
    std::map<std::string, std::string> const expected{{"app/src/", ""},
                                                      {"app/src/a.cc", "text"},
                                                      {"app/src/photo.png", std::string(300'000, 'p')},
                                                      {"app/empty/", ""}};
    EXPECT_EQ(found, expected);
    EXPECT_EQ(unpack(zip_of(temp, "src")).at("src/a.cc"), "text");
    EXPECT_EQ(zip_of(temp, "src/a.cc"), "NOT_A_FOLDER");
}

TEST(FolderArchive, keeps_links_that_stay_in_it_and_names_what_it_leaves_out)
{
    ProjectInTemp temp;
    temp.file("a", "x");
    temp.link("sub/link", "../a");
    temp.link("out", "../secret");
    temp.link("absolute", (temp.path() / "a").string());
    ASSERT_EQ(::mkfifo((temp.path() / "fifo").c_str(), 0600), 0);
    auto const found = unpack(zip_of(temp));
    EXPECT_EQ(found.at("app/sub/link"), "-> ../a");
    EXPECT_FALSE(found.contains("app/out"));
    EXPECT_FALSE(found.contains("app/absolute"));
    EXPECT_FALSE(found.contains("app/fifo"));
    const std::string& missing = found.at("app/NOT-IN-THIS-ARCHIVE.txt");
    EXPECT_NE(missing.find("app/fifo: a FIFO"), std::string::npos);
    EXPECT_NE(missing.find("app/out:"), std::string::npos);
    // Of the folder alone, the link leads out.
    EXPECT_FALSE(unpack(zip_of(temp, "sub")).contains("sub/link"));
}

TEST(FolderArchive, marks_names_as_utf8)
{
    ProjectInTemp temp;
    temp.file("\xc3\xa4.txt", "x");
    temp.file("bad\xff", "y");
    std::string const bytes = zip_of(temp);
    // General purpose bit 11 of the first local header (APPNOTE 4.4.4).
    auto const header = bytes.find("PK\x03\x04");
    ASSERT_NE(header, std::string::npos);
    EXPECT_EQ(static_cast<unsigned char>(bytes[header + 7]) & 0x08, 0x08);
    EXPECT_NE(bytes.find("app/\xc3\xa4.txt"), std::string::npos);
    EXPECT_NE(bytes.find("app/bad\xEF\xBF\xBD"), std::string::npos);
}

TEST(FolderArchive, is_whole_when_its_time_is_over)
{
    ProjectInTemp temp;
    temp.file("a", "x");
    WalkOptions options;
    options.time = std::chrono::milliseconds(0);
    EXPECT_NE(unpack(zip_of(temp, "", options)).at("app/NOT-IN-THIS-ARCHIVE.txt").find("took too long"),
              std::string::npos);
}

} // namespace
} // namespace pix::workbench

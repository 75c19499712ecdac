#include "tools/artefact_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/json.h"
#include "core/base/testing/temporary_folder.h"
#include "core/base/text.h"

namespace pix::tools {
namespace {

namespace fs = std::filesystem;
using core::Errc;

class ArtefactFolderSuite : public ::testing::Test {
protected:
    void write(const fs::path& path, const std::string& text)
    {
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }

    pix::testing::TemporaryFolder home;
    ArtefactFolder folder{home.path() / "artefacts", ArtefactLimits{.inline_bytes = 100}};
};

TEST_F(ArtefactFolderSuite, makes_a_private_folder_and_refuses_ids_that_lead_elsewhere)
{
    auto const made = folder.make("tool", "run");
    ASSERT_TRUE(made);
    EXPECT_EQ(fs::status(*made).permissions() & fs::perms::mask, fs::perms::owner_all);
    for (const char* id : {"..", "_thumbs", "a/b", "", ".x"}) EXPECT_FALSE(folder.make(id, "run")) << id;
}

TEST_F(ArtefactFolderSuite, removes_the_folder_of_a_run_that_left_nothing)
{
    auto const made = folder.make("tool", "run");
    EXPECT_TRUE(folder.collect("tool", "run", 1).empty());
    EXPECT_FALSE(fs::exists(*made));
}

TEST_F(ArtefactFolderSuite, registers_files_and_leaves_out_partial_hidden_and_linked_ones)
{
    auto const made = folder.make("tool", "run");
    write(*made / "plot.png", "png");
    write(*made / "tables" / "a.csv", "1,2");
    write(*made / "half.bin.partial", "x");
    write(*made / ".cache" / "x", "x");
    write(*made / "my_token.txt", "x");
    fs::create_symlink("/etc/passwd", *made / "link");
    auto found = folder.collect("tool", "run", 7);
    std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.rel_path < b.rel_path; });
    ASSERT_EQ(found.size(), 3U);
    EXPECT_TRUE(found[0].filename.starts_with("redacted-")) << found[0].filename;
    EXPECT_EQ(found[1].output_key, "plot");
    EXPECT_EQ(found[1].mime, "image/png");
    EXPECT_EQ(found[2].output_key, "tables");
    EXPECT_EQ(found[2].rel_path, "tool/run/tables/a.csv");
    EXPECT_EQ(found[2].size_bytes, 3);
    EXPECT_EQ(found[2].sha256.size(), 64U);
}

TEST_F(ArtefactFolderSuite, spills_media_and_large_values_and_keeps_small_ones)
{
    auto const schema = read_tool_schema(R"({"id": "tool", "name": "T", "inputs": [], "outputs": [
        {"key": "picture", "type": "image", "label": "P"}, {"key": "big", "type": "kv", "label": "B"},
        {"key": "small", "type": "text", "label": "S"}]})",
                                         "tool");
    ASSERT_TRUE(schema.schema);
    json::object outputs;
    outputs["picture"] = json::object{{"value", "data:image/png;base64," + core::base64_encode("PNG!")}, {"alt", "A"}};
    outputs["big"] = json::object{{"pairs", json::object{{"k", std::string(200, 'x')}}}};
    outputs["small"] = "hello";
    auto const spilled = folder.spill("tool", "run", *schema.schema, outputs, 1);
    ASSERT_TRUE(spilled);
    ASSERT_EQ(spilled->size(), 2U);
    EXPECT_EQ((*spilled)[0].artefact.rel_path, "tool/run/picture.png");
    EXPECT_EQ((*spilled)[0].artefact.size_bytes, 4);
    EXPECT_EQ((*spilled)[0].reference.at("alt"), "A");
    EXPECT_EQ((*spilled)[1].artefact.mime, "application/json");
    EXPECT_EQ(outputs.at("small"), "hello");
    EXPECT_TRUE(outputs.at("big").is_null());
    auto const path = folder.resolve("tool/run/picture.png");
    ASSERT_TRUE(path);
    std::ifstream file(*path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "PNG!");
}

TEST_F(ArtefactFolderSuite, resolves_nothing_outside_its_root)
{
    auto const made = folder.make("tool", "run");
    fs::create_symlink("/etc/passwd", *made / "link");
    EXPECT_EQ(folder.resolve("../x").error().code, Errc::forbidden);
    EXPECT_EQ(folder.resolve("/etc/passwd").error().code, Errc::forbidden);
    EXPECT_EQ(folder.resolve("tool/run/link").error().code, Errc::forbidden);
    EXPECT_EQ(folder.resolve("tool/run/none").error().code, Errc::gone);
}

} // namespace
} // namespace pix::tools

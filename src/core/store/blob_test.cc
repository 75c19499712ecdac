#include "core/store/blob.h"

#include <fstream>

#include "core/store/testing/test_database.h"

namespace pix::store {
namespace {

using namespace std::chrono_literals;
using testing::run_to_end;
using testing::TestDatabase;

class Blobs : public testing::OnEachDatabase {
protected:
    TestDatabase database{GetParam(), blob_migrations};
    asio::thread_pool pool{1};
    BlobStore blobs{*database, pool, database.folder() / "blobs", "host-a"};

    core::Result<void> refer(const std::string& sha256, const std::string& owner)
    {
        return database->write_now([&](Connection& tx) { return blobs.add_reference(tx, sha256, owner); });
    }
    std::size_t files_in_tmp()
    {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(database.folder() / "blobs/tmp")) {
            ++count;
        }
        return count;
    }
};
PIX_ON_EACH_DATABASE(Blobs);

TEST_P(Blobs, are_kept_under_their_hash_once)
{
    auto const blob = run_to_end(blobs.put("hello"));
    ASSERT_TRUE(blob) << blob.error().message;
    // sha256sum of "hello"
    EXPECT_EQ(blob->sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    EXPECT_EQ(blob->size_bytes, 5);
    auto const again = run_to_end(blobs.put("hello"));
    EXPECT_EQ(again->sha256, blob->sha256);
    EXPECT_EQ(run_to_end(blobs.get(blob->sha256, 100)).value(), "hello");
    EXPECT_TRUE(blobs.path_of(blob->sha256)->string().ends_with("blobs/2c/" + blob->sha256.substr(2)));
    EXPECT_EQ(files_in_tmp(), 0U);
}

TEST_P(Blobs, come_from_files_in_pieces)
{
    std::string const content(1'000'000, 'z');
    auto const file = database.folder() / "big";
    std::ofstream(file) << content;
    auto const blob = run_to_end(blobs.put_file(file, 1'000'000));
    ASSERT_TRUE(blob) << blob.error().message;
    EXPECT_EQ(run_to_end(blobs.get(blob->sha256, 1'000'000)).value(), content);
    EXPECT_EQ(run_to_end(blobs.get(blob->sha256, 999'999)).error().code, core::Errc::too_large);
    EXPECT_EQ(run_to_end(blobs.put_file(file, 999'999)).error().code, core::Errc::too_large);
    EXPECT_EQ(run_to_end(blobs.put_file(database.folder(), 10)).error().code, core::Errc::invalid);
    EXPECT_EQ(run_to_end(blobs.put_file(database.folder() / "none", 10)).error().code, core::Errc::not_found);
    EXPECT_EQ(files_in_tmp(), 0U);
}

TEST_P(Blobs, that_were_never_finished_are_swept_away)
{
    ASSERT_TRUE(run_to_end(blobs.put("hello")));
    auto const left = database.folder() / "blobs/tmp/left";
    std::ofstream(left) << "half";
    ASSERT_TRUE(run_to_end(blobs.remove_unreferenced(1h)));
    EXPECT_EQ(files_in_tmp(), 1U) << "somebody may be writing it";
    std::filesystem::last_write_time(left, std::filesystem::file_time_type::clock::now() - 25h);
    ASSERT_TRUE(run_to_end(blobs.remove_unreferenced(1h)));
    EXPECT_EQ(files_in_tmp(), 0U);
}

TEST_P(Blobs, that_are_damaged_are_not_handed_out)
{
    auto const blob = run_to_end(blobs.put("hello"));
    std::ofstream(*blobs.path_of(blob->sha256)) << "HELLO";
    EXPECT_EQ(run_to_end(blobs.get(blob->sha256, 100)).error().code, core::Errc::unavailable);
}

TEST_P(Blobs, with_a_name_that_is_no_hash_are_refused)
{
    EXPECT_EQ(run_to_end(blobs.get("../../etc/passwd", 100)).error().code, core::Errc::invalid);
    EXPECT_EQ(blobs.path_of(std::string(64, '/')), std::nullopt);
    EXPECT_EQ(run_to_end(blobs.get(std::string(64, 'a'), 100)).error().code, core::Errc::not_found);
}

TEST_P(Blobs, live_as_long_as_somebody_refers_to_them)
{
    auto const kept = run_to_end(blobs.put("kept"));
    auto const unused = run_to_end(blobs.put("unused"));
    ASSERT_TRUE(refer(kept->sha256, "scan/1"));
    ASSERT_TRUE(refer(kept->sha256, "scan/2"));
    EXPECT_EQ(refer(std::string(64, 'a'), "scan/1").error().code, core::Errc::not_found);
    EXPECT_EQ(run_to_end(blobs.remove_unreferenced(1h)).value(), 0) << "all are young";
    EXPECT_EQ(run_to_end(blobs.remove_unreferenced(0ms)).value(), 1);
    EXPECT_FALSE(blobs.path_of(unused->sha256));
    EXPECT_TRUE(blobs.path_of(kept->sha256));
    ASSERT_TRUE(database->write_now([&](Connection& tx) { return blobs.drop_references(tx, "scan/1"); }));
    EXPECT_EQ(run_to_end(blobs.remove_unreferenced(0ms)).value(), 0);
    ASSERT_TRUE(database->write_now([&](Connection& tx) { return blobs.drop_references(tx, "scan/2"); }));
    EXPECT_EQ(run_to_end(blobs.remove_unreferenced(0ms)).value(), 1);
    EXPECT_FALSE(blobs.path_of(kept->sha256));
}

} // namespace
} // namespace pix::store

#include "core/access/secret_box.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "core/access/secret_file.h"
#include "core/base/testing/temporary_folder.h"

namespace pix::access {
namespace {

using pix::testing::TemporaryFolder;

unsigned mode_of(const std::filesystem::path& file)
{
    struct stat facts{};
    ::stat(file.c_str(), &facts);
    return facts.st_mode & 0777;
}

TEST(SecretFile, is_made_once_for_its_owner_only)
{
    TemporaryFolder const folder;
    auto const file = folder.path() / "home/jwt.key";
    auto const made = load_or_make_secret(file, 64);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->size(), 128U);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(*load_or_make_secret(file, 64), *made);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

TEST(SecretFile, differs_from_home_to_home)
{
    TemporaryFolder const folder;
    EXPECT_NE(*load_or_make_secret(folder.path() / "a", 32), *load_or_make_secret(folder.path() / "b", 32));
}

TEST(SecretFile, is_refused_when_others_may_read_it)
{
    TemporaryFolder const folder;
    auto const file = folder.path() / "jwt.key";
    ASSERT_TRUE(load_or_make_secret(file, 32));
    ::chmod(file.c_str(), 0644);
    auto const again = load_or_make_secret(file, 32);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, core::Errc::invalid);
    EXPECT_NE(again.error().hint.find("chmod 600"), std::string::npos);
}

TEST(SecretFile, is_refused_when_it_is_damaged_and_never_made_anew)
{
    TemporaryFolder const folder;
    auto const file = folder.path() / "jwt.key";
    std::ofstream(file) << "deadbeef\n";
    ::chmod(file.c_str(), 0600);
    EXPECT_FALSE(load_or_make_secret(file, 32));
    std::ofstream(file) << "";
    EXPECT_FALSE(load_or_make_secret(file, 32));
    EXPECT_EQ(std::filesystem::file_size(file), 0U);
}

TEST(SecretFile, does_not_follow_a_link)
{
    TemporaryFolder const folder;
    ASSERT_TRUE(load_or_make_secret(folder.path() / "real", 32));
    std::filesystem::create_symlink(folder.path() / "real", folder.path() / "link");
    EXPECT_FALSE(load_or_make_secret(folder.path() / "link", 32));
}

TEST(SecretBox, opens_what_it_has_sealed_also_after_a_restart)
{
    TemporaryFolder const folder;
    auto const file = folder.path() / "secret.key";
    auto const box = SecretBox::open(file);
    ASSERT_TRUE(box);
    std::string const sealed = box->seal("ghp_secret", "git_credential/7");
    EXPECT_EQ(sealed.find("ghp_secret"), std::string::npos);
    EXPECT_EQ(*SecretBox::open(file)->open_sealed(sealed, "git_credential/7"), "ghp_secret");
    EXPECT_EQ(*box->open_sealed(box->seal("", "p"), "p"), "");
}

TEST(SecretBox, does_not_open_for_another_purpose_key_or_with_changed_bytes)
{
    TemporaryFolder const folder;
    auto const box = SecretBox::open(folder.path() / "a");
    auto const other = SecretBox::open(folder.path() / "b");
    std::string const sealed = box->seal("ghp_secret", "git_credential/7");
    EXPECT_FALSE(box->open_sealed(sealed, "git_credential/8"));
    EXPECT_FALSE(other->open_sealed(sealed, "git_credential/7"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(box->open_sealed(changed, "git_credential/7")) << i;
        EXPECT_FALSE(box->open_sealed(std::string_view(sealed).substr(0, i), "git_credential/7")) << i;
    }
}

TEST(SecretBox, seals_the_same_text_differently_each_time)
{
    TemporaryFolder const folder;
    auto const box = SecretBox::open(folder.path() / "a");
    EXPECT_NE(box->seal("x", "p"), box->seal("x", "p"));
}

} // namespace
} // namespace pix::access

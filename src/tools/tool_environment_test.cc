#include "tools/tool_environment.h"

#include <gtest/gtest.h>

namespace pix::tools {
namespace {

TEST(ToolEnvironment, reads_quotes_escapes_comments_and_exports)
{
    Variables const read = parse_env("# note\nA=1\nexport B = \"two \\\"quoted\\\" \\\\ #\\n\"\nC='raw \\n'\n"
                                     "D=plain # tail\nnot a line\n1X=no\nE=\"over\ntwo lines\"\nF=\n");
    EXPECT_EQ(read, (Variables{{"A", "1"},
                               {"B", "two \"quoted\" \\ #\n"},
                               {"C", "raw \\n"},
                               {"D", "plain"},
                               {"E", "over\ntwo lines"},
                               {"F", ""}}));
}

TEST(ToolEnvironment, survives_an_unclosed_quote_and_drops_what_no_process_can_take)
{
    EXPECT_EQ(parse_env("A=\"open"), (Variables{{"A", "open"}}));
    EXPECT_EQ(parse_env(std::string_view("A=x\0y\nB=1", 9)), (Variables{{"B", "1"}}));
}

TEST(ToolEnvironment, lets_only_the_listed_names_through)
{
    Variables const allowed = allowed_environment(
        {{"PATH", "/bin"}, {"PIXIE_PORT", "1"}, {"PIX_HOME", "x"}, {"AWS_SECRET", "s"}, {"CUDA_VISIBLE_DEVICES", "0"}});
    EXPECT_EQ(allowed, (Variables{{"CUDA_VISIBLE_DEVICES", "0"}, {"PATH", "/bin"}}));
}

TEST(SecretMask, hides_declared_and_secret_sounding_values_longest_first)
{
    SecretMask const mask({{"MINE", "abcd"}, {"API_TOKEN", "abcdef"}, {"MODE", "verbose"}, {"PIN_KEY", "123"}},
                          {"MINE"});
    EXPECT_EQ(mask.apply("abcdef abcd verbose 123"), "*** *** verbose 123");
}

} // namespace
} // namespace pix::tools

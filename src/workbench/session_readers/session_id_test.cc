#include "workbench/session_readers/session_id.h"

#include <gtest/gtest.h>

#include <string>

namespace pix::workbench {
namespace {

TEST(SessionId, is_what_can_stand_in_a_path)
{
    for (std::string_view const id : {"a", "ses_df461870", "01a20b9f-46e4-7323-9791-60c89ddb626f", "a.b..c"})
        EXPECT_TRUE(is_session_id(id)) << id;
    EXPECT_TRUE(is_session_id(std::string(128, 'x')));
    for (std::string_view const id : {"", ".", "..", ".hidden", "a/b", "a\\b", "a b", "a\n", "\u00e4", "a%2f"})
        EXPECT_FALSE(is_session_id(id)) << id;
    EXPECT_FALSE(is_session_id(std::string(129, 'x')));
    EXPECT_FALSE(is_session_id(std::string_view("a\0b", 3)));
}

} // namespace
} // namespace pix::workbench

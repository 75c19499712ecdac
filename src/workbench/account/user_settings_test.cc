#include "workbench/account/user_settings.h"

#include <gtest/gtest.h>

#include "core/base/json.h"

namespace pix::workbench {
namespace {

core::json::object object(std::string_view text)
{
    return core::parse_json(text)->as_object();
}

TEST(NotificationPreferences, begin_quiet_but_for_what_needs_an_answer)
{
    EXPECT_EQ(NotificationPreferences().to_json(), object(R"({"channels":{"inApp":false,"webPush":false},
                         "events":{"actionRequired":true,"stop":true,"error":true}})"));
}

TEST(NotificationPreferences, keep_what_is_not_sent_and_leave_out_what_is_not_known)
{
    auto const changed = NotificationPreferences().with(
        object(R"({"channels":{"webPush":true,"fax":true},"events":{"updates":true,"stop":null},"x":1})"));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->to_json(), object(R"({"channels":{"inApp":false,"webPush":true},
                   "events":{"actionRequired":true,"stop":true,"error":true,"updates":true}})"));
    EXPECT_EQ(*NotificationPreferences().with(changed->to_json()), *changed);
}

TEST(NotificationPreferences, name_the_field_that_is_wrong)
{
    auto const wrong = NotificationPreferences().with(object(R"({"events":{"stop":1}})"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, core::Errc::invalid);
    EXPECT_EQ(wrong.error().message, "stop is neither true nor false");
    EXPECT_FALSE(NotificationPreferences().with(object(R"({"channels":[]})")));
}

TEST(AppearanceSetting, takes_only_its_choices)
{
    auto const dark = AppearanceSetting().with(object(R"({"theme":"dark","unknown":{}})"));
    ASSERT_TRUE(dark);
    EXPECT_EQ(dark->theme, "dark");
    EXPECT_EQ(dark->accent, "indigo");
    auto const wrong = AppearanceSetting().with(object(R"({"density":"tiny"})"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message, "density is none of: comfortable, compact");
}

TEST(Language, is_found_by_its_tag_or_its_base)
{
    EXPECT_EQ(find_language("EN"), "en");
    EXPECT_EQ(find_language("de-AT"), "de");
    EXPECT_EQ(find_language("zh-tw"), "zh-TW");
    EXPECT_EQ(find_language("zh"), "zh-CN");
    EXPECT_EQ(find_language("tlh"), std::nullopt);
    EXPECT_EQ(find_language(""), std::nullopt);
}

} // namespace
} // namespace pix::workbench

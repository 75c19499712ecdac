#include "tools/number_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace pix::tools {
namespace {

TEST(NumberText, writes_decimals_in_british_english)
{
    EXPECT_EQ(number_text(0.0), "0");
    EXPECT_EQ(number_text(-0.0), "0");
    EXPECT_EQ(number_text(1234567.891), "1,234,567.891");
    EXPECT_EQ(number_text(-1234.5), "-1,234.5");
    EXPECT_EQ(number_text(0.1234567), "0.123457");
    EXPECT_EQ(number_text(999.9999999), "1,000");
    EXPECT_EQ(number_text(100.0), "100");
    EXPECT_EQ(number_text(json::value(9007199254740993)), "9,007,199,254,740,993");
    EXPECT_EQ(number_text(json::value(-12)), "-12");
}

TEST(NumberText, rounds_half_away_from_zero)
{
    EXPECT_EQ(number_text(2.675, "", 2), "2.68");
    EXPECT_EQ(number_text(0.5, "", 0), "1");
    EXPECT_EQ(number_text(-2.5, "", 0), "-3");
    EXPECT_EQ(number_text(9.996, "", 2), "10.00");
    EXPECT_EQ(number_text(-0.001, "", 2), "0.00");
}

TEST(NumberText, knows_its_formats)
{
    EXPECT_EQ(number_text(25967.5, "currency"), "£25,967.50");
    EXPECT_EQ(number_text(-3.0, "currency"), "-£3.00");
    EXPECT_EQ(number_text(json::value(1200), "currency"), "£1,200.00");
    EXPECT_EQ(number_text(0.1254, "percent"), "12.5%");
    EXPECT_EQ(number_text(0.07, "percent"), "7.0%");
    EXPECT_EQ(number_text(json::value(1), "percent"), "100.0%");
    EXPECT_EQ(number_text(0.0005, "percent", 2), "0.05%");
    EXPECT_EQ(number_text(12.345, "percent", 0), "1,235%");
    EXPECT_EQ(number_text(12345.678, "scientific"), "1.235e+4");
    EXPECT_EQ(number_text(0.00012, "scientific", 1), "1.2e-4");
    EXPECT_EQ(number_text(1e100, "scientific"), "1.000e+100");
}

TEST(NumberText, keeps_very_small_and_very_large_numbers_readable)
{
    EXPECT_EQ(number_text(1e-9), "1.000e-9");
    EXPECT_EQ(number_text(1e300), "1.000e+300");
    EXPECT_EQ(number_text(1e-9, "", 2), "0.00");
    EXPECT_EQ(number_text(1e15), "1,000,000,000,000,000");
    EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "");
    EXPECT_EQ(number_text(json::value("7")), "");
}

} // namespace
} // namespace pix::tools

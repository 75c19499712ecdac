#include "workbench/session_readers/record_ledger.h"

#include <gtest/gtest.h>

#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/testing/message_log.h"

namespace pix::workbench {
namespace {

using pix::testing::lines_of;
using pix::testing::MessageLog;
using Lines = std::vector<std::string>;

/// A store of five records `a` to `e`, of one message each.
struct FiveRecords {
    FiveRecords()
    {
        for (const char* key : {"a", "b", "c", "d", "e"}) put(key);
    }
    void put(const std::string& key, const std::string& text = {})
    {
        ledger.put(key, print_of(text), {}, {message_of(key, 0, MessageKind::text, "user", text.empty() ? key : text)},
                   facts, log);
    }
    Lines page(std::int64_t offset, std::optional<std::int64_t> limit, bool* more = nullptr) const
    {
        auto const page = ledger.page({offset, limit}, [](const LedgerEntry& entry) {
            return core::Result<std::vector<Message>>(
                std::vector{message_of(entry.key, 0, MessageKind::text, "user", entry.key)});
        });
        if (more != nullptr) *more = page->has_more;
        EXPECT_EQ(page->total, 5);
        return lines_of(page->messages);
    }

    RecordLedger ledger;
    SessionFacts facts;
    MessageLog log;
};

TEST(RecordLedger, gives_pages_from_the_tail)
{
    FiveRecords const five;
    bool more = false;
    EXPECT_EQ(five.page(0, 2, &more), (Lines{"u:d", "u:e"}));
    EXPECT_TRUE(more);
    EXPECT_EQ(five.page(2, 2, &more), (Lines{"u:b", "u:c"}));
    EXPECT_TRUE(more);
    EXPECT_EQ(five.page(4, 2, &more), (Lines{"u:a"}));
    EXPECT_FALSE(more);
    EXPECT_EQ(five.page(10, 3, &more), Lines{});
    EXPECT_FALSE(more);
    EXPECT_EQ(five.page(0, 0, &more), Lines{});
    EXPECT_TRUE(more);
    EXPECT_EQ(five.page(1, std::nullopt, &more), (Lines{"u:a", "u:b", "u:c", "u:d"}));
    EXPECT_FALSE(more);
    EXPECT_EQ(five.page(-7, -7), Lines{});
    EXPECT_EQ(five.page(0, INT64_MAX).size(), 5U);
}

TEST(RecordLedger, keeps_what_a_pass_names_and_takes_back_the_rest)
{
    FiveRecords five;
    five.ledger.begin_pass();
    EXPECT_TRUE(five.ledger.keep_seen("d", print_of("")));
    EXPECT_FALSE(five.ledger.keep_seen("b", 1));
    five.put("b", "changed");
    EXPECT_TRUE(five.ledger.keep_seen("d", 99)); // named twice
    five.put("f");
    five.ledger.finish_pass(five.log);
    EXPECT_EQ(five.log.lines(), (Lines{"u:d", "u:changed", "u:f"}));
    Lines keys;
    for (const LedgerEntry& entry : five.ledger.entries()) keys.push_back(entry.key);
    EXPECT_EQ(keys, (Lines{"d", "b", "f"}));
    EXPECT_FALSE(five.ledger.find("a"));
    EXPECT_EQ(five.ledger.index_of("f"), 2U);
}

TEST(RecordLedger, gives_the_first_of_messages_with_one_id)
{
    FiveRecords five;
    std::vector const twins{message_of("twin", 0, MessageKind::text, "user", "first"),
                            message_of("twin", 0, MessageKind::text, "user", "second")};
    five.ledger.put("f", 1, {}, twins, five.facts, five.log);
    EXPECT_EQ(five.log.doubles, 0);
    EXPECT_EQ(five.log.lines().back(), "u:first");
    EXPECT_EQ(five.ledger.find("f")->counted, 1);
    auto const page =
        five.ledger.page({0, 1}, [&twins](const LedgerEntry&) { return core::Result<std::vector<Message>>(twins); });
    ASSERT_TRUE(page);
    EXPECT_EQ(lines_of(page->messages), Lines{"u:first"});
}

TEST(RecordLedger, is_the_same_after_being_kept_as_json)
{
    FiveRecords five;
    Message message = message_of("x_1", 5, MessageKind::text, "assistant", "text");
    message.use = TokenUse{1, 2, 3, 4, 5, 0.5};
    five.ledger.put("x", UINT64_MAX, {{7, 8, -1}, {9, 10, 3}},
                    {message, message_of("other", 6, MessageKind::thinking, "", "t")}, five.facts, five.log);
    five.ledger.begin_pass();
    EXPECT_TRUE(five.ledger.keep_seen("a", print_of("")));
    boost::json::object memory;
    five.ledger.save(memory);
    RecordLedger const again(boost::json::parse(boost::json::serialize(memory)).as_object());
    EXPECT_TRUE(again.is_in_pass());
    EXPECT_EQ(again.seen(), 1U);
    ASSERT_EQ(again.entries().size(), 6U);
    const LedgerEntry& entry = again.entries().back();
    EXPECT_EQ(entry.key, "x");
    EXPECT_EQ(entry.print, UINT64_MAX);
    EXPECT_EQ(entry.ids, (Lines{"x_1", "other"}));
    EXPECT_EQ(entry.places.at(1).offset, 9U);
    EXPECT_EQ(entry.places.at(1).index, 3);
    EXPECT_EQ(entry.counted, 2);
    EXPECT_EQ(entry.texts, 1);
    EXPECT_TRUE(entry.has_assistant_text);
    EXPECT_EQ(entry.use->cache_creation, 5);
    EXPECT_EQ(entry.use->cost, 0.5);
}

TEST(RecordLedger, takes_memory_of_anything_else_for_nothing)
{
    for (const char* text :
         {"{}", R"({"records":7})", R"({"records":[1,[],["k"],["k",1,2,3,4,5,6],["k",1,2,3,4,[],[7,""]]],"pass":99})",
          R"({"records":[["k",{},[],"x",null,[1,2],[],[]]],"first_user":[1]})"}) {
        RecordLedger const ledger(boost::json::parse(text).as_object());
        EXPECT_LE(ledger.entries().size(), 1U) << text;
    }
}

TEST(PromptTags, only_those_at_the_very_end_count)
{
    auto const prompt =
        prompt_of("do it\n<images_input>\n1. /a.png (original name: x (1).png)\n2. /b.png\n</images_input>\n"
                  "<files_input>1. /c.txt</files_input>");
    EXPECT_EQ(prompt.text, "do it");
    EXPECT_EQ(boost::json::serialize(prompt.images), R"([{"path":"/a.png","name":"x (1).png"},{"path":"/b.png"}])");
    EXPECT_EQ(boost::json::serialize(prompt.files), R"([{"path":"/c.txt"}])");
    EXPECT_EQ(prompt_of("<images_input>1. /a</images_input> look").text, "<images_input>1. /a</images_input> look");
    EXPECT_EQ(prompt_of("x <files_input>unreadable</files_input>").text, "x");
    EXPECT_TRUE(prompt_of("x <files_input>unreadable</files_input>").files.empty());
    EXPECT_EQ(prompt_of("</files_input>").text, "</files_input>");
    EXPECT_EQ(prompt_of("  spaces stay  ").text, "  spaces stay  ");
}

TEST(RecordFields, read_what_is_not_there_as_empty)
{
    auto const record = parse_record(
        R"({"a":"x","n":5,"d":1.5,"big":1e300,"neg":-3,"o":{},"l":[],"t":true,"z":null,"iso":"2026-01-01"})");
    ASSERT_TRUE(record);
    EXPECT_EQ(text_at(*record, "n"), "");
    EXPECT_EQ(integer_at(*record, "a"), 0);
    EXPECT_EQ(integer_at(*record, "big"), 0);
    EXPECT_EQ(tokens_at(*record, "neg"), 0);
    EXPECT_EQ(number_at(*record, "d"), 1.5);
    EXPECT_FALSE(value_at(*record, "z"));
    EXPECT_TRUE(is_true(*record, "t"));
    EXPECT_EQ(time_at(*record, "iso"), 1767225600000);
    EXPECT_EQ(time_at(*record, "neg"), 0);
    EXPECT_FALSE(parse_record("[]"));
    EXPECT_FALSE(parse_record(std::string(100000, '[')));
    EXPECT_EQ(text_at(*parse_record("{\"a\":\"\xff\"}"), "a"), "\xef\xbf\xbd");
    EXPECT_EQ(cut("a\xc3\xa9", 2), "a");
    EXPECT_EQ(cut("a\xc3\xa9", 3), "a\xc3\xa9");
}

} // namespace
} // namespace pix::workbench

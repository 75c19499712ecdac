#include "core/http/frame_codec.h"

#include <gtest/gtest.h>

#include "core/http/testing/socket_client.h"

namespace pix::http {
namespace {

using testing::masked;
using State = FrameDecoder::State;

State take_all(FrameDecoder& decoder, std::string_view bytes)
{
    State state = State::need_more;
    while (!bytes.empty() && state == State::need_more) state = decoder.take(bytes);
    return state;
}

TEST(FrameDecoder, reads_messages_of_every_length_form)
{
    for (std::size_t const size : {0UL, 1UL, 7UL, 125UL, 126UL, 65535UL, 65536UL, 100000UL}) {
        FrameDecoder decoder(1'000'000, false);
        std::string const text(size, 'x');
        ASSERT_EQ(take_all(decoder, masked(0x81, text)), State::message) << size;
        EXPECT_EQ(decoder.opcode(), Opcode::text);
        EXPECT_EQ(decoder.payload(), text);
    }
}

TEST(FrameDecoder, joins_fragments_round_control_frames)
{
    std::string const bytes = masked(0x01, "a\xc3") + masked(0x89, "ping") + masked(0x80, "\xa4z");
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        FrameDecoder decoder(100, false);
        std::vector<std::string> got;
        for (std::string_view piece : {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)})
            while (!piece.empty())
                if (decoder.take(piece) == State::message) got.push_back(decoder.payload());
        EXPECT_EQ(got, (std::vector<std::string>{"ping", "aäz"})) << cut;
    }
}

TEST(FrameDecoder, refuses_what_the_protocol_forbids)
{
    struct Row {
        const char* name;
        std::string bytes;
        std::uint16_t code;
    };
    std::string const unmasked("\x81\x01z", 3);
    for (const Row& row : {
             Row{"no mask", unmasked, 1002},
             Row{"reserved bit 2", masked(0xa1, "x"), 1002},
             Row{"reserved bit 1 without compression", masked(0xc1, "x"), 1002},
             Row{"reserved opcode", masked(0x83, "x"), 1002},
             Row{"reserved control opcode", masked(0x8b, "x"), 1002},
             Row{"fragmented ping", masked(0x09, "x"), 1002},
             Row{"long ping", masked(0x89, std::string(126, 'x')), 1002},
             Row{"nothing to continue", masked(0x80, "x"), 1002},
             Row{"message inside a message", masked(0x01, "x") + masked(0x81, "x"), 1002},
             Row{"too large", masked(0x81, std::string(101, 'x')), 1009},
             Row{"too large together", masked(0x01, std::string(60, 'x')) + masked(0x80, std::string(60, 'x')), 1009},
             Row{"text that is not UTF-8", masked(0x81, "\xff"), 1007},
             Row{"cut close code", masked(0x88, "x"), 1002},
             Row{"close code 1005", masked(0x88, std::string("\x03\xed", 2)), 1002},
             Row{"close code 999", masked(0x88, std::string("\x03\xe7", 2)), 1002},
             Row{"close reason that is not UTF-8", masked(0x88, std::string("\x03\xe8\xff", 3)), 1007},
             Row{"length in a long form", std::string("\x81\xfe\x00\x05\0\0\0\0hello", 13), 1002},
             Row{"length of 63 bits", std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14), 1009},
         }) {
        FrameDecoder decoder(100, false);
        std::string_view bytes = row.bytes;
        State state = State::need_more;
        while (!bytes.empty() && state != State::failed) state = decoder.take(bytes);
        EXPECT_EQ(state, State::failed) << row.name;
        EXPECT_EQ(decoder.close_code(), row.code) << row.name;
    }
}

TEST(FrameDecoder, marks_compressed_messages)
{
    FrameDecoder decoder(1000, true);
    std::string const text(500, 'a');
    ASSERT_EQ(take_all(decoder, masked(0xc1, deflate_message(text))), State::message);
    EXPECT_TRUE(decoder.compressed());
    EXPECT_EQ(inflate_message(decoder.payload(), 1000), text);
    EXPECT_FALSE(inflate_message(decoder.payload(), 499));
    EXPECT_FALSE(inflate_message("\xff\xff\xff", 1000));
}

TEST(FrameCodec, writes_the_shortest_length)
{
    EXPECT_EQ(encode_frame(Opcode::text, "hi"), std::string("\x81\x02hi", 4));
    EXPECT_EQ(encode_frame(Opcode::binary, std::string(126, 'x')).substr(0, 4), std::string("\x82\x7e\x00\x7e", 4));
    EXPECT_EQ(encode_frame(Opcode::binary, std::string(65536, 'x')).substr(0, 10),
              std::string("\x82\x7f\0\0\0\0\0\1\0\0", 10));
}

TEST(FrameCodec, answers_the_key_of_the_standard)
{
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); // RFC 6455 section 1.3
}

TEST(FrameCodec, deflates_messages_of_every_size)
{
    for (std::size_t const size : {0UL, 1UL, 1000UL, 200000UL}) {
        std::string text;
        while (text.size() < size) text += std::to_string(text.size() * 7919);
        EXPECT_EQ(inflate_message(deflate_message(text), 1'000'000), text) << size;
    }
}

} // namespace
} // namespace pix::http

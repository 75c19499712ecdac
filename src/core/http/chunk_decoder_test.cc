#include "core/http/chunk_decoder.h"

#include <gtest/gtest.h>

#include "core/http/testing/malformed_requests.h"

namespace pix::http {
namespace {

constexpr std::uint64_t no_limit = ~0ULL;

TEST(ChunkDecoder, joins_chunks_and_leaves_what_follows)
{
    ChunkDecoder decoder;
    std::string body;
    std::string_view input = "5\r\nhello\r\n6;name=\"x\"\r\n world\r\n0\r\nX-Sum: 1\r\n\r\nGET /";
    EXPECT_EQ(decoder.take(input, body, no_limit), ChunkDecoder::State::done);
    EXPECT_EQ(body, "hello world");
    EXPECT_EQ(input, "GET /");
}

TEST(ChunkDecoder, gives_the_same_for_every_way_to_cut_the_input)
{
    std::string const whole = "5\r\nhello\r\n00a;x\r\n0123456789\r\n0\r\nT: v\r\n\r\n";
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        ChunkDecoder decoder;
        std::string body;
        std::string_view first = std::string_view(whole).substr(0, cut);
        std::string_view second = std::string_view(whole).substr(cut);
        auto state = decoder.take(first, body, no_limit);
        if (state == ChunkDecoder::State::need_more) state = decoder.take(second, body, no_limit);
        EXPECT_EQ(state, ChunkDecoder::State::done) << cut;
        EXPECT_EQ(body, "hello0123456789") << cut;
    }
}

TEST(ChunkDecoder, refuses_every_malformed_body)
{
    for (const auto& [name, bytes] : testing::malformed_chunks()) {
        ChunkDecoder decoder;
        std::string body;
        std::string_view input = bytes;
        EXPECT_EQ(decoder.take(input, body, no_limit), ChunkDecoder::State::bad) << name;
        EXPECT_FALSE(decoder.problem().empty()) << name;
        std::string_view more = "0\r\n\r\n";
        EXPECT_EQ(decoder.take(more, body, no_limit), ChunkDecoder::State::bad) << name;
    }
}

TEST(ChunkDecoder, stops_when_the_body_is_larger_than_its_limit)
{
    ChunkDecoder decoder;
    std::string body;
    std::string_view input = "5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n";
    EXPECT_EQ(decoder.take(input, body, 3), ChunkDecoder::State::need_more);
    EXPECT_EQ(body, "hello");
}

TEST(ChunkDecoder, bounds_what_extensions_may_add_up_to)
{
    std::string many;
    for (int i = 0; i < 100; ++i) many += "1;" + std::string(200, 'e') + "\r\nx\r\n";
    ChunkDecoder decoder;
    std::string body;
    std::string_view input = many;
    EXPECT_EQ(decoder.take(input, body, no_limit), ChunkDecoder::State::bad);
}

} // namespace
} // namespace pix::http

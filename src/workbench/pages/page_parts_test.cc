#include "workbench/pages/page_parts.h"

#include <gtest/gtest.h>

#include "core/http/door.h"

namespace pix::workbench {
namespace {

namespace json = boost::json;

/// A frame that knows no texts and draws nothing.
class BareFrame final : public http::PageFrame {
public:
    std::string page(const http::Request&, const http::PageInfo&, std::string body) override { return body; }
    const http::Templates& templates() const override { std::abort(); }
    std::string text(std::string_view key) const override { return std::string(key); }
    bool has_icon(std::string_view) const override { return true; }
};

struct Bench {
    http::Door door = make_door();
    http::Mount mount{http::DoorKind::workbench, "", "/pix"};
    BareFrame frame;
    std::shared_ptr<http::Request> request;

    Bench()
    {
        http::RequestBuilder builder;
        builder.door = &door;
        builder.mount = &mount;
        request = builder.build();
    }

    static http::Door make_door()
    {
        http::DoorOptions options;
        options.kind = http::DoorKind::workbench;
        options.base_path = "/pix";
        return *http::Door::create(std::move(options));
    }
};

TEST(PageParts, next_page_stays_at_this_door)
{
    Bench const bench;
    EXPECT_EQ(safe_next(*bench.request, "/pix/projects/a?file=b"), "/pix/projects/a?file=b");
    for (auto const* bad : {"", "projects", "//evil.test/", "/\\evil.test", "https://evil.test/", "/a\nb", "/pix/login",
                            "/pix/setup?next=/pix/"})
        EXPECT_EQ(safe_next(*bench.request, bad), "/pix/") << bad;
}

TEST(PageParts, a_session_row_has_a_title_and_an_escaped_link)
{
    Bench bench;
    json::value const session{{"id", "a b/1"}, {"provider", "codex"}, {"title", "Fix\nit"}, {"messageCount", 12}};
    auto const row = session_row(*bench.request, bench.frame, session, "pix");
    EXPECT_EQ(row.at("title"), "Fix it");
    EXPECT_EQ(row.at("link"), "/pix/sessions/codex/a%20b%2F1");
    EXPECT_EQ(row.at("count"), "12");
    EXPECT_EQ(session_row(*bench.request, bench.frame, json::value{{"title", 3}}, "").at("title"),
              "workbench.untitled");
}

TEST(PageParts, recent_rows_are_the_newest_of_all_projects)
{
    Bench bench;
    auto const session = [](const char* id, const char* at) {
        return json::value{{"id", id}, {"provider", "claude"}, {"lastActivity", at}};
    };
    json::array const projects{
        json::value{
            {"name", "a"},
            {"sessions", json::array{session("1", "2026-01-03T00:00:00Z"), session("2", "2026-01-01T00:00:00Z")}}},
        json::value{{"name", "b"}, {"sessions", json::array{session("3", "2026-01-02T00:00:00Z")}}},
        json::value("nonsense")};
    auto const rows = recent_rows(*bench.request, bench.frame, projects, 2);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].at("id"), "1");
    EXPECT_EQ(rows[1].at("id"), "3");
    EXPECT_EQ(rows[1].at("project"), "b");
}

TEST(PageParts, a_tool_call_is_one_line_and_its_result_none)
{
    Bench bench;
    json::value const call{{"kind", "tool_use"}, {"toolName", "Bash"}, {"toolInput", {{"command", "ls\n-l"}}}};
    auto const row = message_row(*bench.request, bench.frame, call);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->at("content"), "ls -l");
    EXPECT_FALSE(message_row(*bench.request, bench.frame, json::value{{"kind", "tool_result"}, {"content", "x"}}));
    EXPECT_FALSE(message_row(*bench.request, bench.frame, json::value(7)));
}

} // namespace
} // namespace pix::workbench

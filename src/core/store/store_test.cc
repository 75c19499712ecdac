#include "core/store/testing/test_database.h"

namespace pix::store {
namespace {
using testing::TestDatabase;
class Store : public testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(Store);

TEST_P(Store, keeps_every_kind_of_value)
{
    TestDatabase database(GetParam());
    auto const rows = database->write_now([](Connection& tx) -> core::Result<Rows> {
        PIX_CHECK(tx.run_script(
            translate_ddl("CREATE TABLE things (id {id}, a {int}, b {real}, c {text}, d {bytes});", tx.dialect())));
        PIX_CHECK(tx.execute("INSERT INTO things (d, c, b, a) VALUES ($4, $3, $2, $1)",
                             {std::int64_t{1} << 62, 0.1, "it's é", Bytes{std::string("\0\xff'", 3)}}));
        PIX_CHECK(tx.execute("INSERT INTO things (a) VALUES ($1)", {std::optional<int>()}));
        return tx.query("SELECT id, a, b, c, d FROM things ORDER BY id");
    });
    ASSERT_TRUE(rows) << rows.error().detail;
    EXPECT_EQ(rows->at(0).integer(1), std::int64_t{1} << 62);
    EXPECT_EQ(rows->at(0).real(2), 0.1);
    EXPECT_EQ(rows->at(0).text(3), "it's é");
    EXPECT_EQ(rows->at(0).bytes(4), std::string("\0\xff'", 3));
    for (std::size_t column = 1; column < 5; ++column) EXPECT_TRUE(rows->at(1).is_null(column));
    EXPECT_EQ(rows->at(1).integer(0), 2);
}

} // namespace
} // namespace pix::store

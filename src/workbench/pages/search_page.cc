#include <algorithm>

#include "core/base/text.h"
#include "workbench/pages/page_parts.h"
#include "workbench/pages/pages.h"

namespace pix::workbench {

using http::Response;
namespace json = boost::json;

namespace {

/// The places to mark, counted in UTF-16 units of the snippet, as parts of text that are marked or not.
json::array marked_parts(const json::value& match)
{
    std::string const snippet = text_of(match, "snippet");
    json::array parts;
    std::int64_t unit = 0;
    std::string piece;
    bool marked = false;
    auto const& places = list_of(match, "highlights");
    auto const inside = [&](std::int64_t at) {
        return std::ranges::any_of(places, [at](const json::value& place) {
            return at >= number_of(place, "start").value_or(0) && at < number_of(place, "end").value_or(0);
        });
    };
    auto const flush = [&] {
        if (!piece.empty()) parts.push_back(json::object{{"text", piece}, {"marked", marked}});
        piece.clear();
    };
    for (char const c : snippet) {
        auto const byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) != 0x80U) {
            if (bool const now = inside(unit); now != marked) {
                flush();
                marked = now;
            }
            unit += byte >= 0xF0U ? 2 : 1;
        }
        piece += c;
    }
    flush();
    return parts;
}

json::object result_row(const http::Request& request, const http::PageFrame& frame, const json::value& result)
{
    json::object session{{"id", text_of(result, "sessionId")},
                         {"provider", text_of(result, "provider")},
                         {"title", text_of(result, "title")},
                         {"lastActivity", text_of(result, "lastActivity")}};
    json::object row = session_row(request, frame, session, text_of(result, "projectDisplayName"));
    json::array matches;
    for (auto const& match : list_of(result, "matches")) {
        std::string const message = text_of(match, "messageId");
        matches.push_back(
            json::object{{"parts", marked_parts(match)},
                         {"who", text_of(match, "role") == "user" ? frame.text_for(request, "workbench.you")
                                                                  : std::string(row.at("agent").get_string())},
                         {"link", std::string(row.at("link").get_string()) + "#" + core::percent_encode(message)}});
    }
    row["matches"] = std::move(matches);
    return row;
}

} // namespace

Reply show_search(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    std::string const query = core::shorten(request->query("q").value_or(""), 500);
    json::array rows;
    std::int64_t total = 0;
    bool const asked = core::trim(query).size() >= 2;
    if (asked && pages.sources.search) {
        PIX_CO_TRY(auto const answer, co_await pages.sources.search(request, query));
        total = number_of(answer, "total").value_or(0);
        for (auto const& result : list_of(answer, "results")) rows.push_back(result_row(*request, pages.frame, result));
    }
    json::object const view{{"query", query},
                            {"asked", asked},
                            {"has_rows", !rows.empty()},
                            {"rows", std::move(rows)},
                            {"total", std::to_string(total)},
                            {"self", request->link("/search")},
                            {"api", request->link("/api")},
                            {"base", request->link("")}};
    http::PageInfo info;
    info.title = pages.frame.text_for(*request, "search.title");
    info.active = "workbench/search";
    info.crumbs.push_back({pages.frame.text_for(*request, "home.title"), "/"});
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(
        pages.frame.page(*request, info, pages.frame.templates_for(*request).render("workbench/search", view)));
}

} // namespace pix::workbench

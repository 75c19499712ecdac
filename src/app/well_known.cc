#include "app/well_known.h"

#include "core/http/asset.h"
#include "core/http/door.h"
#include "tools/markdown.h"
#include "web/assets.h"

namespace pix::app {

std::string_view guides();

using core::Errc;
using core::fail;
using http::Response;
namespace json = boost::json;

Reply show_documentation(std::shared_ptr<http::Request> request, PageFrame& frame)
{
    http::PageInfo info;
    info.title = frame.text("frame.documentation");
    info.crumbs.push_back({info.title, ""});
    json::object const view{{"html", tools::markdown_html(guides()).value_or("")}};
    co_return Response::html(frame.page(*request, info, frame.templates().render("documentation", view)));
}

core::Result<Response> web_manifest(const http::Request& request)
{
    std::string const base = request.door().options().base_path + "/";
    auto const icon = [&](const char* name, const char* sizes, const char* type) {
        return json::object{{"src", request.asset_link(web::asset_url(name))}, {"sizes", sizes}, {"type", type}};
    };
    json::object const manifest{
        {"name", "Pix"},
        {"short_name", "Pix"},
        {"start_url", base},
        {"scope", base},
        {"display", "standalone"},
        {"background_color", "#ffffff"},
        {"theme_color", "#ffffff"},
        {"icons", json::array{icon("icon.svg", "any", "image/svg+xml"), icon("icon-192.png", "192x192", "image/png"),
                              icon("icon-512.png", "512x512", "image/png")}}};
    auto response = Response::json(manifest);
    response.set("Content-Type", "application/manifest+json");
    return response;
}

core::Result<Response> service_worker(const http::Request&)
{
    for (auto const& asset : web::assets())
        if (asset.path == web::asset_url("worker.js")) return Response::asset(asset);
    return fail(Errc::not_found, "there is no service worker");
}

} // namespace pix::app

#include "workbench/file/filesystem_handlers.h"

#include "core/base/text.h"
#include "workbench/file/request_fields.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
using http::Response;
namespace json = boost::json;

namespace {

constexpr std::int64_t default_hits = 50;
constexpr std::int64_t most_hits = 500;
constexpr std::size_t longest_query = 256;

} // namespace

FileReply search_files(std::shared_ptr<http::Request> request, Files& files)
{
    std::string query = request->query("q").value_or("");
    if (query.size() > longest_query) co_return fail_as("INVALID_REQUEST", Errc::invalid, R"("q" is too long)");
    std::string const limit_text = request->query("limit").value_or("");
    auto const limit = limit_text.empty() ? std::optional(default_hits) : core::parse_int(limit_text, false);
    if (!limit || *limit < 1)
        co_return fail_as("INVALID_REQUEST", Errc::invalid, R"("limit" must be a whole number from 1)");
    PIX_CO_TRY(auto names, co_await files.names(request->param("projectName")));
    auto work = [names, query = std::move(query),
                 most = static_cast<std::size_t>(std::min(*limit, most_hits))]() -> Result<Response> {
        json::array results;
        for (std::size_t const number : search_names(*names, query, most)) {
            std::string_view const path = (*names)[number];
            json::object hit{{"name", core::to_utf8(path.substr(path.rfind('/') + 1))}, {"path", core::to_utf8(path)}};
            if (!core::is_utf8(path)) hit["encodedPath"] = core::percent_encode(path);
            results.push_back(std::move(hit));
        }
        auto const total = results.size();
        return Response::json(json::object{{"results", std::move(results)},
                                           {"total", total},
                                           {"files", names->size()},
                                           {"truncated", names->is_cut()}});
    };
    co_return co_await files.on_pool(std::move(work));
}

FileReply list_trash(std::shared_ptr<http::Request> request, Files& files)
{
    auto work = [trash = &files.trash()](const ProjectFolder& project) -> Result<Response> {
        return Response::json(trash->list(project));
    };
    co_return co_await files.in_project(request->param("projectName"), std::move(work));
}

FileReply restore_file(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(auto body, co_await wire::read_object(request, files));
    PIX_CO_TRY(std::string id, wire::required_text(body, {"undo", "id"}));
    auto work = [id = std::move(id), trash = &files.trash()](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(auto const path, trash->restore(project, id));
        return Response::json(wire::done_json(path, "It is back where it was."));
    };
    co_return co_await files.change_project(request->param("projectName"), std::move(work));
}

FileReply empty_trash(std::shared_ptr<http::Request> request, Files& files)
{
    auto work = [trash = &files.trash()](const ProjectFolder& project) -> Result<Response> {
        return Response::json(json::object{{"success", true}, {"removed", trash->empty(project)}});
    };
    co_return co_await files.in_project(request->param("projectName"), std::move(work));
}

FileReply show_filesystem(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(std::string path, wire::query_path(*request));
    auto work = [path = std::move(path), config = files.config().browse]() -> Result<Response> {
        PIX_TRY(auto const folder, browse_filesystem(path, config));
        return Response::json(folder);
    };
    co_return co_await files.on_pool(std::move(work));
}

FileReply make_folder(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(auto body, co_await wire::read_object(request, files));
    PIX_CO_TRY(std::string path, wire::required_body_path(body, {"path"}, "encodedPath"));
    auto work = [path = std::move(path), config = files.config().browse]() -> Result<Response> {
        PIX_TRY(std::string const made, create_folder(path, config));
        return Response::json(json::object{{"success", true}, {"path", made}});
    };
    co_return co_await files.on_pool(std::move(work));
}

} // namespace pix::workbench

#include "workbench/file/file_handlers.h"

#include "core/base/clock.h"
#include "core/base/text.h"
#include "workbench/file/file_changes.h"
#include "workbench/file/file_content.h"
#include "workbench/file/file_save.h"
#include "workbench/file/request_fields.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
using http::Response;
namespace json = boost::json;

namespace {

constexpr std::int64_t deepest_tree = 10;

Result<unsigned> tree_depth(const http::Request& request)
{
    auto const text = request.query("depth");
    if (!text || text->empty()) return 1U;
    auto const depth = core::parse_int(*text, false);
    if (!depth || *depth < 1)
        return fail_as("INVALID_REQUEST", Errc::invalid, R"("depth" must be a whole number from 1)");
    return static_cast<unsigned>(std::min(*depth, deepest_tree));
}

std::string text_of(std::string_view header)
{
    return std::string(core::trim(header));
}

} // namespace

FileReply list_files(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(std::string path, wire::query_path(*request));
    TreeRequest tree;
    PIX_CO_TRY(tree.depth, tree_depth(*request));
    if (wire::is_asked(*request, "respectGitignore")) tree.leave_out = LeaveOut::by_gitignore;
    tree.truncate = wire::is_asked(*request, "truncate");
    auto work = [path = std::move(path), tree = std::move(tree),
                 limits = files.config().tree](const ProjectFolder& project) mutable -> Result<Response> {
        PIX_TRY(tree.folder, project.contained(path));
        PIX_TRY(auto const found, read_tree(project, tree, limits));
        auto response = Response::json(found.entries);
        if (found.truncated) response.set("X-Pixcode-File-Tree-Truncated", "1");
        return response;
    };
    co_return co_await files.in_project(request->param("projectName"), std::move(work));
}

FileReply read_file(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(std::string path, wire::required_query_path(*request));
    bool const decode = wire::is_asked(*request, "decode");
    auto work = [path = std::move(path), decode,
                 limit = files.config().shown_bytes](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(ContainedPath const place, project.contained(path));
        PIX_TRY(auto const content, read_content(project, place, limit));
        json::object const out = to_json(content, place, decode);
        auto response = Response::json(out);
        response.set("ETag", std::string(out.at("etag").as_string()));
        response.set("Cache-Control", "no-cache");
        return response;
    };
    co_return co_await files.in_project(request->param("projectName"), std::move(work));
}

FileReply write_file(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(auto body, co_await wire::read_object(request, files));
    std::string const if_match = text_of(request->header("If-Match"));
    bool const only_new = text_of(request->header("If-None-Match")) == "*";
    auto work = [body = std::move(body), if_match, only_new](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(auto const path, wire::required_body_path(body, {"path", "filePath"}, "encodedPath"));
        PIX_TRY(auto const content, wire::content_bytes(body));
        if (!content) return wire::fail_missing("content");
        SaveRequest save;
        PIX_TRY(save.path, project.contained(path));
        save.bytes = *content;
        if (!if_match.empty()) save.if_match = if_match;
        save.only_new = only_new;
        PIX_TRY(auto const saved, save_file(project, save));
        json::object out = wire::done_json(save.path, saved.created ? "The file was created." : "The file was saved.");
        out["etag"] = saved.etag;
        out["size"] = content->size();
        out["modified"] = wire::modified_text(saved.about);
        auto response = Response::json(out);
        response.set("ETag", saved.etag);
        return response;
    };
    co_return co_await files.change_project(request->param("projectName"), std::move(work));
}

FileReply create_file(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(auto body, co_await wire::read_object(request, files));
    auto work = [body = std::move(body)](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(auto const name, wire::text_field(body, {"name"}));
        PIX_TRY(auto const type_name, wire::required_text(body, {"type"}));
        PIX_TRY(EntryType const type, entry_type_named(type_name));
        PIX_TRY(auto const content, wire::content_bytes(body));
        ContainedPath path;
        if (name) {
            // The older meaning: `path` is the folder, and none is the project itself.
            PIX_TRY(auto const folder, wire::body_path(body, {"path"}, "encodedPath"));
            PIX_TRY(path, project.contained(folder.value_or("")));
            PIX_CHECK(check_new_name(*name));
            path = path.child(*name);
        } else {
            PIX_TRY(auto const text, wire::required_body_path(body, {"path"}, "encodedPath"));
            PIX_TRY(path, project.contained(text));
        }
        PIX_CHECK(create_entry(project, path, type, content.value_or("")));
        json::object out =
            wire::done_json(path, type == EntryType::file ? "The file was created." : "The folder was created.");
        out["type"] = name_of(type);
        return Response::json(out, 201);
    };
    co_return co_await files.change_project(request->param("projectName"), std::move(work));
}

FileReply rename_file(std::shared_ptr<http::Request> request, Files& files)
{
    PIX_CO_TRY(auto body, co_await wire::read_object(request, files));
    auto work = [body = std::move(body)](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(auto const old_path, wire::required_body_path(body, {"oldPath"}, "encodedOldPath"));
        PIX_TRY(ContainedPath const from, project.contained(old_path));
        PIX_TRY(auto const new_path, wire::text_field(body, {"newPath"}));
        PIX_TRY(auto const new_name, wire::text_field(body, {"newName"}));
        ContainedPath to;
        if (new_path && !new_path->empty()) {
            PIX_TRY(to, project.contained(*new_path));
        } else if (new_name) {
            PIX_CHECK(check_new_name(*new_name));
            to = from.parent().child(*new_name);
        } else {
            return wire::fail_missing("newPath");
        }
        PIX_CHECK(rename_entry(project, from, to));
        json::object out = wire::done_json(to, "It was renamed.");
        out["oldPath"] = core::to_utf8(from.text());
        out["newPath"] = core::to_utf8(to.text());
        return Response::json(out);
    };
    co_return co_await files.change_project(request->param("projectName"), std::move(work));
}

FileReply delete_file(std::shared_ptr<http::Request> request, Files& files)
{
    json::object body;
    if (!request->body().empty()) {
        PIX_CO_TRY(body, co_await wire::read_object(request, files));
    }
    PIX_CO_TRY(std::string asked, wire::query_path(*request));
    bool const for_good = wire::is_asked(*request, "permanent");
    auto work = [body = std::move(body), asked = std::move(asked), for_good,
                 trash = &files.trash()](const ProjectFolder& project) -> Result<Response> {
        PIX_TRY(auto const in_body, wire::body_path(body, {"path", "filePath"}, "encodedPath"));
        std::string const text = in_body.value_or(asked);
        if (text.empty()) return wire::fail_missing("path");
        PIX_TRY(auto const hint, wire::text_field(body, {"type"}));
        if (hint) PIX_CHECK(entry_type_named(*hint));
        PIX_TRY(ContainedPath const path, project.contained(text));
        PIX_TRY(Place const place, project.place_of(path));
        PIX_TRY(EntryType const type, type_at(place, path));
        std::optional<std::string> kept;
        if (!for_good) {
            PIX_TRY(kept, trash->take(project, place, path, core::SystemClock().now()));
        }
        if (!kept) PIX_CHECK(remove_tree(place.folder.number(), place.name));
        json::object out =
            wire::done_json(path, type == EntryType::file ? "The file was deleted." : "The folder was deleted.");
        out["type"] = name_of(type);
        if (kept)
            out["undo"] = *kept;
        else
            out["undo"] = nullptr;
        return Response::json(out);
    };
    co_return co_await files.change_project(request->param("projectName"), std::move(work));
}

} // namespace pix::workbench

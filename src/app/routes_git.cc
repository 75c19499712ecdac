#include "app/routes_git.h"

#include <initializer_list>
#include <string_view>

#include "app/route_rows.h"
#include "workbench/git/git_handlers.h"

namespace pix::app {

namespace json = boost::json;
namespace git = workbench;

namespace {

using Asked = workbench::Git*;

json::object text_schema()
{
    return {{"type", "string"}};
}

json::object list_schema(json::object items = text_schema())
{
    return {{"type", "array"}, {"items", std::move(items)}};
}

/// {"name": schema}: a name that ends in '!' must be there; "?" true or false, "#" a whole number, "[]" a list of
/// texts.
json::object object_schema(std::initializer_list<std::string_view> fields)
{
    json::object properties;
    json::array required;
    for (auto field : fields) {
        if (field.ends_with('!')) {
            field.remove_suffix(1);
            required.emplace_back(field);
        }
        json::object schema = text_schema();
        if (field.ends_with("[]")) {
            field.remove_suffix(2);
            schema = list_schema();
        } else if (field.ends_with('?')) {
            field.remove_suffix(1);
            schema = {{"type", "boolean"}};
        } else if (field.ends_with('#')) {
            field.remove_suffix(1);
            schema = {{"type", "integer"}};
        }
        properties[field] = std::move(schema);
    }
    json::object made{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) made["required"] = std::move(required);
    return made;
}

http::QueryDoc query(std::string name, std::string description, bool required = false)
{
    http::QueryDoc doc;
    doc.name = std::move(name);
    doc.description = std::move(description);
    doc.required = required;
    return doc;
}

http::QueryDoc query_of(std::string name, std::string description, json::object schema)
{
    http::QueryDoc doc = query(std::move(name), std::move(description));
    doc.schema = std::move(schema);
    return doc;
}

http::ResponseDoc answers(std::string description, json::value schema = nullptr)
{
    http::ResponseDoc doc;
    doc.description = std::move(description);
    doc.schema = std::move(schema);
    return doc;
}

http::QueryDoc project_query()
{
    return query("project", "The project's name", true);
}

Route look(std::string path, std::string id, http::Handler handler, std::string summary,
           std::vector<http::QueryDoc> queries, http::ResponseDoc answer)
{
    Route route = get("/api/git/" + path, std::move(handler), std::move(summary));
    route.doc.tag = "Git";
    route.doc.operation_id = std::move(id);
    route.doc.query.push_back(project_query());
    for (auto& each : queries) route.doc.query.push_back(std::move(each));
    route.doc.responses = {std::move(answer)};
    return route;
}

Route change(std::string path, std::string id, http::Handler handler, std::string summary,
             std::initializer_list<std::string_view> fields, std::string done)
{
    Route route = post("/api/git/" + path, std::move(handler), std::move(summary), json_body);
    route.doc.tag = "Git";
    route.doc.operation_id = std::move(id);
    json::object body = object_schema(fields);
    body["properties"].get_object()["project"] = text_schema();
    json::array required{"project"};
    if (auto const* more = body.if_contains("required"))
        for (auto const& name : more->get_array()) required.push_back(name);
    body["required"] = std::move(required);
    route.doc.body = std::move(body);
    route.doc.responses = {answers(std::move(done))};
    return route;
}

json::object boolean_schema(bool otherwise)
{
    return {{"type", "boolean"}, {"default", otherwise}};
}

json::object status_schema()
{
    json::object schema = object_schema({"branch", "ahead#", "behind#", "modified[]", "added[]", "deleted[]",
                                         "untracked[]", "staged[]", "conflicted[]"});
    schema["title"] = "GitStatus";
    return schema;
}

} // namespace

std::vector<Route> git_routes(Asked git)
{
    return {
        look("status", "gitStatus", on(git::git_status, git), "Working tree status", {},
             answers("The state of the working tree.", status_schema())),
        look("diff", "gitDiff", on(git::git_diff, git), "Unified diff for one file or the whole tree",
             {query("file", "One file; without it, all of the project"),
              query_of("staged", "What is staged, against the last commit", boolean_schema(false)),
              query("commit", "The changes of one commit"), query("range", "Two revisions joined by .. or ..."),
              query_of("context", "Lines around a change", {{"type", "integer"}, {"default", 3}}),
              query_of("hunksOnly", "Leave the file's header out", boolean_schema(true)),
              query_of("parsed", "Add files, hunks and lines", boolean_schema(false))},
             answers("Diff text.", object_schema({"diff", "binary?", "isTruncated?"}))),
        look("branches", "gitBranches", on(git::git_branches, git), "List local and remote branches", {},
             answers("Branch list.", object_schema({"current", "local[]", "remote[]"}))),
        change("stage", "gitStage", on(git::git_stage, git), "Stage files, hunks or lines", {"files[]", "file"},
               "Staged."),
        change("unstage", "gitUnstage", on(git::git_unstage, git), "Unstage files, hunks or lines", {"files[]", "file"},
               "Unstaged."),
        change("commit", "gitCommit", on(git::git_commit, git), "Create a commit",
               {"message!", "files[]", "amend?", "signOff?", "all?"}, "Commit created."),
        change("init", "gitInit", on(git::git_init, git), "Make the folder a repository", {}, "Made."),
    };
}

} // namespace pix::app

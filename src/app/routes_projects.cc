#include "app/routes_projects.h"

#include "app/route_rows.h"
#include "workbench/project/clone_handlers.h"
#include "workbench/project/project_handlers.h"
#include "workbench/project/session_handlers.h"
#include "workbench/project/usage_handlers.h"

namespace pix::app {

namespace json = boost::json;

namespace {

using workbench::Projects;

/// A row with its description.
struct Described {
    Route route;

    Described& named(std::string operation_id, std::string tag, std::string description = {})
    {
        route.doc.operation_id = std::move(operation_id);
        route.doc.tag = std::move(tag);
        route.doc.description = std::move(description);
        return *this;
    }
    Described& query(std::string name, std::string description, json::object schema = {{"type", "string"}},
                     bool required = false)
    {
        route.doc.query.push_back({std::move(name), std::move(description), std::move(schema), required});
        return *this;
    }
    Described& body(json::object schema)
    {
        route.doc.body = std::move(schema);
        return *this;
    }
    Described& answers(int status, std::string description, json::value schema = nullptr,
                       std::string type = "application/json")
    {
        route.doc.responses.push_back({status, std::move(description), std::move(type), std::move(schema)});
        return *this;
    }
};

json::object type_of(std::string_view name)
{
    return {{"type", name}};
}

json::object object_of(json::object properties, std::initializer_list<std::string_view> required = {})
{
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (required.size() == 0) return schema;
    json::array names;
    for (std::string_view const name : required) names.push_back(json::value(name));
    schema["required"] = std::move(names);
    return schema;
}

json::object array_of(json::object items)
{
    return {{"type", "array"}, {"items", std::move(items)}};
}

json::object or_null(std::string_view type)
{
    return {{"type", json::array{type, "null"}}};
}

json::object provider_schema()
{
    return {{"type", "string"}, {"enum", json::array{"claude", "cursor", "codex", "gemini", "qwen", "opencode"}}};
}

json::object time_schema()
{
    return {{"type", "string"}, {"format", "date-time"}};
}

json::object session_schema()
{
    return object_of({{"id", type_of("string")},
                      {"title", or_null("string")},
                      {"provider", provider_schema()},
                      {"lastActivity", time_schema()},
                      {"createdAt", time_schema()},
                      {"projectName", type_of("string")},
                      {"messageCount", type_of("integer")},
                      {"model", type_of("string")},
                      {"gitBranch", type_of("string")},
                      {"isStarred", type_of("boolean")},
                      {"isArchived", type_of("boolean")},
                      {"isGrouped", type_of("boolean")},
                      {"groupSize", type_of("integer")}});
}

json::object project_schema()
{
    return object_of({{"name", type_of("string")},
                      {"displayName", type_of("string")},
                      {"path", type_of("string")},
                      {"fullPath", type_of("string")},
                      {"isCustomName", type_of("boolean")},
                      {"isManuallyAdded", type_of("boolean")},
                      {"isStarred", type_of("boolean")},
                      {"isArchived", type_of("boolean")},
                      {"detectedProviders", array_of(provider_schema())},
                      {"sessions", array_of(session_schema())},
                      {"sessionMeta", object_of({{"hasMore", type_of("boolean")}, {"total", type_of("integer")}})}});
}

json::object done_schema()
{
    return object_of({{"success", type_of("boolean")}, {"message", type_of("string")}});
}

Route list_projects_row(Projects* projects)
{
    Described row{get("/api/projects", on(workbench::list_projects, projects), "List all projects")};
    row.named("listProjects", "Projects",
              "The same folder of several agents is one project; starred first, then newest.")
        .query("archived", "Those that were archived instead.", type_of("boolean"))
        .answers(200, "Project list.", array_of(project_schema()));
    return row.route;
}

Route quick_start_row(Projects* projects)
{
    Described row{post("/api/projects/quick-start", on(workbench::quick_start, projects),
                       "Open or create a project from an absolute path", json_body)};
    row.named("quickStartProject", "Projects", "Without a path a new numbered folder is made.")
        .body(object_of({{"path", type_of("string")}}, {"path"}))
        .answers(200, "Project record (created if it didn't exist).", project_schema())
        .answers(403, "A system folder.");
    return row.route;
}

Route create_row(Projects* projects, std::string path, std::string id)
{
    Described row{post(std::move(path), on(workbench::create_workspace, projects),
                       "Add a folder as a project, or clone a repository into it", json_body)};
    row.named(std::move(id), "Projects", "With a URL, clone-progress does the work and tells how far it is.")
        .body(object_of({{"workspaceType", json::object{{"type", "string"}, {"enum", json::array{"existing", "new"}}}},
                         {"path", type_of("string")},
                         {"githubUrl", type_of("string")},
                         {"githubTokenId", type_of("integer")},
                         {"newGithubToken", type_of("string")}}))
        .answers(200, "The project.", object_of({{"success", type_of("boolean")}, {"project", project_schema()}}));
    return row.route;
}

Route clone_row(Projects* projects)
{
    Described row{get("/api/projects/clone-progress", on(workbench::clone_with_progress, projects),
                      "Clone a repository and follow it")};
    row.named("cloneProgress", "Projects", "Ending the stream cancels the clone and removes what it made.")
        .query("path", "Where the clone goes; a folder named after the repository below it if it exists.",
               type_of("string"), true)
        .query("githubUrl", "https, ssh or scp form.", type_of("string"), true)
        .query("githubTokenId", "A stored token.")
        .answers(200, "Events of {type, message, project?}.", type_of("string"), "text/event-stream");
    row.route.refuse_cross_site_get = true;
    return row.route;
}

Route rename_row(Projects* projects)
{
    Described row{http::Route()};
    row.route = app::row(Method::put, "/api/projects/{projectName}/rename", on(workbench::rename_project, projects),
                         "Rename project display", form_body);
    row.named("renameProject", "Projects", "A blank name resets it.")
        .body(object_of({{"displayName", type_of("string")}}))
        .answers(200, "Renamed.", done_schema());
    return row.route;
}

Route delete_row(Projects* projects)
{
    Described row{http::Route()};
    row.route = app::row(Method::delete_, "/api/projects/{projectName}", on(workbench::delete_project, projects),
                         "Delete (deregister) a project", form_body);
    row.named("deleteProject", "Projects", "The working folder is never touched.")
        .query("deleteData", "Also delete the agents' conversations of this project.", type_of("boolean"))
        .query("force", "Even if there are any.", type_of("boolean"))
        .answers(200, "Deleted.", done_schema())
        .answers(409, "There are conversations.");
    return row.route;
}

Route mark_row(std::string path, decltype(Route::handler) handler, std::string id, std::string tag, std::string flag,
               std::string summary)
{
    Described row{post(std::move(path), std::move(handler), std::move(summary))};
    row.named(std::move(id), std::move(tag), "Without a body the other way round.")
        .body(object_of({{flag, type_of("boolean")}}))
        .answers(200, "Done.", object_of({{"success", type_of("boolean")}, {flag, type_of("boolean")}}));
    return row.route;
}

Route sessions_row(Projects* projects)
{
    Described row{get("/api/projects/{projectName}/sessions", on(workbench::list_sessions, projects),
                      "List sessions for a project")};
    row.named("listSessions", "Sessions")
        .query("envelope", "{sessions, hasMore, total, offset, limit} instead of the bare array.", type_of("boolean"))
        .query("limit", "At most so many.", type_of("integer"))
        .query("offset", "Leave out so many of the newest.", type_of("integer"))
        .query("provider", "Of one agent only.", provider_schema())
        .query("archived", "Those that were archived instead.", type_of("boolean"))
        .answers(200, "Sessions sorted by lastActivity desc.", array_of(session_schema()));
    return row.route;
}

Route delete_session_row(Projects* projects)
{
    Described row{http::Route()};
    row.route = app::row(Method::delete_, "/api/projects/{projectName}/sessions/{sessionId}",
                         on(workbench::delete_session, projects), "Delete a session", form_body);
    row.named("deleteSession", "Sessions")
        .query("provider", "Whose it is, if the id is not enough.", provider_schema())
        .answers(200, "Deleted.", done_schema());
    return row.route;
}

Route rename_session_row(Projects* projects)
{
    Described row{http::Route()};
    row.route = app::row(Method::put, "/api/sessions/{sessionId}/rename", on(workbench::rename_session, projects),
                         "Rename a session", form_body);
    row.named("renameSession", "Sessions")
        .body(object_of({{"title", type_of("string")}, {"provider", provider_schema()}}))
        .answers(200, "Renamed.", done_schema());
    return row.route;
}

Route messages_row(Projects* projects, std::string path, std::string id)
{
    bool const of_session = path.starts_with("/api/sessions");
    Described row{get(std::move(path), on(workbench::list_messages, projects), "Get session message history")};
    row.named(std::move(id), "Sessions", "Pages come from the end; inside a page the order is that of time.");
    if (of_session)
        row.query("projectName", "Prefers one of several conversations with this id.", type_of("string"), true);
    row.query("provider", "Whose it is, if the id is not enough.", provider_schema())
        .query("limit", "Messages of a page; empty: all.", {{"type", "integer"}, {"default", 100}})
        .query("offset", "Leave out so many of the newest.", {{"type", "integer"}, {"default", 0}})
        .answers(200, "Normalized message stream.",
                 object_of({{"messages", array_of(type_of("object"))},
                            {"total", type_of("integer")},
                            {"hasMore", type_of("boolean")}}));
    return row.route;
}

Route token_usage_row(Projects* projects, std::string path, std::string id)
{
    Described row{get(std::move(path), on(workbench::show_token_usage, projects), "Tokens in a session's context")};
    row.named(std::move(id), "Sessions")
        .query("provider", "Whose it is, if the id is not enough.", provider_schema())
        .answers(200, "Tokens.",
                 object_of({{"used", type_of("integer")},
                            {"total", type_of("integer")},
                            {"inputTokens", type_of("integer")},
                            {"outputTokens", type_of("integer")}}));
    return row.route;
}

Route usage_row(Projects* projects, std::string path, std::string id)
{
    Described row{get(std::move(path), on(workbench::show_usage, projects), "Tokens and cost by day and model")};
    row.named(std::move(id), "Sessions")
        .query("after", "From this day on, 2026-01-31.")
        .query("before", "Up to the day before this one.")
        .query("provider", "Of one agent only.", provider_schema())
        .answers(200, "Sums.",
                 object_of({{"days", array_of(type_of("object"))},
                            {"models", array_of(type_of("object"))},
                            {"total", type_of("object")}}));
    return row.route;
}

Route search_row(Projects* projects)
{
    Described row{get("/api/search/conversations", on(workbench::search_conversations, projects),
                      "Full-text search across all sessions")};
    row.named("searchConversations", "Search",
              "Words, \"phrases\", prefix*, provider:, project:, role:, before:, after:. The last word may go on. As "
              "events with Accept: text/event-stream or stream=1.")
        .query("q", "Search query.", type_of("string"), true)
        .query("provider", "Of one agent only.", provider_schema())
        .query("project", "Of one project only, by its name in URLs.")
        .query("limit", "1 to 100.", {{"type", "integer"}, {"default", 50}})
        .query("stream", "As events.", type_of("boolean"))
        .answers(200, "Ranked matches.",
                 object_of({{"results", array_of(type_of("object"))}, {"total", type_of("integer")}}))
        .answers(400, "The query is too short or has a filter that is none.");
    return row.route;
}

Route progress_row(Projects* projects)
{
    Described row{get("/api/search/progress", on(workbench::show_index_progress, projects),
                      "How much of the conversations is indexed")};
    row.named("searchProgress", "Search")
        .answers(200, "Sessions and bytes.",
                 object_of({{"isReady", type_of("boolean")},
                            {"isWhole", type_of("boolean")},
                            {"sessions", type_of("integer")},
                            {"sessionsDone", type_of("integer")}}));
    return row.route;
}

} // namespace

std::vector<http::Route> projects_routes(Projects* projects)
{
    std::string const project = "/api/projects/{projectName}";
    std::string const session = "/api/sessions/{sessionId}";
    return {
        list_projects_row(projects),
        quick_start_row(projects),
        create_row(projects, "/api/projects/create", "createProject"),
        create_row(projects, "/api/projects/create-workspace", "createWorkspace"),
        clone_row(projects),
        rename_row(projects),
        delete_row(projects),
        mark_row(project + "/star", on(workbench::star_project, projects), "starProject", "Projects", "isStarred",
                 "Put a project first in lists"),
        mark_row(project + "/archive", on(workbench::archive_project, projects), "archiveProject", "Projects",
                 "isArchived", "Leave a project out of lists and searches"),
        usage_row(projects, project + "/usage", "projectUsage"),
        sessions_row(projects),
        delete_session_row(projects),
        messages_row(projects, project + "/sessions/{sessionId}/messages", "listProjectMessages"),
        token_usage_row(projects, project + "/sessions/{sessionId}/token-usage", "projectSessionTokenUsage"),
        messages_row(projects, session + "/messages", "listMessages"),
        token_usage_row(projects, session + "/token-usage", "sessionTokenUsage"),
        rename_session_row(projects),
        mark_row(session + "/star", on(workbench::star_session, projects), "starSession", "Sessions", "isStarred",
                 "Mark a session"),
        mark_row(session + "/archive", on(workbench::archive_session, projects), "archiveSession", "Sessions",
                 "isArchived", "Leave a session out of lists and searches"),
        usage_row(projects, "/api/usage", "usage"),
        search_row(projects),
        progress_row(projects),
    };
}

} // namespace pix::app

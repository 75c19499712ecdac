#include "app/routes_git.h"

#include <initializer_list>
#include <string_view>

#include "app/route_rows.h"
#include "workbench/git/git_handlers.h"

namespace pix::app {

namespace json = boost::json;
using workbench::git_handler;
namespace answer = workbench::git_answer;

namespace {

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
    Route route = get("/api/" + path, std::move(handler), std::move(summary));
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
    Route route = post("/api/" + path, std::move(handler), std::move(summary), json_body);
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

std::vector<Route> git_routes(workbench::Git* git)
{
    auto const does = [git](workbench::GitWork work) { return git_handler(git, work); };
    json::object const whole_number{{"type", "integer"}};
    std::vector<Route> routes{
        look("git/status", "gitStatus", does(answer::status), "Working tree status", {},
             answers("Git status snapshot.", status_schema())),
        look("git/diff", "gitDiff", does(answer::diff), "Unified diff for one file or the whole tree",
             {query("file", "One file; without it, all of the project"),
              query_of("staged", "What is staged, against the last commit", boolean_schema(false)),
              query("commit", "The changes of one commit"), query("range", "Two revisions joined by .. or ..."),
              query_of("context", "Lines around a change", {{"type", "integer"}, {"default", 3}}),
              query_of("hunksOnly", "Leave the file's header out", boolean_schema(true)),
              query_of("parsed", "Add files, hunks and lines", boolean_schema(false))},
             answers("Diff text.", object_schema({"diff", "binary?", "isTruncated?"}))),
        look("git/branches", "gitBranches", does(answer::branches), "List local and remote branches", {},
             answers("Branch list.", object_schema({"current", "local[]", "remote[]"}))),
        change("git/commit", "gitCommit", does(answer::commit), "Create a commit",
               {"message!", "files[]", "amend?", "signOff?", "all?"}, "Commit created."),
        change("git/push", "gitPush", does(answer::push), "Push to a remote",
               {"remote", "branch", "force?", "setUpstream?"}, "Pushed."),
        change("git/pull", "gitPull", does(answer::pull), "Pull from the upstream", {}, "Pulled."),
        change("git/checkout", "gitCheckout", does(answer::checkout), "Switch branch", {"branch!"}, "Switched."),
        change("git/stage", "gitStage", does(answer::stage), "Stage files, hunks or lines", {"files[]", "file"},
               "Staged."),
        change("git/unstage", "gitUnstage", does(answer::unstage), "Unstage files, hunks or lines", {"files[]", "file"},
               "Unstaged."),
        change("git/discard", "gitDiscard", does(answer::discard), "Discard changes of files, hunks or lines",
               {"files[]", "file"}, "Discarded; `hash` takes them back."),
        look("git/discarded", "gitDiscarded", does(answer::discarded), "What was discarded and is still kept", {},
             answers("The newest first.")),
        change("git/undo-discard", "gitUndoDiscard", does(answer::undo_discard), "Take a discard back", {"id!"},
               "Taken back."),
        change("git/delete-untracked", "gitDeleteUntracked", does(answer::delete_untracked),
               "Delete an untracked file or folder", {"file!"}, "Deleted."),
        change("git/init", "gitInit", does(answer::init), "Make the folder a repository", {}, "Made."),
        change("git/initial-commit", "gitInitialCommit", does(answer::initial_commit),
               "Commit everything for the first time", {}, "Commit created."),
        change("git/revert-local-commit", "gitUndoCommit", does(answer::undo_commit),
               "Take the last commit back and keep its changes staged", {}, "Taken back."),
        change("git/create-branch", "gitCreateBranch", does(answer::create_branch), "Create a branch",
               {"branch!", "from", "checkout?"}, "Created."),
        change("git/delete-branch", "gitDeleteBranch", does(answer::delete_branch), "Delete a branch",
               {"branch!", "force?"}, "Deleted."),
        change("git/rename-branch", "gitRenameBranch", does(answer::rename_branch), "Rename a branch",
               {"branch!", "name!"}, "Renamed."),
        change("git/merge", "gitMerge", does(answer::merge), "Merge a branch into the current one", {"branch!"},
               "Merged."),
        change("git/operation", "gitOperation", does(answer::carry_on),
               "Abort, continue or skip a merge, rebase, cherry-pick or revert", {"action!"}, "Done."),
        look("git/commits", "gitCommits", does(answer::commits), "Commits with parents and refs",
             {query_of("limit", "1 to 100", whole_number), query_of("skip", "How many to leave out", whole_number),
              query("branch", "A ref or range; without it, all branches and tags"),
              query("file", "Only commits that touch it"), query("search", "In messages"), query("author", "By whom")},
             answers("In topological order.")),
        look("git/commit-details", "gitCommitDetails", does(answer::show_commit), "One commit and its files",
             {query("commit", "Which", true)}, answers("The commit.")),
        look("git/commit-diff", "gitCommitDiff", does(answer::commit_diff), "The changes of one commit",
             {query("commit", "Which", true), query("file", "Of one file"),
              query_of("parsed", "Add files, hunks and lines", boolean_schema(false))},
             answers("Diff text.")),
        look("git/file-with-diff", "gitFileWithDiff", does(answer::file_with_diff), "A file now and in the last commit",
             {query("file", "Which", true)}, answers("Both contents.")),
        look("git/file-at", "gitFileAt", does(answer::file_at), "A file as a commit has it",
             {query("file", "Which", true), query("commit", "In which commit", true)}, answers("Its content.")),
        look("git/blame", "gitBlame", does(answer::blame), "Who changed each line last",
             {query("file", "Which", true), query("commit", "Up to which commit")}, answers("Runs of lines.")),
        look("git/remote-status", "gitRemoteStatus", does(answer::remote_status),
             "Where the branch stands to its upstream", {}, answers("Ahead, behind and names.")),
        change("git/fetch", "gitFetch", does(answer::fetch), "Fetch from a remote", {"remote", "prune?"}, "Fetched."),
        change("git/publish", "gitPublish", does(answer::publish), "Push the current branch and set its upstream",
               {"branch!", "remote"}, "Published."),
        look("git/remotes", "gitRemotes", does(answer::remotes), "Remotes and their addresses", {},
             answers("The remotes.")),
        change("git/remotes", "gitSetRemote", does(answer::add_remote), "Add a remote or change its address",
               {"name!", "url!"}, "Set."),
        change("git/remotes/remove", "gitRemoveRemote", does(answer::remove_remote), "Remove a remote", {"name!"},
               "Removed."),
        look("git/stashes", "gitStashes", does(answer::stashes), "Stashes", {}, answers("The newest first.")),
        change("git/stash", "gitStash", does(answer::stash), "Stash changes",
               {"message", "includeUntracked?", "staged?", "files[]"}, "Stashed."),
        change("git/stash/pop", "gitStashPop", does(answer::pop_stash), "Apply a stash and drop it", {"index#", "hash"},
               "Applied."),
        change("git/stash/apply", "gitStashApply", does(answer::apply_stash), "Apply a stash", {"index#", "hash"},
               "Applied."),
        change("git/stash/drop", "gitStashDrop", does(answer::drop_stash), "Drop a stash", {"index#", "hash"},
               "Dropped."),
        look("git/conflicts", "gitConflicts", does(answer::conflicts), "Files in conflict", {},
             answers("Which sides each has.")),
        look("git/conflict", "gitConflict", does(answer::conflict), "The sides of a file in conflict",
             {query("file", "Which", true)}, answers("Base, ours, theirs and the file as it is.")),
        change("git/resolve", "gitResolve", does(answer::resolve), "Resolve a conflict", {"file!", "side!", "content"},
               "Resolved."),
        look("worktrees", "worktrees", does(answer::worktrees), "Worktrees of the repository", {},
             answers("The repository itself first.")),
        change("worktrees/create", "worktreeCreate", does(answer::create_worktree), "Create a worktree",
               {"branch!", "base", "path"}, "Created."),
        change("worktrees/open", "worktreeOpen", does(answer::open_worktree), "Look a worktree up", {"path!"},
               "Found."),
        change("worktrees/merge", "worktreeMerge", does(answer::merge_worktree),
               "Merge a worktree's branch into the current one", {"path!"}, "Merged."),
        change("worktrees/remove", "worktreeRemove", does(answer::remove_worktree), "Remove a worktree",
               {"path!", "force?"}, "Removed."),
    };
    Route clone = post("/api/git/clone", on(workbench::clone_repository, git), "Clone a repository", json_body);
    clone.doc.tag = "Git";
    clone.doc.operation_id = "gitClone";
    clone.doc.body = object_schema({"url!", "path!", "branch", "depth#"});
    clone.doc.responses = {answers("Cloned.", object_schema({"success?", "path"}))};
    routes.push_back(std::move(clone));
    Route identity = get("/api/user/git-config", on(workbench::show_git_identity, git), "Who commits");
    identity.doc.tag = "Git";
    identity.doc.operation_id = "gitIdentity";
    identity.doc.responses = {answers("Name and address.", object_schema({"gitName", "gitEmail"}))};
    routes.push_back(std::move(identity));
    Route save = post("/api/user/git-config", on(workbench::save_git_identity, git), "Say who commits", json_body);
    save.doc.tag = "Git";
    save.doc.operation_id = "gitSetIdentity";
    save.doc.body = object_schema({"gitName!", "gitEmail!"});
    save.doc.responses = {answers("Stored.")};
    routes.push_back(std::move(save));
    return routes;
}

} // namespace pix::app

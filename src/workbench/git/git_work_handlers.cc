#include <algorithm>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "workbench/git/git_handlers.h"
#include "workbench/git/git_views.h"

namespace pix::workbench::git_answer {

using core::Errc;
namespace json = boost::json;

GitAnswer checkout(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto branch, asked.needed("branch"));
    PIX_CO_TRY(auto const done, co_await git.checkout(asked.project(), std::move(branch)));
    co_return view_of(done);
}

GitAnswer create_branch(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto branch, asked.needed("branch"));
    PIX_CO_TRY(auto from, asked.text("from"));
    PIX_CO_TRY(bool const go_there, asked.flag("checkout", true));
    PIX_CO_TRY(auto const done,
               co_await git.create_branch(asked.project(), std::move(branch), std::move(from), go_there));
    co_return view_of(done);
}

GitAnswer delete_branch(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto branch, asked.needed("branch"));
    PIX_CO_TRY(bool const force, asked.flag("force"));
    PIX_CO_TRY(auto const done, co_await git.delete_branch(asked.project(), std::move(branch), force));
    co_return view_of(done);
}

GitAnswer rename_branch(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto branch, asked.needed("branch"));
    PIX_CO_TRY(auto name, asked.needed("name", "newName"));
    PIX_CO_TRY(auto const done, co_await git.rename_branch(asked.project(), std::move(branch), std::move(name)));
    co_return view_of(done);
}

GitAnswer merge(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto branch, asked.needed("branch"));
    PIX_CO_TRY(auto const done, co_await git.merge(asked.project(), std::move(branch)));
    co_return view_of(done);
}

GitAnswer carry_on(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto action, asked.needed("action"));
    PIX_CO_TRY(auto const done, co_await git.carry_on(asked.project(), std::move(action)));
    co_return view_of(done);
}

GitAnswer initial_commit(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const done, co_await git.initial_commit(asked.project()));
    co_return view_of(done);
}

GitAnswer undo_commit(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const done, co_await git.undo_commit(asked.project()));
    co_return view_of(done);
}

GitAnswer stashes(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const all, co_await git.stashes(asked.project()));
    json::array list;
    for (auto const& stash : all)
        list.emplace_back(json::object{{"index", stash.index},
                                       {"hash", stash.hash},
                                       {"message", core::to_utf8(stash.message)},
                                       {"date", core::iso_time(stash.at * 1000, true)}});
    co_return json::object{{"stashes", std::move(list)}};
}

GitAnswer stash(GitRequest asked, Git& git)
{
    StashRequest request;
    PIX_CO_TRY(request.message, asked.text("message"));
    PIX_CO_TRY(request.untracked, asked.flag("includeUntracked"));
    PIX_CO_TRY(request.staged, asked.flag("staged"));
    PIX_CO_TRY(request.files, asked.texts("files"));
    PIX_CO_TRY(auto const done, co_await git.stash(asked.project(), std::move(request)));
    co_return view_of(done);
}

static GitAnswer use_stash(GitRequest asked, Git& git, std::string how)
{
    PIX_CO_TRY(int const index, asked.number("index", 0, 0, 100'000));
    PIX_CO_TRY(auto hash, asked.text("hash"));
    PIX_CO_TRY(auto const done, co_await git.use_stash(asked.project(), std::move(how), index, std::move(hash)));
    co_return view_of(done);
}

GitAnswer pop_stash(GitRequest asked, Git& git)
{
    return use_stash(std::move(asked), git, "pop");
}

GitAnswer apply_stash(GitRequest asked, Git& git)
{
    return use_stash(std::move(asked), git, "apply");
}

GitAnswer drop_stash(GitRequest asked, Git& git)
{
    return use_stash(std::move(asked), git, "drop");
}

GitAnswer delete_untracked(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto file, asked.needed("file", "path"));
    PIX_CO_TRY(auto const done, co_await git.delete_untracked(asked.project(), std::move(file)));
    co_return view_of(done);
}

GitAnswer discarded(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const all, co_await git.discarded(asked.project()));
    json::array list;
    for (auto const& each : all)
        list.emplace_back(json::object{
            {"id", each.id}, {"files", texts_view(each.files)}, {"date", core::iso_time(each.at * 1000, true)}});
    co_return json::object{{"discarded", std::move(list)}};
}

GitAnswer undo_discard(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto id, asked.needed("id", "hash"));
    PIX_CO_TRY(auto const done, co_await git.undo_discard(asked.project(), std::move(id)));
    co_return view_of(done);
}

static json::value text_or_null(const std::optional<std::string>& text)
{
    return text ? json::value(core::to_utf8(*text)) : json::value(nullptr);
}

GitAnswer conflicts(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const all, co_await git.conflicts(asked.project()));
    json::array list;
    for (auto const& each : all)
        list.emplace_back(json::object{{"path", core::to_utf8(each.path)},
                                       {"base", !each.base.empty()},
                                       {"ours", !each.ours.empty()},
                                       {"theirs", !each.theirs.empty()}});
    co_return json::object{{"conflicts", std::move(list)}};
}

GitAnswer conflict(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto file, asked.needed("file", "path"));
    PIX_CO_TRY(auto const texts, co_await git.conflict(asked.project(), std::move(file)));
    co_return json::object{{"base", text_or_null(texts.base)},
                           {"ours", text_or_null(texts.ours)},
                           {"theirs", text_or_null(texts.theirs)},
                           {"current", text_or_null(texts.current)}};
}

GitAnswer resolve(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto file, asked.needed("file", "path"));
    PIX_CO_TRY(auto side, asked.needed("side"));
    PIX_CO_TRY(auto content, asked.text("content"));
    if (side == "content" && asked.find("content") == nullptr)
        co_return git_fail(Errc::invalid, "INVALID", "content is missing");
    PIX_CO_TRY(auto const done,
               co_await git.resolve(asked.project(), std::move(file), std::move(side), std::move(content)));
    co_return view_of(done);
}

static json::object worktree_view(const GitWorktree& tree)
{
    return json::object{{"path", core::to_utf8(tree.path)},
                        {"branch", core::to_utf8(tree.branch)},
                        {"head", tree.head},
                        {"main", tree.main},
                        {"locked", tree.locked},
                        {"prunable", tree.prunable}};
}

GitAnswer worktrees(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const all, co_await git.worktrees(asked.project()));
    json::array list;
    for (auto const& tree : all) list.emplace_back(worktree_view(tree));
    co_return json::object{{"worktrees", std::move(list)}};
}

GitAnswer create_worktree(GitRequest asked, Git& git)
{
    WorktreeRequest request;
    PIX_CO_TRY(request.branch, asked.needed("branch"));
    PIX_CO_TRY(request.base, asked.text("base", "from"));
    PIX_CO_TRY(request.path, asked.text("path"));
    PIX_CO_TRY(auto const tree, co_await git.create_worktree(asked.project(), std::move(request)));
    json::object view = worktree_view(tree);
    view["success"] = true;
    co_return view;
}

GitAnswer open_worktree(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const path, asked.needed("path"));
    PIX_CO_TRY(auto const all, co_await git.worktrees(asked.project()));
    auto const found = std::find_if(all.begin(), all.end(), [&](const GitWorktree& tree) { return tree.path == path; });
    if (found == all.end()) co_return git_fail(Errc::not_found, "GIT_WORKTREE_NOT_FOUND", "There is no such worktree.");
    json::object view = worktree_view(*found);
    view["success"] = true;
    co_return view;
}

GitAnswer merge_worktree(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto path, asked.needed("path"));
    PIX_CO_TRY(auto const done, co_await git.merge_worktree(asked.project(), std::move(path)));
    co_return view_of(done);
}

GitAnswer remove_worktree(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto path, asked.needed("path"));
    PIX_CO_TRY(bool const force, asked.flag("force"));
    PIX_CO_TRY(auto const done, co_await git.remove_worktree(asked.project(), std::move(path), force));
    co_return view_of(done);
}

} // namespace pix::workbench::git_answer

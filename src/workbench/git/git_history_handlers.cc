#include <algorithm>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "workbench/git/git_handlers.h"
#include "workbench/git/git_views.h"

namespace pix::workbench::git_answer {

using core::Errc;
namespace json = boost::json;

GitAnswer remote_status(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const status, co_await git.status(asked.project()));
    if (!status.is_repository)
        co_return git_fail(Errc::invalid, "GIT_NOT_A_REPOSITORY", "The project's folder is no git repository.");
    PIX_CO_TRY(auto const remotes, co_await git.remotes(asked.project()));
    json::object view{{"hasRemote", !remotes.empty()},
                      {"hasUpstream", !status.upstream.empty()},
                      {"branch", core::to_utf8(status.branch)},
                      {"ahead", status.ahead},
                      {"behind", status.behind},
                      {"isUpToDate", !status.upstream.empty() && status.ahead == 0 && status.behind == 0}};
    std::size_t const slash = status.upstream.find('/');
    std::string remote = slash == std::string::npos ? std::string() : status.upstream.substr(0, slash);
    if (remote.empty() && !remotes.empty()) {
        bool const origin =
            std::any_of(remotes.begin(), remotes.end(), [](const GitRemote& each) { return each.name == "origin"; });
        remote = origin ? "origin" : remotes.front().name;
    }
    view["remoteName"] = remote.empty() ? json::value(nullptr) : json::value(core::to_utf8(remote));
    view["remoteBranch"] = status.upstream.empty() ? json::value(nullptr) : json::value(core::to_utf8(status.upstream));
    co_return view;
}

GitAnswer fetch(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto remote, asked.text("remote"));
    PIX_CO_TRY(bool const prune, asked.flag("prune"));
    PIX_CO_TRY(auto const done, co_await git.fetch(asked.project(), std::move(remote), prune));
    co_return view_of(done);
}

GitAnswer pull(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const done, co_await git.pull(asked.project()));
    co_return view_of(done);
}

GitAnswer push(GitRequest asked, Git& git)
{
    PushRequest request;
    PIX_CO_TRY(request.remote, asked.text("remote"));
    PIX_CO_TRY(request.branch, asked.text("branch"));
    PIX_CO_TRY(request.force, asked.flag("force"));
    PIX_CO_TRY(request.set_upstream, asked.flag("setUpstream"));
    PIX_CO_TRY(auto const done, co_await git.push(asked.project(), std::move(request)));
    co_return view_of(done);
}

GitAnswer publish(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto branch, asked.needed("branch"));
    PIX_CO_TRY(auto remote, asked.text("remote"));
    PIX_CO_TRY(auto const done, co_await git.publish(asked.project(), std::move(branch), std::move(remote)));
    co_return view_of(done);
}

GitAnswer remotes(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const all, co_await git.remotes(asked.project()));
    json::array list;
    for (auto const& remote : all)
        list.emplace_back(json::object{
            {"name", core::to_utf8(remote.name)}, {"url", remote.fetch_url}, {"pushUrl", remote.push_url}});
    co_return json::object{{"remotes", std::move(list)}};
}

GitAnswer add_remote(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto name, asked.needed("name", "remote"));
    PIX_CO_TRY(auto url, asked.needed("url"));
    PIX_CO_TRY(auto const done, co_await git.add_remote(asked.project(), std::move(name), std::move(url)));
    co_return view_of(done);
}

GitAnswer remove_remote(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto name, asked.needed("name", "remote"));
    PIX_CO_TRY(auto const done, co_await git.remove_remote(asked.project(), std::move(name)));
    co_return view_of(done);
}

static json::object commit_view(const GitCommit& commit)
{
    return json::object{{"hash", commit.hash},
                        {"author", core::to_utf8(commit.author)},
                        {"email", core::to_utf8(commit.email)},
                        {"date", core::to_utf8(commit.date)},
                        {"committer", core::to_utf8(commit.committer)},
                        {"message", core::to_utf8(commit.message)},
                        {"parents", texts_view(commit.parents)},
                        {"refs", texts_view(commit.refs)},
                        {"isHead", commit.is_head},
                        {"stats", core::to_utf8(commit.stats)}};
}

GitAnswer commits(GitRequest asked, Git& git)
{
    LogQuestion question;
    PIX_CO_TRY(int const limit, asked.number("limit", 10, -1'000'000'000, 1'000'000'000));
    question.limit = std::clamp(limit, 1, 100);
    PIX_CO_TRY(question.skip, asked.number("skip", 0, 0, 10'000'000));
    PIX_CO_TRY(question.branch, asked.text("branch", "ref"));
    PIX_CO_TRY(question.file, asked.text("file", "path"));
    PIX_CO_TRY(question.search, asked.text("search"));
    PIX_CO_TRY(question.author, asked.text("author"));
    auto const log = co_await git.log(asked.project(), std::move(question));
    if (!log && log.error().name == "GIT_NOT_A_REPOSITORY")
        co_return json::object{{"commits", json::array()}, {"hasMore", false}, {"notGitRepository", true}};
    if (!log) co_return std::unexpected(log.error());
    json::array list;
    for (auto const& commit : log->commits) list.emplace_back(commit_view(commit));
    co_return json::object{{"commits", std::move(list)}, {"hasMore", log->has_more}};
}

GitAnswer show_commit(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto hash, asked.needed("commit", "hash"));
    PIX_CO_TRY(auto const shown, co_await git.show(asked.project(), std::move(hash)));
    json::object view = commit_view(shown.first);
    json::array files;
    for (auto const& file : shown.second) {
        json::object each{{"path", core::to_utf8(file.path)},
                          {"status", std::string(1, file.status)},
                          {"binary", file.additions < 0},
                          {"additions", std::max(file.additions, 0)},
                          {"deletions", std::max(file.deletions, 0)}};
        if (!file.old_path.empty()) each["oldPath"] = core::to_utf8(file.old_path);
        files.emplace_back(std::move(each));
    }
    view["files"] = std::move(files);
    co_return view;
}

GitAnswer commit_diff(GitRequest asked, Git& git)
{
    DiffQuestion question;
    PIX_CO_TRY(question.commit, asked.needed("commit", "hash"));
    PIX_CO_TRY(question.file, asked.text("file", "path"));
    PIX_CO_TRY(bool const parsed, asked.flag("parsed"));
    PIX_CO_TRY(auto const diff, co_await git.diff(asked.project(), std::move(question)));
    json::object view{{"diff", core::to_utf8(diff.text)}, {"isTruncated", diff.truncated}};
    if (parsed) view["files"] = view_of(parse_patch(diff.text));
    co_return view;
}

GitAnswer file_with_diff(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto file, asked.needed("file", "path"));
    PIX_CO_TRY(auto const versions, co_await git.versions(asked.project(), std::move(file)));
    json::object view{{"currentContent", versions.binary ? std::string() : core::to_utf8(versions.current)},
                      {"oldContent", versions.binary ? std::string() : core::to_utf8(versions.old)},
                      {"isDeleted", versions.deleted},
                      {"isUntracked", versions.untracked}};
    if (versions.binary) view["binary"] = true;
    co_return view;
}

GitAnswer file_at(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto file, asked.needed("file", "path"));
    PIX_CO_TRY(auto commit, asked.needed("commit", "ref"));
    PIX_CO_TRY(auto const bytes, co_await git.file_at(asked.project(), std::move(file), std::move(commit)));
    if (bytes.find('\0') < 8000)
        co_return json::object{{"content", ""}, {"binary", true}, {"base64", core::base64_encode(bytes)}};
    co_return json::object{{"content", core::to_utf8(bytes)}, {"binary", false}};
}

GitAnswer blame(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto file, asked.needed("file", "path"));
    PIX_CO_TRY(auto commit, asked.text("commit", "ref"));
    PIX_CO_TRY(auto const lines, co_await git.blame(asked.project(), std::move(file), std::move(commit)));
    json::array list;
    for (auto const& line : lines)
        list.emplace_back(json::object{{"hash", line.hash},
                                       {"author", core::to_utf8(line.author)},
                                       {"email", core::to_utf8(line.email)},
                                       {"date", core::iso_time(line.at * 1000, true)},
                                       {"summary", core::to_utf8(line.summary)},
                                       {"line", line.first},
                                       {"count", line.count}});
    co_return json::object{{"lines", std::move(list)}};
}

} // namespace pix::workbench::git_answer

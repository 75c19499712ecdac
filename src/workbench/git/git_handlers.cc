#include "workbench/git/git_handlers.h"

#include "core/base/text.h"
#include "workbench/git/git_views.h"

namespace pix::workbench {

using core::Errc;
using http::Response;
namespace json = boost::json;

namespace {

awaitable<core::Result<Response>> answer(std::shared_ptr<http::Request> request, Git& git, GitWork work)
{
    auto asked = GitRequest::read(*request);
    if (!asked) co_return git_refusal(asked.error(), *request);
    auto made = co_await work(*std::move(asked), git);
    if (!made) co_return git_refusal(made.error(), *request);
    co_return Response::json(*std::move(made));
}

/// hunks: ["id", {"id": "id", "lines": [1, 2]}]
GitResult<std::vector<HunkChoice>> hunks_of(const json::value& value)
{
    auto const bad = [] {
        return git_fail(Errc::invalid, "INVALID", "hunks must be a list of ids, or of objects with id and lines");
    };
    if (!value.is_array() || value.get_array().size() > 10'000) return bad();
    std::vector<HunkChoice> chosen;
    for (auto const& element : value.get_array()) {
        HunkChoice choice;
        if (element.is_string()) {
            choice.id = element.get_string();
        } else if (element.is_object()) {
            auto const* id = element.get_object().if_contains("id");
            auto const* lines = element.get_object().if_contains("lines");
            if (id == nullptr || !id->is_string()) return bad();
            choice.id = id->get_string();
            if (lines != nullptr && !lines->is_null()) {
                if (!lines->is_array()) return bad();
                choice.lines.emplace();
                for (auto const& line : lines->get_array()) {
                    if (!line.is_int64() || line.get_int64() < 0) return bad();
                    choice.lines->push_back(static_cast<std::size_t>(line.get_int64()));
                }
            }
        } else {
            return bad();
        }
        chosen.push_back(std::move(choice));
    }
    return chosen;
}

GitResult<std::optional<PartRequest>> part_in(const GitRequest& asked)
{
    auto const* hunks = asked.find("hunks");
    if (hunks == nullptr) return std::nullopt;
    PartRequest part;
    PIX_TRY(part.file, asked.needed("file", "path"));
    PIX_TRY(part.hunks, hunks_of(*hunks));
    return part;
}

GitResult<std::vector<std::string>> files_in(const GitRequest& asked)
{
    PIX_TRY(auto files, asked.texts("files"));
    if (files) return *std::move(files);
    PIX_TRY(auto file, asked.needed("file", "path"));
    return std::vector<std::string>{std::move(file)};
}

} // namespace

http::Handler git_handler(Git* git, GitWork work)
{
    return [git, work](std::shared_ptr<http::Request> request) { return answer(std::move(request), *git, work); };
}

namespace git_answer {

GitAnswer status(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const status, co_await git.status(asked.project()));
    co_return view_of(status);
}

/// Where the first hunk starts; the end if there is none.
static std::size_t hunks_start(std::string_view diff)
{
    if (diff.starts_with("@@ -")) return 0;
    std::size_t const at = diff.find("\n@@ -");
    return at == std::string_view::npos ? diff.size() : at + 1;
}

GitAnswer diff(GitRequest asked, Git& git)
{
    DiffQuestion question;
    PIX_CO_TRY(question.file, asked.text("file", "path"));
    PIX_CO_TRY(question.staged, asked.flag("staged"));
    PIX_CO_TRY(question.commit, asked.text("commit", "hash"));
    PIX_CO_TRY(question.range, asked.text("range"));
    PIX_CO_TRY(question.context, asked.number("context", 3, 0, 100'000));
    question.either = asked.find("staged") == nullptr && !question.file.empty();
    PIX_CO_TRY(bool const hunks_only, asked.flag("hunksOnly", !question.file.empty()));
    PIX_CO_TRY(bool const parsed, asked.flag("parsed"));
    auto made = co_await git.diff(asked.project(), question);
    if (!made && made.error().name == "GIT_NOT_A_REPOSITORY")
        co_return json::object{{"diff", ""}, {"notGitRepository", true}};
    if (!made) co_return std::unexpected(std::move(made).error());
    json::object view;
    bool const cut_head = hunks_only && !question.file.empty();
    std::size_t const start = cut_head ? hunks_start(made->text) : 0;
    view["diff"] = core::to_utf8(std::string_view(made->text).substr(start));
    if (!question.file.empty()) {
        view["hunksOnly"] = cut_head;
        if (cut_head) view["header"] = core::to_utf8(std::string_view(made->text).substr(0, start));
        view["staged"] = made->staged;
        view["untracked"] = made->untracked;
    }
    if (made->binary) view["binary"] = true;
    if (made->truncated) view["isTruncated"] = true;
    if (parsed) view["files"] = view_of(parse_patch(made->text));
    co_return view;
}

GitAnswer branches(GitRequest asked, Git& git)
{
    auto const branches = co_await git.branches(asked.project());
    if (!branches && branches.error().name == "GIT_NOT_A_REPOSITORY") {
        json::object view = view_of(GitBranches());
        view["notGitRepository"] = true;
        co_return view;
    }
    if (!branches) co_return std::unexpected(branches.error());
    co_return view_of(*branches);
}

GitAnswer stage(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto part, part_in(asked));
    if (part) {
        PIX_CO_TRY(auto const done, co_await git.stage_part(asked.project(), *std::move(part)));
        co_return view_of(done);
    }
    PIX_CO_TRY(auto files, files_in(asked));
    PIX_CO_TRY(auto const done, co_await git.stage(asked.project(), std::move(files)));
    co_return view_of(done);
}

GitAnswer unstage(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto part, part_in(asked));
    if (part) {
        PIX_CO_TRY(auto const done, co_await git.unstage_part(asked.project(), *std::move(part)));
        co_return view_of(done);
    }
    PIX_CO_TRY(auto files, files_in(asked));
    PIX_CO_TRY(auto const done, co_await git.unstage(asked.project(), std::move(files)));
    co_return view_of(done);
}

GitAnswer commit(GitRequest asked, Git& git)
{
    CommitRequest request;
    PIX_CO_TRY(request.amend, asked.flag("amend"));
    PIX_CO_TRY(request.message, request.amend ? asked.text("message") : asked.needed("message"));
    PIX_CO_TRY(request.files, asked.texts("files"));
    PIX_CO_TRY(request.sign_off, asked.flag("signOff"));
    PIX_CO_TRY(request.all, asked.flag("all"));
    PIX_CO_TRY(auto const done, co_await git.commit(asked.project(), std::move(request)));
    co_return view_of(done);
}

GitAnswer init(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto const done, co_await git.init(asked.project()));
    co_return view_of(done);
}

GitAnswer discard(GitRequest asked, Git& git)
{
    PIX_CO_TRY(auto part, part_in(asked));
    if (part) {
        PIX_CO_TRY(auto const done, co_await git.discard_part(asked.project(), *std::move(part)));
        co_return view_of(done);
    }
    PIX_CO_TRY(auto files, files_in(asked));
    PIX_CO_TRY(auto const done, co_await git.discard(asked.project(), std::move(files)));
    co_return view_of(done);
}

} // namespace git_answer

} // namespace pix::workbench

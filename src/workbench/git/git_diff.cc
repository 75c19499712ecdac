#include <filesystem>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"
#include "workbench/git/work_file.h"

namespace pix::workbench {

using core::Errc;

namespace {

std::vector<std::string> diff_arguments(const DiffQuestion& question)
{
    std::vector<std::string> arguments{
        "--no-color",      "--no-ext-diff",  "--no-textconv", "--src-prefix=a/",
        "--dst-prefix=b/", "--find-renames", "--relative",    "--ignore-submodules=dirty"};
    arguments.push_back("--unified=" + std::to_string(std::clamp(question.context, 0, 100'000)));
    return arguments;
}

/// A diff as long as the answer may be, cut at the end of a line.
void shorten_diff(GitDiff& diff, std::size_t bytes)
{
    if (diff.text.size() <= bytes) return;
    std::size_t const end = diff.text.rfind('\n', bytes - 1);
    diff.text.resize(end == std::string::npos ? 0 : end + 1);
    diff.truncated = true;
}

} // namespace

awaitable<GitResult<GitDiff>> Git::diff(std::string project, DiffQuestion question)
{
    if (!question.file.empty()) {
        PIX_CO_TRY(question.file, inside(question.file));
    }
    if (!question.commit.empty()) {
        PIX_CO_CHECK(check_revision(question.commit));
    }
    if (!question.range.empty()) {
        PIX_CO_CHECK(check_range(question.range));
    }
    auto opened = co_await open(std::move(project));
    if (!opened) co_return std::unexpected(std::move(opened).error());
    Repository const repository = *std::move(opened);
    PIX_CO_TRY(auto diff, co_await tracked_diff(repository, question));
    bool const plain = question.commit.empty() && question.range.empty() && !question.staged;
    if (!diff.text.empty() || diff.binary || question.file.empty() || !plain) co_return diff;
    auto tracked = repository.look({"ls-files", "-z", "--cached", "--", question.file});
    PIX_CO_TRY(auto listed, co_await command_.succeed(std::move(tracked)));
    bool const is_folder = question.file.ends_with('/');
    if (listed.output.empty() && !is_folder) {
        auto found = co_await untracked_diff(repository, question.file);
        if (found || found.error().code != Errc::not_found) co_return found;
    }
    if (!question.either) co_return diff;
    question.staged = true;
    co_return co_await tracked_diff(repository, question);
}

awaitable<GitResult<GitDiff>> Git::tracked_diff(Repository repository, DiffQuestion question)
{
    std::vector<std::string> arguments;
    if (!question.commit.empty())
        arguments = {"diff-tree", "--patch", "--root", "--no-commit-id", "-r", "-m", "--first-parent"};
    else
        arguments = {"diff"};
    for (auto& argument : diff_arguments(question)) arguments.push_back(std::move(argument));
    if (question.staged && question.commit.empty() && question.range.empty()) arguments.emplace_back("--cached");
    arguments.emplace_back("--end-of-options");
    if (!question.commit.empty()) arguments.push_back(question.commit);
    if (!question.range.empty()) arguments.push_back(question.range);
    arguments.emplace_back("--");
    arguments.push_back(question.file.empty() ? "." : question.file);
    auto call = repository.look(std::move(arguments));
    call.output_bytes = config_.diff_bytes + 1;
    call.head_is_enough = true;
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(call)));
    GitDiff diff;
    diff.staged = question.staged;
    diff.text = std::move(run.output);
    if (!question.file.empty()) {
        auto const files = parse_patch(diff.text);
        diff.binary = !files.empty() &&
                      std::all_of(files.begin(), files.end(), [](const PatchFile& file) { return file.binary; });
        if (diff.binary) diff.text.clear();
    }
    shorten_diff(diff, config_.diff_bytes);
    co_return diff;
}

namespace {

GitDiff diff_of_new(const std::string& file, const WorkFile& found)
{
    GitDiff diff;
    diff.untracked = true;
    if (found.bytes.find('\0') < 8000) {
        diff.binary = true;
        return diff;
    }
    std::string const name = quote_path("b/" + file);
    diff.text = "diff --git " + quote_path("a/" + file) + " " + name + "\nnew file mode " +
                (found.is_link      ? "120000"
                 : found.executable ? "100755"
                                    : "100644") +
                "\n";
    if (found.bytes.empty()) return diff;
    auto lines = core::split(found.bytes, '\n');
    bool const ends = lines.back().empty();
    if (ends) lines.pop_back();
    diff.text += "--- /dev/null\n+++ " + name + "\n@@ -0,0 +1," + std::to_string(lines.size()) + " @@\n";
    for (auto const line : lines) {
        diff.text += '+';
        diff.text += line;
        diff.text += '\n';
    }
    if (!ends) diff.text += "\\ No newline at end of file\n";
    diff.truncated = found.cut;
    return diff;
}

} // namespace

awaitable<GitResult<GitDiff>> Git::untracked_diff(Repository repository, std::string file)
{
    auto read = [folder = repository.folder, file, bytes = config_.diff_bytes] {
        return read_work_file(folder, file, bytes);
    };
    auto found = co_await core::run_on(pool_, std::move(read));
    if (!found) co_return std::unexpected(GitFailure(found.error()));
    GitDiff diff = diff_of_new(file, *found);
    shorten_diff(diff, config_.diff_bytes);
    co_return diff;
}

} // namespace pix::workbench

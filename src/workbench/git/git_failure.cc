#include "workbench/git/git_failure.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;

namespace {

constexpr std::size_t details_bytes = 16 * 1024;

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

struct Meaning {
    std::string_view words; ///< of git
    Errc kind;
    std::string_view name;
    std::string_view message;
    std::string_view hint = {};
};

// The first that fits wins: what says more stands before what says less.
constexpr std::array meanings{
    Meaning{"detected dubious ownership", Errc::internal, "GIT_FAILED",
            "The repository belongs to another user, so git does not open it.",
            "If you trust it, run: git config --global --add safe.directory <folder>"},
    Meaning{"cannot use bare repository", Errc::internal, "GIT_FAILED",
            "The project's folder is a bare repository; it has no files to work on."},
    Meaning{"must be run in a work tree", Errc::internal, "GIT_FAILED",
            "The project's folder is a bare repository; it has no files to work on."},
    Meaning{"not a git repository", Errc::invalid, "GIT_NOT_A_REPOSITORY",
            "The project's folder is no git repository."},
    Meaning{"Author identity unknown", Errc::invalid, "GIT_IDENTITY_UNKNOWN", "Git does not know who commits.",
            "Store a name and an e-mail address under Settings."},
    Meaning{"Committer identity unknown", Errc::invalid, "GIT_IDENTITY_UNKNOWN", "Git does not know who commits.",
            "Store a name and an e-mail address under Settings."},
    Meaning{"Please tell me who you are", Errc::invalid, "GIT_IDENTITY_UNKNOWN", "Git does not know who commits.",
            "Store a name and an e-mail address under Settings."},
    Meaning{"unable to auto-detect email address", Errc::invalid, "GIT_IDENTITY_UNKNOWN",
            "Git does not know who commits.", "Store a name and an e-mail address under Settings."},
    Meaning{"empty ident name", Errc::invalid, "GIT_IDENTITY_UNKNOWN", "Git does not know who commits.",
            "Store a name and an e-mail address under Settings."},
    Meaning{"gpg failed to sign", Errc::unprocessable, "GIT_SIGNING_FAILED", "The commit could not be signed."},
    Meaning{"failed to write commit object", Errc::unprocessable, "GIT_SIGNING_FAILED",
            "The commit could not be signed."},
    Meaning{"does not have any commits yet", Errc::invalid, "GIT_NO_COMMITS", "The repository has no commits yet."},
    Meaning{"do not have the initial commit yet", Errc::invalid, "GIT_NO_COMMITS",
            "The repository has no commits yet."},
    Meaning{"You have nothing to amend", Errc::invalid, "GIT_NO_COMMITS", "The repository has no commits yet."},
    Meaning{"ambiguous argument 'HEAD'", Errc::invalid, "GIT_NO_COMMITS", "The repository has no commits yet."},
    Meaning{"would be overwritten by", Errc::conflict, "GIT_UNCOMMITTED_CHANGES", "Local changes would be overwritten.",
            "Commit, stash or discard them first."},
    Meaning{"You have unstaged changes", Errc::conflict, "GIT_UNCOMMITTED_CHANGES",
            "There are changes that are not committed.", "Commit, stash or discard them first."},
    Meaning{"contains modified or untracked files", Errc::conflict, "GIT_UNCOMMITTED_CHANGES",
            "The worktree has changes that are not committed.", "Commit them, or remove the worktree by force."},
    Meaning{"your index contains uncommitted changes", Errc::conflict, "GIT_UNCOMMITTED_CHANGES",
            "There are changes that are not committed.", "Commit, stash or discard them first."},
    Meaning{"CONFLICT (", Errc::conflict, "GIT_MERGE_CONFLICT", "There are conflicts to resolve."},
    Meaning{"you have unmerged files", Errc::conflict, "GIT_MERGE_CONFLICT", "There are conflicts to resolve."},
    Meaning{"unmerged files", Errc::conflict, "GIT_MERGE_CONFLICT", "There are conflicts to resolve."},
    Meaning{"needs merge", Errc::conflict, "GIT_MERGE_CONFLICT", "There are conflicts to resolve."},
    Meaning{"You have not concluded your merge", Errc::conflict, "GIT_MERGE_CONFLICT",
            "The last merge is not concluded.", "Commit it, or abort it."},
    Meaning{"Not possible to fast-forward", Errc::conflict, "GIT_DIVERGED",
            "The branch and its upstream have both moved on; a fast-forward is not possible."},
    Meaning{"Need to specify how to reconcile divergent", Errc::conflict, "GIT_DIVERGED",
            "The branch and its upstream have both moved on; a fast-forward is not possible.",
            "Set pull.rebase or pull.ff in your git configuration to say how they are joined."},
    Meaning{"(non-fast-forward)", Errc::conflict, "GIT_NON_FAST_FORWARD",
            "The remote has commits that this branch has not.", "Pull first."},
    Meaning{"(fetch first)", Errc::conflict, "GIT_NON_FAST_FORWARD", "The remote has commits that this branch has not.",
            "Pull first."},
    Meaning{"(stale info)", Errc::conflict, "GIT_PUSH_REJECTED",
            "The remote has changed since it was last fetched, so it is not overwritten.", "Fetch first."},
    Meaning{"[remote rejected]", Errc::conflict, "GIT_PUSH_REJECTED", "The remote refused the push."},
    Meaning{"[rejected]", Errc::conflict, "GIT_PUSH_REJECTED", "The remote refused the push."},
    Meaning{"Authentication failed", Errc::bad_gateway, "GIT_AUTH_FAILED", "The remote refused the credentials."},
    Meaning{"could not read Username", Errc::bad_gateway, "GIT_AUTH_FAILED",
            "The remote asks for credentials and none are stored.",
            "Store a token for the host under Settings, or set up a credential helper."},
    Meaning{"could not read Password", Errc::bad_gateway, "GIT_AUTH_FAILED",
            "The remote asks for credentials and none are stored.",
            "Store a token for the host under Settings, or set up a credential helper."},
    Meaning{"Permission denied (publickey", Errc::bad_gateway, "GIT_AUTH_FAILED", "The remote refused the SSH key."},
    Meaning{"The requested URL returned error: 403", Errc::bad_gateway, "GIT_AUTH_FAILED",
            "The remote refused the credentials."},
    Meaning{"terminal prompts disabled", Errc::bad_gateway, "GIT_AUTH_FAILED",
            "The remote asks for credentials and none are stored.",
            "Store a token for the host under Settings, or set up a credential helper."},
    Meaning{"Host key verification failed", Errc::bad_gateway, "GIT_AUTH_FAILED",
            "The remote's SSH host key is not known.", "Connect once with ssh in a terminal."},
    Meaning{"Could not resolve host", Errc::bad_gateway, "GIT_NETWORK", "The remote's host was not found."},
    Meaning{"unable to access", Errc::bad_gateway, "GIT_NETWORK", "The remote cannot be reached."},
    Meaning{"Connection refused", Errc::bad_gateway, "GIT_NETWORK", "The remote cannot be reached."},
    Meaning{"Connection timed out", Errc::bad_gateway, "GIT_NETWORK", "The remote cannot be reached."},
    Meaning{"Network is unreachable", Errc::bad_gateway, "GIT_NETWORK", "The remote cannot be reached."},
    Meaning{"does not appear to be a git repository", Errc::bad_gateway, "GIT_NETWORK",
            "The remote is no git repository, or it is gone."},
    Meaning{"Repository not found", Errc::bad_gateway, "GIT_NETWORK",
            "The remote is no git repository, or it is gone."},
    Meaning{"not found in upstream", Errc::bad_gateway, "GIT_NETWORK", "The remote has no such branch."},
    Meaning{"ouldn't find remote ref", Errc::invalid, "GIT_NO_UPSTREAM", "The remote has no such branch."},
    Meaning{"No such remote", Errc::invalid, "GIT_NO_REMOTE", "There is no such remote."},
    Meaning{"No configured push destination", Errc::invalid, "GIT_NO_REMOTE", "The repository has no remote."},
    Meaning{"No remote repository specified", Errc::invalid, "GIT_NO_REMOTE", "The repository has no remote."},
    Meaning{"has no upstream branch", Errc::invalid, "GIT_NO_UPSTREAM", "The branch has no upstream.",
            "Publish it first."},
    Meaning{"There is no tracking information", Errc::invalid, "GIT_NO_UPSTREAM", "The branch has no upstream.",
            "Publish it first."},
    Meaning{"no upstream configured", Errc::invalid, "GIT_NO_UPSTREAM", "The branch has no upstream.",
            "Publish it first."},
    Meaning{"You are not currently on a branch", Errc::invalid, "GIT_NO_UPSTREAM", "No branch is checked out."},
    Meaning{"Could not read from remote repository", Errc::bad_gateway, "GIT_NETWORK", "The remote cannot be reached."},
    Meaning{"transport '", Errc::invalid, "GIT_NETWORK", "This kind of remote address is not allowed."},
    Meaning{"is not fully merged", Errc::conflict, "GIT_NOT_MERGED", "The branch is not fully merged.",
            "Delete it by force."},
    Meaning{"a branch is expected", Errc::not_found, "GIT_BRANCH_NOT_FOUND", "There is no such branch."},
    Meaning{"auto-detection is disabled", Errc::invalid, "GIT_IDENTITY_UNKNOWN", "Git does not know who commits.",
            "Store a name and an e-mail address under Settings."},
    Meaning{"could not lock config file", Errc::unavailable, "GIT_LOCKED", "Git's configuration is locked."},
    Meaning{"Cannot delete branch", Errc::invalid, "GIT_CURRENT_BRANCH_DELETE", "The branch is checked out."},
    Meaning{"is already checked out at", Errc::conflict, "GIT_BRANCH_CHECKED_OUT",
            "The branch is checked out in another worktree."},
    Meaning{"already exists", Errc::conflict, "GIT_BRANCH_EXISTS", "A branch or tag of that name exists."},
    Meaning{"not found.", Errc::not_found, "GIT_BRANCH_NOT_FOUND", "There is no such branch."},
    Meaning{"invalid reference", Errc::not_found, "GIT_BRANCH_NOT_FOUND", "There is no such branch."},
    Meaning{"not something we can merge", Errc::not_found, "GIT_BRANCH_NOT_FOUND", "There is no such branch."},
    Meaning{"did not match any file(s) known to git", Errc::not_found, "GIT_BRANCH_NOT_FOUND",
            "There is no such branch or file."},
    Meaning{"did not match any files", Errc::not_found, "GIT_FILE_NOT_FOUND", "There is no such file."},
    Meaning{"is beyond a symbolic link", Errc::forbidden, "GIT_FILE_OUTSIDE", "The file lies behind a symbolic link."},
    Meaning{"unknown revision", Errc::not_found, "GIT_COMMIT_NOT_FOUND", "There is no such commit."},
    Meaning{"bad revision", Errc::not_found, "GIT_COMMIT_NOT_FOUND", "There is no such commit."},
    Meaning{"bad object", Errc::not_found, "GIT_COMMIT_NOT_FOUND", "There is no such commit."},
    Meaning{"Not a valid object name", Errc::not_found, "GIT_COMMIT_NOT_FOUND", "There is no such commit."},
    Meaning{"Needed a single revision", Errc::not_found, "GIT_COMMIT_NOT_FOUND", "There is no such commit."},
    Meaning{"patch does not apply", Errc::conflict, "GIT_PATCH_FAILED", "The file has changed meanwhile.",
            "Look again."},
    Meaning{"corrupt patch", Errc::conflict, "GIT_PATCH_FAILED", "These lines cannot be applied by themselves."},
    Meaning{"patch failed", Errc::conflict, "GIT_PATCH_FAILED", "The file has changed meanwhile.", "Look again."},
    Meaning{"nothing to commit", Errc::invalid, "GIT_NOTHING_TO_COMMIT", "There is nothing to commit."},
    Meaning{"nothing added to commit", Errc::invalid, "GIT_NOTHING_TO_COMMIT", "There is nothing to commit."},
    Meaning{"no changes added to commit", Errc::invalid, "GIT_NOTHING_TO_COMMIT", "There is nothing to commit."},
    Meaning{"No local changes to save", Errc::invalid, "GIT_NOTHING_TO_STASH", "There is nothing to stash."},
    Meaning{"is not a valid reference", Errc::not_found, "GIT_STASH_NOT_FOUND", "There is no such stash."},
    Meaning{"No stash entries found", Errc::not_found, "GIT_STASH_NOT_FOUND", "There is no stash."},
    Meaning{"is not a working tree", Errc::not_found, "GIT_WORKTREE_NOT_FOUND", "There is no such worktree."},
    Meaning{"index.lock", Errc::unavailable, "GIT_LOCKED", "Another git command is working on the repository.",
            "Try again when it has finished."},
    Meaning{"No space left on device", Errc::unavailable, "GIT_FAILED", "The disk is full."},
    Meaning{"Permission denied", Errc::internal, "GIT_FAILED", "Git may not read or write the repository."},
};

bool is_url_end(char c)
{
    return c == ' ' || c == '\n' || c == '\'' || c == '"' || c == '\t' || c == '/' || c == '\r';
}

/// "https://user:password@host" -> "https://host".
void drop_userinfo(std::string& text)
{
    std::size_t at = 0;
    while ((at = text.find("://", at)) != std::string::npos) {
        at += 3;
        std::size_t end = at;
        std::size_t sign = std::string::npos;
        while (end < text.size() && !is_url_end(text[end])) {
            if (text[end] == '@') sign = end;
            ++end;
        }
        if (sign != std::string::npos) text.erase(at, sign + 1 - at);
    }
}

/// Words that begin as the tokens of known services do.
void drop_tokens(std::string& text)
{
    static constexpr std::array<std::string_view, 8> beginnings{"ghp_", "gho_",   "ghu_",        "ghs_",
                                                                "ghr_", "glpat-", "github_pat_", "px_"};
    for (auto const beginning : beginnings) {
        std::size_t at = 0;
        while ((at = text.find(beginning, at)) != std::string::npos) {
            std::size_t end = at + beginning.size();
            while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
                ++end;
            if (end - at >= beginning.size() + 16) text.replace(at, end - at, "***");
            at += 3;
        }
    }
}

/// Without colours and cursor movements; a carriage return ends what is overwritten.
std::string plain(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
            i += 2;
            while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
        } else if (text[i] == '\r') {
            if (i + 1 < text.size() && text[i + 1] != '\n') {
                std::size_t const line = result.rfind('\n');
                result.erase(line == std::string::npos ? 0 : line + 1);
            }
        } else if (text[i] == '\n' || text[i] == '\t' || static_cast<unsigned char>(text[i]) >= 0x20) {
            result += text[i];
        }
    }
    return result;
}

} // namespace

std::string without_secrets(std::string_view text)
{
    std::string result = plain(core::to_utf8(text.substr(0, 4 * details_bytes)));
    drop_userinfo(result);
    drop_tokens(result);
    return core::shorten(core::trim(result), details_bytes);
}

GitFailure failure_of(std::string_view output, std::string_view error_output, int status)
{
    std::string const said = std::string(error_output) + "\n" + std::string(output);
    GitFailure failure(Errc::internal, "GIT_FAILED", "Git could not do it.");
    auto const found =
        std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& each) { return has(said, each.words); });
    if (found != meanings.end()) {
        failure.code = found->kind;
        failure.name = found->name;
        failure.message = found->message;
        failure.hint = found->hint;
    }
    failure.details = without_secrets(said);
    if (found == meanings.end() && failure.details.empty())
        failure.details = "git ended with status " + std::to_string(status);
    return failure;
}

} // namespace pix::workbench

#include "workbench/git/path_list.h"

#include "workbench/git/git_names.h"

namespace pix::workbench {

using core::Errc;

namespace {

constexpr std::size_t max_files = 10'000;

} // namespace

GitResult<std::string> path_list(const std::vector<std::string>& files)
{
    if (files.empty()) return git_fail(Errc::invalid, "INVALID", "files is empty");
    if (files.size() > max_files) return git_fail(Errc::too_large, "TOO_LARGE", "files has more than 10,000 names");
    std::string list;
    for (auto const& file : files) {
        PIX_TRY(auto const path, inside(file));
        list += path;
        list += '\0';
    }
    return list;
}

GitCall with_paths(GitCall call, std::string list)
{
    call.arguments.emplace_back("--pathspec-from-file=-");
    call.arguments.emplace_back("--pathspec-file-nul");
    call.input = std::move(list);
    return call;
}

} // namespace pix::workbench

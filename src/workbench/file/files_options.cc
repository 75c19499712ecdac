#include "workbench/file/files_options.h"

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;

namespace {

using Environment = std::map<std::string, std::string>;

constexpr std::int64_t most_items = 1'000'000;
constexpr std::int64_t most_ms = 60'000;

std::string variable(const Environment& environment, const std::string& name)
{
    auto const found = environment.find(name);
    return found == environment.end() ? std::string() : std::string(core::trim(found->second));
}

Result<std::int64_t> number(const Environment& environment, const std::string& name, std::int64_t otherwise,
                            std::int64_t most)
{
    std::string const text = variable(environment, name);
    if (text.empty()) return otherwise;
    auto const value = core::parse_int(text, false);
    if (!value || *value < 1 || *value > most)
        return fail(Errc::invalid, name + " is no whole number from 1 to " + std::to_string(most));
    return *value;
}

} // namespace

Result<FilesConfig> files_options(const std::filesystem::path& home, const std::filesystem::path& user_home,
                                  const Environment& environment)
{
    FilesConfig config;
    config.browse.user_home = user_home;
    config.trash = home / "trash";
    config.attachments = home / "uploads" / "attachments";
    std::string const workspaces = variable(environment, "WORKSPACES_ROOT");
    if (!workspaces.empty()) {
        config.browse.workspaces = workspaces;
        if (config.browse.workspaces.is_relative())
            return fail(Errc::invalid, "WORKSPACES_ROOT is not an absolute path");
    }
    PIX_TRY(auto const items, number(environment, "PIXCODE_FILE_TREE_MAX_ITEMS",
                                     static_cast<std::int64_t>(config.tree.items), most_items));
    PIX_TRY(auto const time, number(environment, "PIXCODE_FILE_TREE_SCAN_MAX_MS", config.tree.time.count(), most_ms));
    config.tree.items = static_cast<std::size_t>(items);
    config.tree.time = std::chrono::milliseconds(time);
    return config;
}

} // namespace pix::workbench

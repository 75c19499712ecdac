#pragma once
#include <filesystem>
#include <vector>

#include "workbench/session_readers/opencode_store.h"

namespace pix::workbench {

/// A conversation in the files that OpenCode kept before it had a database: one JSON file for each conversation,
/// message and part.
class OpenCodeFiles final : public OpenCodeStore {
public:
    /// `path` is the conversation's own file, `<storage>/session/<project>/<id>.json`.
    explicit OpenCodeFiles(std::filesystem::path path);

    core::Result<OpenCodeSession> session() override;
    core::Result<std::vector<OpenCodeRecord>> records() override;
    core::Result<OpenCodeMessage> load(const std::string& message_id, std::int64_t& skipped) override;

    /// Every conversation below OpenCode's data folder.
    static std::vector<SessionSource> discover(const std::filesystem::path& data_folder);
    /// The conversation that a changed file belongs to, as far as its path says.
    static std::optional<SessionSource> source_of(const std::filesystem::path& data_folder,
                                                  const std::filesystem::path& file);
    core::Result<void> remove();

private:
    std::filesystem::path message_folder() const;
    std::filesystem::path part_folder(const std::string& message_id) const;

    std::filesystem::path path_;
    std::string id_;
    std::filesystem::path storage_; ///< above `session`
};

} // namespace pix::workbench

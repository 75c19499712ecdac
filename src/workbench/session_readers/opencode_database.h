#pragma once
#include <filesystem>
#include <vector>

#include "workbench/session_readers/opencode_store.h"

namespace pix::workbench {

/// A conversation in OpenCode's database. Asks only for columns that are there, as they come and go between versions.
class OpenCodeDatabase final : public OpenCodeStore {
public:
    OpenCodeDatabase(store::ForeignDatabase& database, std::string session_id)
        : database_(database), session_id_(std::move(session_id))
    {}

    core::Result<OpenCodeSession> session() override;
    core::Result<std::vector<OpenCodeRecord>> records() override;
    core::Result<OpenCodeMessage> load(const std::string& message_id, std::int64_t& skipped) override;

    /// Every conversation of the database.
    static core::Result<std::vector<SessionSource>> discover(const std::filesystem::path& path);
    /// Deletes the rows of one conversation and of its sub-agents'.
    static core::Result<void> remove(const std::filesystem::path& path, const std::string& session_id);

private:
    /// Which columns there are, once.
    core::Result<void> look();
    core::Result<void> list_parts(const std::string& condition, const std::string& argument);
    core::Result<void> list_all_parts();
    core::Result<void> list_parts_of(const std::string& message_id);

    store::ForeignDatabase& database_;
    std::string session_id_;
    bool has_looked_ = false;
    std::set<std::string, std::less<>> message_;
    std::set<std::string, std::less<>> part_;
    bool part_by_message_ = false; ///< an index finds a message's parts
    bool has_listed_ = false;      ///< all parts of the conversation
    struct PartRow {
        std::string id;
        std::int64_t updated = 0;
    };
    std::map<std::string, std::vector<PartRow>> parts_; ///< by message
};

} // namespace pix::workbench

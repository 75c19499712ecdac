#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "workbench/session_readers/message.h"

namespace pix::workbench {

/// One conversation of Cursor's, read as a whole from its `store.db`.
struct CursorConversation {
    struct Record {
        std::string key;         ///< the blob's id
        std::uint64_t print = 0; ///< changes when an answer to one of its calls arrives
        std::vector<Message> messages;
    };
    std::string title;
    std::string model;
    core::Millis created = 0;
    std::string cwd; ///< if a message says it and it fits the folder's name
    std::vector<Record> records;
    std::int64_t unknown = 0;
    std::int64_t skipped_bytes = 0;
};

/// `folder_hash`: the MD5 of the working folder's path, which names the folder of its conversations.
/// Units: at most 256 MiB of blobs; later ones are skipped.
core::Result<CursorConversation> read_cursor_store(const std::filesystem::path& path, std::string_view folder_hash);

/// Lower-case hexadecimal MD5, as Cursor names folders by it.
std::string md5_of(std::string_view text);

} // namespace pix::workbench

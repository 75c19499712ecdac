#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/store/database.h"
#include "core/store/migration.h"

namespace pix::store {

/// The tables of BlobStore; numbers 1 to 99 belong to the store.
extern const std::vector<Migration> blob_migrations;

/// A stored blob: its SHA-256 in lower-case hexadecimal and its length.
struct Blob {
    std::string sha256;
    std::int64_t size_bytes = 0;
};

/// Files kept by what they contain, under <folder>/ab/cdef…, each once however often it is stored.
///
/// A blob is written to <folder>/tmp, synced to disk and renamed; its row says on which host it is and how large. A
/// blob lives while an owner refers to it ("scan/scan_01…"); what nobody refers to is removed by remove_unreferenced
/// after an hour, so that a put whose transaction follows is safe.
///
/// Runs on: the coroutines on the io thread, files on the pool; add_reference and drop_references inside a transaction.
/// Errors:  Errc::not_found (no such blob here), Errc::too_large, Errc::unavailable (disk full, not writable).
class BlobStore {
public:
    BlobStore(Database& database, asio::thread_pool& pool, std::filesystem::path folder, std::string host);

    awaitable<core::Result<Blob>> put(std::string bytes);
    /// Copies the file in pieces; it stays where it is. More than `max_bytes` is refused.
    awaitable<core::Result<Blob>> put_file(std::filesystem::path file, std::int64_t max_bytes);
    /// The whole blob, if it is at most `max_bytes`; its hash is checked.
    awaitable<core::Result<std::string>> get(std::string sha256, std::int64_t max_bytes);
    /// Where the blob's file is on this host, for streaming; nothing if it is not here.
    std::optional<std::filesystem::path> path_of(std::string_view sha256) const;

    core::Result<void> add_reference(Connection& tx, std::string_view sha256, std::string_view owner);
    core::Result<void> drop_references(Connection& tx, std::string_view owner);
    /// Removes this host's blobs that nobody has referred to for `older_than`; how many.
    awaitable<core::Result<std::int64_t>> remove_unreferenced(std::chrono::milliseconds older_than, int limit = 1000);

private:
    class Partial;
    awaitable<core::Result<Blob>> keep(core::Result<std::shared_ptr<Partial>> partial);

    Database& database_;
    asio::thread_pool& pool_;
    std::filesystem::path folder_;
    std::string host_;
};

} // namespace pix::store

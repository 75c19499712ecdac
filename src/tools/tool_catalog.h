#pragma once
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// One folder of the tools directory, usable or broken. Immutable, so any thread may read it.
struct CatalogTool {
    std::string id;   ///< the schema's id, or the folder's name when the schema is unusable or its id taken
    std::string name; ///< what people read
    std::string folder_name;
    std::filesystem::path folder;             ///< absolute
    std::shared_ptr<const ToolSchema> schema; ///< null when broken
    std::vector<Problem> problems;            ///< why it is broken
    std::vector<Problem> warnings;
    std::string discovery_hash;   ///< changes with time, size or inode of tool.json, pyproject.toml and the entrypoint
    bool has_interpreter = false; ///< .venv/bin/python is there

    std::uint64_t content_hash = 0; ///< of tool.json's bytes
    bool is_settled = false;        ///< false: a file is so new that another write could leave the same time on it

    bool is_broken() const { return schema == nullptr; }
};

/// All tools at one moment, in the order of their folders' names. Immutable, so any thread may read it.
struct CatalogSnapshot {
    std::uint64_t version = 0; ///< grows with every change
    std::vector<std::shared_ptr<const CatalogTool>> tools;
    std::vector<Problem> problems; ///< about the directory itself: unreadable, too many folders

    /// By id first, then by folder name; null if there is none.
    std::shared_ptr<const CatalogTool> find(std::string_view id_or_folder) const;

    std::map<std::string, std::size_t, std::less<>> by_id, by_folder; ///< places in `tools`
};

/// Limits of a catalog. Source: chosen; people have tens of tools.
struct CatalogLimits {
    std::size_t max_tools = 2'000;
    std::size_t max_warnings = 50;
    std::chrono::milliseconds debounce{100};  ///< from the first of a burst of changes to the scan
    std::chrono::milliseconds max_age{2'000}; ///< how long a scan is believed without an event
};

/// Reads the tools directory once. Blocking: for a pool or before the io thread runs. Unchanged folders of `before`
/// are taken over without being read. A missing directory is an empty catalog. Never follows a link out of the
/// tools directory's own entries into anything but a folder or a regular file, so FIFOs and loops cannot hold it up.
std::shared_ptr<const CatalogSnapshot> scan_tools(const std::filesystem::path& directory, const CatalogLimits& limits,
                                                  const CatalogSnapshot* before = nullptr);

/// Keeps a snapshot of the tools directory up to date.
///
/// Runs on: the io thread; files are read on the pool.
/// Owns:    an inotify descriptor.
/// Errors:  a directory that cannot be watched is still rescanned when a page asks.
/// Source:  inotify(7): an event is queued before the call that caused it returns, so an empty queue means no change.
class ToolCatalog {
public:
    ToolCatalog(asio::io_context& io, asio::thread_pool& pool, std::filesystem::path directory,
                CatalogLimits limits = {});
    ~ToolCatalog();
    ToolCatalog(const ToolCatalog&) = delete;
    ToolCatalog& operator=(const ToolCatalog&) = delete;

    /// Reads the directory now, blocking: at start only.
    void scan_now();
    /// What the last scan found; never null.
    std::shared_ptr<const CatalogSnapshot> snapshot() const { return snapshot_; }
    std::uint64_t version() const { return snapshot_->version; }
    const std::filesystem::path& directory() const { return directory_; }

    /// The directory as it is now: what pages ask. Scans only if something was touched, if nothing can be watched, or
    /// if the last scan is older than `max_age` (changes behind symbolic links and in subfolders are not watched).
    awaitable<std::shared_ptr<const CatalogSnapshot>> current();
    /// Reads the directory on the pool; simultaneous callers share one scan. Keeps the version when nothing changed.
    awaitable<std::shared_ptr<const CatalogSnapshot>> rescan();

    /// Rescans on changes until stop(); run it as a task. Returns at once when the system has no inotify to give.
    awaitable<void> watch();
    void stop();

    /// Called on the io thread after the version has grown.
    void on_change(std::function<void(const CatalogSnapshot&)> listener);

private:
    class Watcher;
    void take(std::shared_ptr<const CatalogSnapshot> next);
    awaitable<void> scan_until_settled();

    asio::io_context& io_;
    asio::thread_pool& pool_;
    std::filesystem::path directory_;
    CatalogLimits limits_;
    std::shared_ptr<const CatalogSnapshot> snapshot_;
    std::vector<std::function<void(const CatalogSnapshot&)>> listeners_;
    std::shared_ptr<Watcher> watcher_; ///< shared with a scan on the pool, which adds watches
    asio::steady_timer scan_done_;     ///< cancelled to wake those who wait for a scan
    asio::steady_timer debounce_;
    std::chrono::steady_clock::time_point scanned_at_;
    std::uint64_t scans_wanted_ = 0;
    std::uint64_t scans_started_ = 0;
    std::uint64_t scans_finished_ = 0;
    bool scanning_ = false;
    bool stopping_ = false;
};

} // namespace pix::tools

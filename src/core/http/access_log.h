#pragma once
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/clock.h"
#include "core/base/error.h"

namespace pix::http {

/// What is written about one request. Never a query, a header or a body: they may hold secrets.
struct AccessRecord {
    core::Millis at = 0;
    std::string_view id;
    std::string_view door;
    std::string_view client;
    std::string_view actor_kind;
    std::string_view actor_id;
    std::string_view method;
    std::string_view mount; ///< stands before the path
    std::string_view path;
    std::string_view detail; ///< of an error, for the operator
    int status = 0;
    std::uint64_t bytes = 0;
    std::int64_t micros = 0;
};

/// One JSON line per request, written by a thread of its own.
///
/// Runs on: add() on the io thread; it never waits.
/// Owns:    the file and the thread.
/// Units:   up to 4 MiB wait for the disk; lines beyond are dropped, and a line says how many.
class AccessLog {
public:
    /// Appends to a file (mode 0600); an empty path is standard error. Errors: Errc::unavailable.
    static core::Result<std::unique_ptr<AccessLog>> open(const std::filesystem::path& file);
    ~AccessLog();
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    void add(const AccessRecord& record);
    /// Returns when everything added so far is written. Blocks: for the end and for tests.
    void flush();
    std::uint64_t dropped() const;

private:
    AccessLog(int descriptor, bool owned);
    void run();

    int descriptor_;
    bool owned_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable idle_;
    std::string lines_;
    std::uint64_t dropped_ = 0;
    std::uint64_t dropped_told_ = 0;
    bool asleep_ = false;
    bool writing_ = false;
    bool hurry_ = false;
    bool stop_ = false;
    core::Millis stamp_at_ = -1;
    std::string stamp_;
    std::thread thread_;
};

} // namespace pix::http

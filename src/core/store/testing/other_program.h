#pragma once
#include <filesystem>
#include <string_view>

struct sqlite3;

namespace pix::testing {

/// Another program with an SQLite file of its own open: what foreign databases are read beside of.
///
/// Errors: SQL that fails is the test's mistake and throws std::logic_error.
class OtherProgram {
public:
    /// Creates the file, and with `wal` its write-ahead log, which is kept when the program ends.
    explicit OtherProgram(const std::filesystem::path& path, bool wal = true);
    ~OtherProgram();
    OtherProgram(const OtherProgram&) = delete;
    OtherProgram& operator=(const OtherProgram&) = delete;

    void run(std::string_view sql);
    /// Closes the file as a program that ends well does: the log goes into the database.
    void end();
    /// Dies: whatever is in the log stays there, and the log's index stays behind.
    void die();

private:
    std::filesystem::path path_;
    sqlite3* handle_ = nullptr;
};

} // namespace pix::testing

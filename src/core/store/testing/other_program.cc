#include "core/store/testing/other_program.h"

#include <sqlite3.h>

#include <stdexcept>
#include <string>

namespace pix::testing {

namespace fs = std::filesystem;

OtherProgram::OtherProgram(const fs::path& path, bool wal) : path_(path)
{
    if (path.has_parent_path()) fs::create_directories(path.parent_path());
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::logic_error("cannot open " + path.string());
    if (wal) run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
}

OtherProgram::~OtherProgram()
{
    sqlite3_close_v2(handle_);
}

void OtherProgram::run(std::string_view sql)
{
    char* message = nullptr;
    std::string const text(sql);
    if (sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    std::string const error = message == nullptr ? "unknown" : message;
    sqlite3_free(message);
    throw std::logic_error(error + ": " + text.substr(0, 200));
}

void OtherProgram::end()
{
    sqlite3_close_v2(handle_);
    handle_ = nullptr;
}

void OtherProgram::die()
{
    // The files as they are now are put back after closing has tidied them up.
    fs::path const kept = path_.string() + ".kept";
    fs::create_directories(kept);
    for (const char* suffix : {"", "-wal", "-shm"})
        if (fs::exists(path_.string() + suffix))
            fs::copy_file(path_.string() + suffix, kept / ("file" + std::string(suffix)));
    end();
    for (const char* suffix : {"", "-wal", "-shm"})
        if (fs::exists(kept / ("file" + std::string(suffix))))
            fs::copy_file(kept / ("file" + std::string(suffix)), path_.string() + suffix,
                          fs::copy_options::overwrite_existing);
    fs::remove_all(kept);
}

} // namespace pix::testing

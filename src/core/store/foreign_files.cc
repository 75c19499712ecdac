#include "core/store/foreign_files.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace pix::store {

namespace {

constexpr int stored_files =
    SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;

/// One open file. SQLite allocates it; the file of the layer below follows it in the same memory.
struct ForeignFile {
    sqlite3_file base;
    bool is_there = false;       ///< false: a log that does not exist, read as an empty file
    bool is_stored = false;      ///< part of the other program's database, as opposed to a temporary file of ours
    bool index_is_there = false; ///< the index of the log could be mapped

    sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

ForeignFile& file_of(sqlite3_file* file)
{
    return *reinterpret_cast<ForeignFile*>(file);
}

sqlite3_vfs* vfs_below(sqlite3_vfs* vfs)
{
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int close_file(sqlite3_file* file)
{
    ForeignFile& self = file_of(file);
    return self.is_there ? self.below()->pMethods->xClose(self.below()) : SQLITE_OK;
}

int read_file(sqlite3_file* file, void* buffer, int size, sqlite3_int64 offset)
{
    ForeignFile& self = file_of(file);
    if (self.is_there) return self.below()->pMethods->xRead(self.below(), buffer, size, offset);
    std::memset(buffer, 0, static_cast<std::size_t>(size));
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* buffer, int size, sqlite3_int64 offset)
{
    ForeignFile& self = file_of(file);
    if (self.is_stored) return SQLITE_READONLY;
    return self.below()->pMethods->xWrite(self.below(), buffer, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    ForeignFile& self = file_of(file);
    if (self.is_stored) return SQLITE_READONLY;
    return self.below()->pMethods->xTruncate(self.below(), size);
}

int sync_file(sqlite3_file* file, int flags)
{
    ForeignFile& self = file_of(file);
    if (self.is_stored) return SQLITE_OK;
    return self.below()->pMethods->xSync(self.below(), flags);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size)
{
    ForeignFile& self = file_of(file);
    if (self.is_there) return self.below()->pMethods->xFileSize(self.below(), size);
    *size = 0;
    return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level)
{
    ForeignFile& self = file_of(file);
    // Whoever only reads never needs more than a shared lock; asking for one is how SQLite begins to repair or tidy up.
    if (self.is_stored && level > SQLITE_LOCK_SHARED) return SQLITE_BUSY;
    return self.is_there ? self.below()->pMethods->xLock(self.below(), level) : SQLITE_OK;
}

int unlock_file(sqlite3_file* file, int level)
{
    ForeignFile& self = file_of(file);
    return self.is_there ? self.below()->pMethods->xUnlock(self.below(), level) : SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* result)
{
    ForeignFile& self = file_of(file);
    *result = 0;
    return self.is_there ? self.below()->pMethods->xCheckReservedLock(self.below(), result) : SQLITE_OK;
}

int control_file(sqlite3_file* file, int operation, void* argument)
{
    ForeignFile& self = file_of(file);
    return self.is_there ? self.below()->pMethods->xFileControl(self.below(), operation, argument) : SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file* file)
{
    ForeignFile& self = file_of(file);
    return self.is_there ? self.below()->pMethods->xSectorSize(self.below()) : 512;
}

int characteristics(sqlite3_file* file)
{
    ForeignFile& self = file_of(file);
    return self.is_there ? self.below()->pMethods->xDeviceCharacteristics(self.below()) : 0;
}

int map_index(sqlite3_file* file, int page, int page_size, int /*extend*/, void volatile** result)
{
    ForeignFile& self = file_of(file);
    int const code = self.below()->pMethods->xShmMap(self.below(), page, page_size, 0, result);
    self.index_is_there = (code & 0xff) != SQLITE_CANTOPEN;
    if (self.index_is_there) return code;
    *result = nullptr;
    return SQLITE_READONLY_CANTINIT;
}

int lock_index(sqlite3_file* file, int offset, int count, int flags)
{
    ForeignFile& self = file_of(file);
    return self.index_is_there ? self.below()->pMethods->xShmLock(self.below(), offset, count, flags) : SQLITE_OK;
}

void index_barrier(sqlite3_file* file)
{
    ForeignFile& self = file_of(file);
    self.below()->pMethods->xShmBarrier(self.below());
}

int unmap_index(sqlite3_file* file, int /*remove*/)
{
    ForeignFile& self = file_of(file);
    return self.below()->pMethods->xShmUnmap(self.below(), 0);
}

const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_index,
    .xShmLock = lock_index,
    .xShmBarrier = index_barrier,
    .xShmUnmap = unmap_index,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags)
{
    sqlite3_vfs* const below = vfs_below(vfs);
    auto* const self = new (file) ForeignFile();
    self->base.pMethods = nullptr;
    self->is_stored = (flags & stored_files) != 0;
    std::memset(self->below(), 0, static_cast<std::size_t>(below->szOsFile));
    if (self->is_stored) {
        flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE | SQLITE_OPEN_DELETEONCLOSE);
        flags |= SQLITE_OPEN_READONLY;
    }
    int given_flags = flags;
    int const code = below->xOpen(below, name, self->below(), flags, &given_flags);
    self->is_there = code == SQLITE_OK;
    if (code != SQLITE_OK) {
        int exists = 1;
        bool const is_log = (flags & SQLITE_OPEN_WAL) != 0;
        if (is_log) below->xAccess(below, name, SQLITE_ACCESS_EXISTS, &exists);
        if (!is_log || exists != 0) return code;
    }
    if (out_flags != nullptr) *out_flags = given_flags;
    self->base.pMethods = &file_methods;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* /*vfs*/, const char* /*name*/, int /*sync*/)
{
    return SQLITE_READONLY;
}

} // namespace

const char* foreign_files()
{
    static const char* const name = [] {
        static sqlite3_vfs vfs;
        sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
        vfs = *below;
        vfs.pNext = nullptr;
        vfs.zName = "pix-foreign";
        vfs.szOsFile = static_cast<int>(sizeof(ForeignFile)) + below->szOsFile;
        vfs.pAppData = below;
        vfs.xOpen = open_file;
        vfs.xDelete = delete_file;
        sqlite3_vfs_register(&vfs, 0);
        return vfs.zName;
    }();
    return name;
}

} // namespace pix::store

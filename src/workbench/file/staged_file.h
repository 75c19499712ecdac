#pragma once
#include <string>
#include <string_view>

#include "workbench/file/project_folder.h"

namespace pix::workbench {

/// A file's new content, on the disk beside its place but without a name yet. Until it is placed, nothing can be seen
/// of it; what is not placed is gone with this object, or with the process.
///
/// Runs on: any thread; blocks.
/// Errors:  of all functions: Errc::unavailable (DISK_FULL), Errc::forbidden (PERMISSION_DENIED).
/// Source:  open(2), O_TMPFILE; renameat2(2). Where a file system has no O_TMPFILE, a hidden name is used.
class StagedFile {
public:
    /// Beside `place`, with the mode of new files; `path` is for messages.
    static core::Result<StagedFile> create(const Place& place, const ContainedPath& path);
    StagedFile(StagedFile&&) noexcept = default;
    StagedFile& operator=(StagedFile&&) = delete;
    ~StagedFile();

    core::Result<void> write(std::string_view bytes);
    /// Takes over mode, owner and extended attributes (access lists) of the file that it is to replace, as far as the
    /// system lets it.
    void take_over(const Descriptor& old);

    /// Gives it its name; nothing is replaced. Errors: also Errc::conflict (ALREADY_EXISTS).
    core::Result<void> place_new(const Place& place);
    /// Puts it in the place of whatever file is there.
    core::Result<void> replace(const Place& place);
    /// Puts it in the place of the file that `expected` describes, and of no other and no other state of it.
    /// Errors: also Errc::conflict (FILE_CHANGED).
    core::Result<void> replace_only(const Place& place, const struct stat& expected);

    /// Size and times as they are now.
    struct stat about() const;

private:
    StagedFile(Descriptor folder, Descriptor file, std::string shown)
        : folder_(std::move(folder)), file_(std::move(file)), shown_(std::move(shown))
    {}
    core::Result<void> sync_file();
    core::Result<void> name_it();
    void sync_folder();
    core::Result<void> rename_to(const Place& place);
    core::Result<void> exchange_with(const Place& place, const struct stat& expected);

    Descriptor folder_;
    Descriptor file_;
    std::string shown_; ///< the path, for messages
    std::string name_;  ///< the hidden name that it has; empty: none
};

} // namespace pix::workbench

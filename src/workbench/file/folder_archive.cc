#include "workbench/file/folder_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>

#include <cerrno>
#include <climits>

#include "core/base/text.h"
#include "workbench/file/media_type.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t piece = 128 * 1024;
constexpr std::size_t most_skipped = 1000; ///< named; the others are only missing

/// libarchive marks names as UTF-8 only where the thread's locale says that they are.
class Utf8Locale {
public:
    Utf8Locale()
        : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(locale_ ? ::uselocale(locale_) : nullptr)
    {}
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;
    ~Utf8Locale()
    {
        if (!locale_) return;
        ::uselocale(before_);
        ::freelocale(locale_);
    }

private:
    locale_t locale_;
    locale_t before_;
};

using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

Entry make_entry(const std::string& name, const struct stat& about)
{
    Entry entry(archive_entry_new(), &archive_entry_free);
    archive_entry_copy_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), about.st_mode & S_IFMT);
    archive_entry_set_perm(entry.get(), about.st_mode & 0777);
    archive_entry_set_mtime(entry.get(), about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
    if (S_ISREG(about.st_mode)) archive_entry_set_size(entry.get(), about.st_size);
    return entry;
}

} // namespace

struct FolderArchive::Zip {
    Zip() : writer(archive_write_new(), &archive_write_free)
    {
        archive_write_set_format_zip(writer.get());
        archive_write_set_bytes_per_block(writer.get(), 0);
        archive_write_set_bytes_in_last_block(writer.get(), 1);
    }
    static la_ssize_t take(archive*, void* self, const void* bytes, std::size_t size)
    {
        static_cast<Zip*>(self)->made.append(static_cast<const char*>(bytes), size);
        return static_cast<la_ssize_t>(size);
    }
    Result<void> check(int result)
    {
        if (result >= ARCHIVE_WARN) return {};
        const char* const why = archive_error_string(writer.get());
        return fail(Errc::internal, "the archive cannot be made", {}, why ? why : "");
    }

    std::string made; ///< before `writer`: closing it writes once more
    std::unique_ptr<archive, decltype(&archive_write_free)> writer;
};

FolderArchive::FolderArchive(FolderWalk walk, ContainedPath folder, std::string top)
    : zip_(std::make_unique<Zip>()), walk_(std::move(walk)), folder_(std::move(folder)), top_(std::move(top))
{}

FolderArchive::~FolderArchive() = default;

Result<std::unique_ptr<FolderArchive>> FolderArchive::open(const ProjectFolder& project, const ContainedPath& folder,
                                                           WalkOptions options)
{
    PIX_TRY(FolderWalk walk, FolderWalk::start(project, folder, options));
    std::string_view const root = project.path();
    std::string top(folder.is_root() ? root.substr(root.rfind('/') + 1) : folder.name());
    if (top.empty()) top = "files";
    std::unique_ptr<FolderArchive> made(new FolderArchive(std::move(walk), folder, core::to_utf8(top)));
    Zip& zip = *made->zip_;
    PIX_CHECK(zip.check(archive_write_open2(zip.writer.get(), &zip, nullptr, &Zip::take, nullptr, nullptr)));
    return made;
}

Result<std::string> FolderArchive::next()
{
    Utf8Locale const locale;
    while (zip_->made.size() < piece && !finished_) PIX_CHECK(step());
    return std::exchange(zip_->made, std::string());
}

Result<void> FolderArchive::step()
{
    if (file_) return continue_file();
    if (auto const entry = walk_.next()) return start(*entry);
    return finish();
}

std::string FolderArchive::name_of(const ContainedPath& path) const
{
    std::string_view below = path.text();
    below.remove_prefix(std::min(below.size(), folder_.is_root() ? 0 : folder_.text().size() + 1));
    return top_ + "/" + core::to_utf8(below);
}

void FolderArchive::skip(const WalkEntry& entry, std::string_view why)
{
    if (skipped_.size() < most_skipped) skipped_.push_back(name_of(entry.path) + ": " + std::string(why));
}

Result<void> FolderArchive::start(const WalkEntry& entry)
{
    archive* const writer = zip_->writer.get();
    if (entry.is_folder()) {
        if (!entry.enters) skip(entry, "another file system, or too deep");
        return zip_->check(archive_write_header(writer, make_entry(name_of(entry.path) + "/", entry.about).get()));
    }
    if (entry.is_link()) return add_link(entry);
    if (!S_ISREG(entry.about.st_mode)) {
        skip(entry, kind_of(entry.about));
        return {};
    }
    std::string const name(entry.path.name());
    Descriptor const found(::openat(walk_.folder(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat about{};
    if (found && ::fstat(found.number(), &about) == 0 && S_ISREG(about.st_mode))
        file_ = Descriptor(reopen(found, O_RDONLY));
    if (!file_) {
        skip(entry, "it cannot be read");
        return {};
    }
    left_ = static_cast<std::uint64_t>(about.st_size);
    if (is_packed(name))
        archive_write_zip_set_compression_store(writer);
    else
        archive_write_zip_set_compression_deflate(writer);
    return zip_->check(archive_write_header(writer, make_entry(name_of(entry.path), about).get()));
}

/// A link is kept as one, if it leads to something in the archive.
Result<void> FolderArchive::add_link(const WalkEntry& entry)
{
    std::string target(PATH_MAX, '\0');
    std::string const name(entry.path.name());
    ssize_t const size = ::readlinkat(walk_.folder(), name.c_str(), target.data(), target.size());
    target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    auto const leads_to = ContainedPath::read("/", entry.path.parent().text() + "/" + target);
    if (target.empty() || target.starts_with('/') || !leads_to || !leads_to->is_below(folder_)) {
        skip(entry, "a link that leads out of the folder");
        return {};
    }
    Entry const made = make_entry(name_of(entry.path), entry.about);
    archive_entry_copy_symlink(made.get(), target.c_str());
    return zip_->check(archive_write_header(zip_->writer.get(), made.get()));
}

Result<void> FolderArchive::continue_file()
{
    std::string bytes(std::min<std::uint64_t>(left_, piece), '\0');
    ssize_t const got = bytes.empty() ? 0 : ::read(file_.number(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) return {};
    // One that became shorter, or unreadable, stays as long as it was: its size is written already.
    if (got <= 0 && left_ > 0) std::fill(bytes.begin(), bytes.end(), '\0');
    std::size_t const size = got > 0 ? static_cast<std::size_t>(got) : bytes.size();
    if (size > 0 && archive_write_data(zip_->writer.get(), bytes.data(), size) < 0) return zip_->check(ARCHIVE_FATAL);
    left_ -= size;
    if (left_ == 0) file_ = Descriptor();
    return {};
}

Result<void> FolderArchive::finish()
{
    finished_ = true;
    if (walk_.out_of_time()) skipped_.emplace_back("the rest: it took too long");
    if (!skipped_.empty()) {
        std::string text = "Not in this archive:\n";
        for (const std::string& line : skipped_) text += line + "\n";
        struct stat about{};
        about.st_mode = S_IFREG | 0644;
        about.st_size = static_cast<off_t>(text.size());
        about.st_mtim.tv_sec = ::time(nullptr);
        PIX_CHECK(zip_->check(
            archive_write_header(zip_->writer.get(), make_entry(top_ + "/NOT-IN-THIS-ARCHIVE.txt", about).get())));
        if (archive_write_data(zip_->writer.get(), text.data(), text.size()) < 0) return zip_->check(ARCHIVE_FATAL);
    }
    return zip_->check(archive_write_close(zip_->writer.get()));
}

} // namespace pix::workbench

#include "app/examples.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <set>

#include "core/base/id.h"

extern "C" {
extern const char pix_examples_begin[];
extern const char pix_examples_end[];
}

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;

namespace {

struct CloseArchive {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
struct CloseDisk {
    void operator()(archive* writer) const { archive_write_free(writer); }
};

/// The member's path below the tools folder, or an error when it would leave it.
Result<std::filesystem::path> checked_path(const std::string& name)
{
    std::filesystem::path path = std::filesystem::path(name).lexically_normal();
    bool const climbs = std::ranges::any_of(path, [](const auto& part) { return part == ".."; });
    if (path.empty() || path.is_absolute() || climbs || path.begin()->string().starts_with("."))
        return fail(Errc::invalid, "the archive of tools has a member \"" + name + "\" outside a tool's folder");
    return path;
}

Result<void> copy_content(archive* reader, archive* writer, const std::string& name)
{
    for (;;) {
        const void* block = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        int const state = archive_read_data_block(reader, &block, &size, &offset);
        if (state == ARCHIVE_EOF) return {};
        if (state != ARCHIVE_OK) return fail(Errc::invalid, "the archive of tools is broken at " + name);
        if (archive_write_data_block(writer, block, size, offset) != ARCHIVE_OK)
            return fail(Errc::unavailable, "cannot write " + name + ": " + archive_error_string(writer));
    }
}

} // namespace

std::string_view examples_archive()
{
    return {pix_examples_begin, static_cast<std::size_t>(pix_examples_end - pix_examples_begin)};
}

Result<std::vector<std::string>> unpack_tools(std::string_view archive_bytes, const std::filesystem::path& tools_dir)
{
    std::error_code error;
    std::filesystem::create_directories(tools_dir, error);
    if (error) return fail(Errc::unavailable, "cannot make " + tools_dir.string() + ": " + error.message());
    std::filesystem::path const staging = tools_dir / (".new-" + core::sortable_id());
    std::filesystem::create_directory(staging, error);
    if (error) return fail(Errc::unavailable, "cannot write into " + tools_dir.string() + ": " + error.message());
    struct RemoveStaging {
        std::filesystem::path folder;
        ~RemoveStaging()
        {
            std::error_code ignored;
            std::filesystem::remove_all(folder, ignored);
        }
    } const remove_staging{staging};

    std::unique_ptr<archive, CloseArchive> const reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    if (archive_read_open_memory(reader.get(), archive_bytes.data(), archive_bytes.size()) != ARCHIVE_OK)
        return fail(Errc::invalid, "the archive of tools cannot be read");
    std::set<std::string> tools;
    for (;;) {
        archive_entry* entry = nullptr;
        int const state = archive_read_next_header(reader.get(), &entry);
        if (state == ARCHIVE_EOF) break;
        if (state != ARCHIVE_OK) return fail(Errc::invalid, "the archive of tools is broken");
        PIX_TRY(auto const path, checked_path(archive_entry_pathname(entry)));
        if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR)
            return fail(Errc::invalid,
                        "the archive of tools has \"" + path.string() + "\", which is neither file nor folder");
        std::string const tool = path.begin()->string();
        if (std::filesystem::exists(tools_dir / tool)) continue;
        tools.insert(tool);
        archive_entry_set_pathname(entry, (staging / path).c_str());
        std::unique_ptr<archive, CloseDisk> const writer(archive_write_disk_new());
        archive_write_disk_set_options(writer.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_SYMLINKS);
        if (archive_write_header(writer.get(), entry) != ARCHIVE_OK)
            return fail(Errc::unavailable, "cannot write " + path.string() + ": " + archive_error_string(writer.get()));
        PIX_CHECK(copy_content(reader.get(), writer.get(), path.string()));
        if (archive_write_finish_entry(writer.get()) != ARCHIVE_OK)
            return fail(Errc::unavailable, "cannot write " + path.string() + ": " + archive_error_string(writer.get()));
    }
    std::vector<std::string> names;
    for (std::string const& tool : tools) {
        std::filesystem::rename(staging / tool, tools_dir / tool, error);
        if (error)
            return fail(Errc::unavailable, "cannot write " + (tools_dir / tool).string() + ": " + error.message());
        names.push_back(tool);
    }
    return names;
}

} // namespace pix::app

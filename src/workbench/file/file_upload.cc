#include "workbench/file/file_upload.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/file/file_error.h"
#include "workbench/file/staged_file.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

namespace {

constexpr std::size_t most_path_list_bytes = 256 * 1024;

/// "a/b.txt" for each file, in their order; empty where the list says nothing.
Result<std::vector<std::string>> relative_paths(const http::Form& form, std::size_t count)
{
    std::vector<std::string> paths(count);
    auto const text = form.first("relativePaths");
    if (!text || text->empty()) return paths;
    auto const bad = [] {
        return fail_as("INVALID_REQUEST", Errc::invalid,
                       R"("relativePaths" must be a JSON array of texts, one for each file)");
    };
    core::JsonLimits limits;
    limits.max_bytes = most_path_list_bytes;
    limits.max_depth = 2;
    auto const list = core::parse_json(*text, limits);
    if (!list || !list->is_array() || list->get_array().size() != count) return bad();
    for (std::size_t i = 0; i < count; ++i) {
        const json::value& path = list->get_array()[i];
        if (!path.is_string()) return bad();
        paths[i] = path.get_string();
    }
    return paths;
}

/// The files that are being put into place; takes away what it put there unless it is kept.
class Placing {
public:
    explicit Placing(const ProjectFolder& project) : project_(project) {}
    Placing(const Placing&) = delete;
    Placing& operator=(const Placing&) = delete;
    ~Placing()
    {
        if (kept_) return;
        for (const Place& place : placed_) ::unlinkat(place.folder.number(), place.name.c_str(), 0);
        for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder)
            if (auto const place = project_.place_of(*folder))
                ::unlinkat(place->folder.number(), place->name.c_str(), AT_REMOVEDIR);
    }

    Result<void> stage(const UploadedFile& file, bool overwrite)
    {
        PIX_TRY(Place place, project_.make_place(file.path, &folders_));
        std::optional<Descriptor> old;
        auto found = project_.find(file.path);
        if (found) {
            if (!overwrite) return fail_exists(file.path.text());
            struct stat about{};
            if (::fstat(found->number(), &about) != 0) return fail_path(errno, file.path.text());
            if (!S_ISREG(about.st_mode)) return fail_no_file(file.path.text(), kind_of(about));
            PIX_TRY(place, project_.real_place_of(*found, file.path));
            old = *std::move(found);
        } else if (found.error().code != Errc::not_found) {
            return std::unexpected(found.error());
        }
        PIX_TRY(StagedFile staged, StagedFile::create(place, file.path));
        PIX_CHECK(staged.write(file.bytes));
        if (old) staged.take_over(*old);
        staged_.push_back({std::move(staged), std::move(place), old.has_value()});
        return {};
    }

    /// New ones first: they can be taken away again.
    Result<void> place_all()
    {
        for (Staged& file : staged_) {
            if (file.replaces) continue;
            PIX_CHECK(file.content.place_new(file.place));
            placed_.push_back(std::move(file.place));
        }
        for (Staged& file : staged_)
            if (file.replaces) PIX_CHECK(file.content.replace(file.place));
        kept_ = true;
        return {};
    }

private:
    struct Staged {
        StagedFile content;
        Place place;
        bool replaces = false;
    };

    const ProjectFolder& project_;
    std::vector<Staged> staged_;
    std::vector<Place> placed_;
    std::vector<ContainedPath> folders_;
    bool kept_ = false;
};

} // namespace

Result<Upload> read_upload(const ProjectFolder& project, const http::Form& form, const UploadLimits& limits)
{
    Upload upload;
    PIX_TRY(upload.folder, project.contained(form.first("targetPath").value_or("")));
    auto const overwrite = form.first("overwrite");
    upload.overwrite = overwrite && (*overwrite == "true" || *overwrite == "1");
    std::vector<const http::Part*> parts;
    for (const http::Part& part : form.parts())
        if (part.is_file && (part.name == "files" || part.name == "files[]" || part.name == "file"))
            parts.push_back(&part);
    if (parts.empty()) return fail_as("INVALID_REQUEST", Errc::invalid, R"(there is no file in "files")");
    if (parts.size() > limits.files)
        return fail_as("TOO_MANY_FILES", Errc::invalid,
                       "at most " + std::to_string(limits.files) + " files are taken at once");
    PIX_TRY(auto const paths, relative_paths(form, parts.size()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const http::Part& part = *parts[i];
        std::string const name = paths[i].empty() ? part.filename : paths[i];
        if (part.bytes.size() > limits.file_bytes)
            return fail_as("FILE_TOO_LARGE", Errc::too_large,
                           shown_path(name) + " is larger than the " + core::human_bytes(limits.file_bytes) +
                               " that are taken");
        if (name.starts_with('/')) return fail_outside(name);
        PIX_TRY(ContainedPath const below, project.contained(name));
        PIX_CHECK(check_new_name(below.name()));
        upload.files.push_back({upload.folder.child(below.text()), part.bytes});
    }
    return upload;
}

Result<void> store_upload(const ProjectFolder& project, const Upload& upload)
{
    Placing placing(project);
    for (const UploadedFile& file : upload.files) PIX_CHECK(placing.stage(file, upload.overwrite));
    return placing.place_all();
}

} // namespace pix::workbench

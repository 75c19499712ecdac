#pragma once
#include <boost/json.hpp>
#include <filesystem>
#include <string>

#include "core/http/form.h"

namespace pix::workbench {

/// Files that people attach to prompts: each a direct child of one folder of Pix's home, readable by its owner alone.
///
/// Runs on: any thread; blocks.
class AttachmentStore {
public:
    explicit AttachmentStore(std::filesystem::path folder);

    /// Keeps one file of a form under a name of its own: {path, name, mimeType, size}.
    /// Errors: Errc::invalid (no file, or several), Errc::too_large, Errc::unavailable (DISK_FULL).
    core::Result<boost::json::object> keep(const http::Form& form) const;

    static constexpr std::size_t file_bytes = 50UL << 20;

private:
    std::filesystem::path folder_;
};

/// The images of a form (`images`, at most 5 of 5 MiB: JPEG, PNG, GIF, WebP, SVG) as data URLs:
/// {images: [{name, data, size, mimeType}]}. Nothing is stored.
/// Errors: Errc::invalid (none, too many, no image by its bytes), Errc::too_large.
core::Result<boost::json::object> images_as_data(const http::Form& form);

} // namespace pix::workbench

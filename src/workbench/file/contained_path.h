#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.h"

namespace pix::workbench {

/// A path below a project's folder with nothing in it that climbs: no "..", no ".", no empty part, no NUL, not
/// absolute. That it stays inside at the moment of use is the kernel's work (ProjectFolder); this is its spelling.
class ContainedPath {
public:
    /// The project's folder itself.
    ContainedPath() = default;

    /// Reads what a client sent: relative to `root`, or absolute and inside it. "" and "." are the root.
    /// Errors: Errc::forbidden (PATH_OUTSIDE_PROJECT), Errc::invalid (NUL, longer than the system takes).
    static core::Result<ContainedPath> read(std::string_view root, std::string_view text);

    /// "src/main.cc"; "" for the root. Bytes: not always UTF-8.
    const std::string& text() const { return text_; }
    bool is_root() const { return text_.empty(); }
    /// The last part; "" for the root.
    std::string_view name() const;
    ContainedPath parent() const;
    /// `name` is one part, or several that were read.
    ContainedPath child(std::string_view name) const;
    /// True for the path itself, too.
    bool is_below(const ContainedPath& folder) const;

    bool operator==(const ContainedPath&) const = default;

private:
    explicit ContainedPath(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

/// Whether a new file or folder may have that name: one part, not blank, not only dots, no character that other
/// systems refuse, not the name of a device. Errors: Errc::invalid (INVALID_NAME).
core::Result<void> check_new_name(std::string_view name);

} // namespace pix::workbench

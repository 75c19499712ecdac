#pragma once
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::workbench {

/// A path as an error message shows it: as text, quoted, not longer than a line or two.
std::string shown_path(std::string_view path);

/// The failure with the contract's name for what the kernel said about `path`: FILE_NOT_FOUND, PERMISSION_DENIED,
/// ALREADY_EXISTS, DISK_FULL, ... `error_number` is errno.
[[nodiscard]] std::unexpected<core::Error> fail_path(int error_number, std::string_view path);

[[nodiscard]] std::unexpected<core::Error> fail_outside(std::string_view path);
[[nodiscard]] std::unexpected<core::Error> fail_not_found(std::string_view path);
[[nodiscard]] std::unexpected<core::Error> fail_exists(std::string_view path);
/// Neither a plain file nor a folder, or a folder where a file is wanted. `found` says what it is: "a folder".
[[nodiscard]] std::unexpected<core::Error> fail_no_file(std::string_view path, std::string_view found);

} // namespace pix::workbench

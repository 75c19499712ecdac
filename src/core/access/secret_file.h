#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace pix::access {

/// The secret in `file`, made of `size` random bytes at the first call and kept there as hexadecimal text, mode 0600.
/// Two processes that make it at once get the same one. Gives back the text without its line end.
///
/// Runs on: start-up or the command line; blocks.
/// Errors:  Errc::unavailable (cannot be read or made), Errc::invalid (others may read it, or it is not such a secret).
core::Result<std::string> load_or_make_secret(const std::filesystem::path& file, std::size_t size);

} // namespace pix::access

#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "workbench/session_readers/session_reader.h"

namespace pix::workbench::testing {

/// An agent for tests, whose store is a folder of plain text: "<id>.txt", each line "role|milliseconds|text". The first
/// line may be "cwd|0|<path>"; "gone|0|<number>" takes back the message with that number of a line.
std::unique_ptr<SessionReader> make_line_agent(Provider provider, std::filesystem::path root);

/// Writes a conversation for it, or adds to one.
void write_lines(const std::filesystem::path& file, std::string_view lines, bool append = false);

} // namespace pix::workbench::testing

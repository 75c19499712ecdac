#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pix::workbench {

/// The coding agents whose conversations Pix reads and whose command lines it drives.
enum class Provider : std::uint8_t { claude, cursor, codex, gemini, qwen, opencode };

inline constexpr std::array all_providers = {Provider::claude, Provider::cursor, Provider::codex,
                                             Provider::gemini, Provider::qwen,   Provider::opencode};

/// "claude", as URLs and JSON have it.
std::string_view name_of(Provider provider);
/// "Claude Code", as people know it.
std::string_view title_of(Provider provider);
std::optional<Provider> provider_named(std::string_view name);

} // namespace pix::workbench

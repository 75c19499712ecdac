#include "workbench/session_readers/provider.h"

namespace pix::workbench {

namespace {

struct Names {
    std::string_view name;
    std::string_view title;
};

constexpr std::array<Names, all_providers.size()> names = {{{"claude", "Claude Code"},
                                                            {"cursor", "Cursor"},
                                                            {"codex", "Codex"},
                                                            {"gemini", "Gemini CLI"},
                                                            {"qwen", "Qwen Code"},
                                                            {"opencode", "OpenCode"}}};

} // namespace

std::string_view name_of(Provider provider)
{
    return names.at(static_cast<std::size_t>(provider)).name;
}

std::string_view title_of(Provider provider)
{
    return names.at(static_cast<std::size_t>(provider)).title;
}

std::optional<Provider> provider_named(std::string_view name)
{
    for (Provider const provider : all_providers)
        if (name_of(provider) == name) return provider;
    return std::nullopt;
}

} // namespace pix::workbench

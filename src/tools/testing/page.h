#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/http/html.h"
#include "tools/tool_templates.h"

namespace pix::tools::testing {

/// The area's templates with every text standing for itself: {{t.tools.run}} gives "tools.run".
inline const http::Templates& page_templates()
{
    static std::unique_ptr<http::Templates> const parsed = [] {
        http::Texts texts;
        for (auto const& one : templates())
            for (std::size_t at = one.text.find("{{t."); at != std::string_view::npos;
                 at = one.text.find("{{t.", at + 1)) {
                auto const key = one.text.substr(at + 4, one.text.find("}}", at) - at - 4);
                texts.emplace(key, key);
            }
        auto result = http::Templates::parse(templates(), texts);
        if (!result) throw std::logic_error(result.error().message);
        return std::move(*result);
    }();
    return *parsed;
}

inline std::string rendered(std::string_view name, const core::json::value& view)
{
    return page_templates().render(name, view);
}

/// How often `part` stands in `text`.
inline std::size_t count_of(std::string_view text, std::string_view part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

} // namespace pix::tools::testing

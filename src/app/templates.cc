#include "app/templates.h"

#include <vector>

#include "workbench/pages/pages.h"

namespace pix::web {
std::string_view texts();
std::string_view german_texts();
} // namespace pix::web
namespace pix::app {
std::span<const http::Template> templates();
}
namespace pix::tools {
std::span<const http::Template> templates();
}

namespace pix::app {

core::Result<http::Texts> all_texts()
{
    return http::parse_texts(web::texts());
}

core::Result<http::Texts> german_texts()
{
    PIX_TRY(auto texts, http::parse_texts(web::german_texts()));
    PIX_TRY(auto english, all_texts());
    texts.merge(std::move(english));
    return texts;
}

core::Result<std::unique_ptr<http::Templates>> all_templates(const http::Texts& texts)
{
    std::vector<http::Template> all;
    for (auto const& area : {templates(), tools::templates(), workbench::page_templates()})
        all.insert(all.end(), area.begin(), area.end());
    return http::Templates::parse(all, texts);
}

} // namespace pix::app

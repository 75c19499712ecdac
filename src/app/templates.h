#pragma once
#include <memory>

#include "core/http/html.h"

namespace pix::app {

/// The texts of all pages, as the binary holds them.
core::Result<http::Texts> all_texts();
/// The English ones with the German ones in their place.
core::Result<http::Texts> german_texts();
/// The templates of all areas, parsed.
core::Result<std::unique_ptr<http::Templates>> all_templates(const http::Texts& texts);

} // namespace pix::app

#pragma once
#include <span>

#include "core/http/html.h"

namespace pix::tools {

/// The templates of this area, embedded at build.
std::span<const http::Template> templates();

} // namespace pix::tools

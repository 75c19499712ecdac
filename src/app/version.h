#pragma once

namespace pix::app {

/// MAJOR.MINOR.PATCH, the same as in CMakeLists.txt and package.json.
inline constexpr const char version[] = "0.1.0";

} // namespace pix::app

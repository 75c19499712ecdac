#include "web/assets.h"
namespace pix::web {
std::span<const http::Asset> assets() { return {}; }
std::string_view asset_url(std::string_view name) { return name; }
std::string_view symbols() { return ""; }
}

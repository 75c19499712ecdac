#pragma once
#include <span>
#include <string_view>

#include "core/http/asset.h"

/// What pages load: styles, scripts and icons, built from css/, ts/ and icons/ and held in the binary.
namespace pix::web {

/// Every file; the asset route serves them below /static/.
std::span<const http::Asset> assets();

/// Name below /static/ of a file as it is called in the sources: "main.js", "style.css", "icon.svg", "icon-192.png",
/// "icon-512.png". Empty if there is none.
std::string_view asset_url(std::string_view name);

/// The icons of icons/names.txt as SVG symbols `i-NAME`, for the frame to put into the page once.
std::string_view symbols();

/// Whether there is a symbol of that name.
bool has_icon(std::string_view name);

/// The texts of pages by key, as TOML.
std::string_view texts();

} // namespace pix::web

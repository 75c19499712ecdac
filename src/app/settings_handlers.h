#pragma once
#include "app/config.h"
#include "app/page_frame.h"
#include "app/runs_handlers.h"

namespace pix::app {

/// What the settings pages show.
struct SettingsPages {
    const Config& config;
    PageFrame& frame;
    core::Millis started_at;
};

Reply show_settings(std::shared_ptr<http::Request> request, SettingsPages& pages);
/// Keeps theme, accent and density in this browser's cookie.
Reply save_appearance(std::shared_ptr<http::Request> request, SettingsPages& pages);

} // namespace pix::app

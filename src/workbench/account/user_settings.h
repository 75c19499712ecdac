#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/json.h"

namespace pix::workbench {

/// What an account hears of, and where.
struct NotificationPreferences {
    bool in_app = false;
    bool web_push = false;
    std::optional<bool> sound;
    bool action_required = true;
    bool stop = true;
    bool error = true;
    std::optional<bool> updates;

    /// {channels {inApp, webPush, sound?}, events {actionRequired, stop, error, updates?}}
    core::json::object to_json() const;
    /// These with what `change` has of them; what it does not have stays, what is not known is left out.
    /// Errors: Errc::invalid, naming the field.
    core::Result<NotificationPreferences> with(const core::json::object& change) const;
    bool operator==(const NotificationPreferences&) const = default;
};

/// What happens, and which preference decides whether it is told.
struct NotificationKind {
    std::string_view event_type;
    std::string_view category;
    std::string_view preference_key;
};
inline constexpr std::array<NotificationKind, 6> notification_kinds{{{"chat.done", "chat", "stop"},
                                                                     {"orchestration.done", "orchestration", "stop"},
                                                                     {"approval.needed", "approval", "actionRequired"},
                                                                     {"error", "system", "error"},
                                                                     {"test.failed", "test", "error"},
                                                                     {"live_view.failed", "live_view", "error"}}};

/// How pages look for an account, in whatever browser.
struct AppearanceSetting {
    std::string theme = "system";
    std::string accent = "indigo";
    std::string density = "comfortable";

    core::json::object to_json() const;
    /// Errors: Errc::invalid (a value that is not among the choices), naming the field and the choices.
    core::Result<AppearanceSetting> with(const core::json::object& change) const;
    bool operator==(const AppearanceSetting&) const = default;
};

/// The languages that texts may be in; the first is the default.
inline constexpr std::array<std::string_view, 11> languages{"en", "de", "es", "fr",    "it",   "ja",
                                                            "ko", "ru", "tr", "zh-CN", "zh-TW"};
/// One of `languages` for "EN", "zh", "pt-BR" …; nothing for a language that is not among them.
std::optional<std::string_view> find_language(std::string_view text);

} // namespace pix::workbench

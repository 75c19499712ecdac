#include "workbench/account/user_settings.h"

#include <span>

#include "core/base/text.h"
#include "workbench/account/body_fields.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

namespace {

/// The object under `name`, or an empty one if it is not there.
Result<json::object> part_of(const json::object& change, std::string_view name)
{
    auto const* const part = change.if_contains(name);
    if (!part || part->is_null()) return json::object();
    if (!part->is_object()) return fail(Errc::invalid, std::string(name) + " is no object");
    return part->as_object();
}

Result<void> take_flag(const json::object& part, std::string_view name, bool& flag)
{
    PIX_TRY(auto const given, fields::bool_field(part, {name}));
    if (given) flag = *given;
    return {};
}

Result<void> take_flag(const json::object& part, std::string_view name, std::optional<bool>& flag)
{
    PIX_TRY(auto const given, fields::bool_field(part, {name}));
    if (given) flag = given;
    return {};
}

Result<void> take_word(const json::object& change, std::string_view name, std::span<const std::string_view> words,
                       std::string& word)
{
    PIX_TRY(auto const given, fields::text_field(change, {name}));
    if (!given) return {};
    if (std::ranges::find(words, std::string_view(*given)) == words.end()) {
        std::string choices;
        for (auto const choice : words) choices += (choices.empty() ? "" : ", ") + std::string(choice);
        return fail(Errc::invalid, std::string(name) + " is none of: " + choices);
    }
    word = *given;
    return {};
}

constexpr std::array<std::string_view, 3> themes{"light", "dark", "system"};
constexpr std::array<std::string_view, 8> accents{"indigo", "slate", "forest", "ember",
                                                  "ocean",  "teal",  "plum",   "rose"};
constexpr std::array<std::string_view, 2> densities{"comfortable", "compact"};

} // namespace

json::object NotificationPreferences::to_json() const
{
    json::object channels{{"inApp", in_app}, {"webPush", web_push}};
    if (sound) channels["sound"] = *sound;
    json::object events{{"actionRequired", action_required}, {"stop", stop}, {"error", error}};
    if (updates) events["updates"] = *updates;
    return {{"channels", std::move(channels)}, {"events", std::move(events)}};
}

Result<NotificationPreferences> NotificationPreferences::with(const json::object& change) const
{
    NotificationPreferences made = *this;
    PIX_TRY(auto const channels, part_of(change, "channels"));
    PIX_CHECK(take_flag(channels, "inApp", made.in_app));
    PIX_CHECK(take_flag(channels, "webPush", made.web_push));
    PIX_CHECK(take_flag(channels, "sound", made.sound));
    PIX_TRY(auto const events, part_of(change, "events"));
    PIX_CHECK(take_flag(events, "actionRequired", made.action_required));
    PIX_CHECK(take_flag(events, "stop", made.stop));
    PIX_CHECK(take_flag(events, "error", made.error));
    PIX_CHECK(take_flag(events, "updates", made.updates));
    return made;
}

json::object AppearanceSetting::to_json() const
{
    return {{"theme", theme}, {"accent", accent}, {"density", density}};
}

Result<AppearanceSetting> AppearanceSetting::with(const json::object& change) const
{
    AppearanceSetting made = *this;
    PIX_CHECK(take_word(change, "theme", themes, made.theme));
    PIX_CHECK(take_word(change, "accent", accents, made.accent));
    PIX_CHECK(take_word(change, "density", densities, made.density));
    return made;
}

std::optional<std::string_view> find_language(std::string_view text)
{
    for (auto const language : languages)
        if (core::equals_ignoring_case(language, text)) return language;
    std::string_view const base = text.substr(0, text.find('-'));
    for (auto const language : languages)
        if (core::equals_ignoring_case(language.substr(0, language.find('-')), base)) return language;
    return std::nullopt;
}

} // namespace pix::workbench

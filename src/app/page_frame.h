#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/http/frame.h"
#include "core/http/html.h"
#include "core/http/request.h"

namespace pix::app {

/// How pages look in one browser: kept in a cookie, so that the first byte already has it.
struct Appearance {
    std::string theme = "system";        ///< light | dark | system
    std::string accent = "indigo";       ///< one of accents()
    std::string density = "comfortable"; ///< comfortable | compact

    static std::span<const std::string_view> themes();
    static std::span<const std::string_view> accents();
    static std::span<const std::string_view> densities();

    /// What the request's cookie says; what it does not say, or says wrongly, is the default.
    static Appearance of(const http::Request& request);
    /// The same with `theme`, `accent` or `density` taken from a form when they are choices that exist.
    Appearance with(const http::Form& form) const;
    /// The cookie that keeps it for a year.
    std::string cookie(const http::Request& request) const;
};

/// The names of the files that every page refers to, and the icons that it carries.
struct FrameAssets {
    std::string style, script, icon, touch_icon; ///< below /static/
    std::string symbols;                         ///< <symbol id="i-…"> elements
};

/// What the frame shows that areas know.
struct FrameSources {
    /// The sidebar's groups of tools as parts/sidebar_tools.html wants them; `active` is the current tool's id.
    std::function<core::json::object(const http::Request&, std::string_view active)> tools;
    /// What Ctrl-K finds besides pages and actions: {kind, text, note, link}.
    std::function<core::json::array(const http::Request&)> index;
    /// How many tools are warm.
    std::function<std::size_t()> warm_tools;
};

/// Renders every page of every area into the one frame.
///
/// Runs on: the io thread.
class PageFrame final : public http::PageFrame {
public:
    PageFrame(const http::Templates& templates, const http::Texts& texts, FrameAssets assets, FrameSources sources,
              bool developer_mode);

    std::string page(const http::Request& request, const http::PageInfo& info, std::string body_html) override;

    /// Links that every template may use as {{links.…}}.
    static core::json::object links(const http::Request& request);

    const http::Templates& templates() const override { return templates_; }
    /// The text of a key; the key itself if there is none.
    std::string text(std::string_view key) const override;
    const http::Templates& templates_for(const http::Request& request) const override;
    std::string text_for(const http::Request& request, std::string_view key) const override;
    /// Another language than English, by its code: "de".
    void add_language(std::string code, http::Texts texts, std::unique_ptr<http::Templates> templates);
    bool has_icon(std::string_view name) const override;

private:
    struct Language {
        http::Texts texts;
        std::unique_ptr<http::Templates> templates;
    };

    /// The code of the language that the cookie, or else the browser, asks for; "en" if it is none of ours.
    std::string_view language_of(const http::Request& request) const;
    core::json::array areas(const http::Request& request, const http::PageInfo& info);
    core::json::array index(const http::Request& request);

    const http::Templates& templates_;
    const http::Texts& texts_;
    FrameAssets assets_;
    FrameSources sources_;
    bool developer_mode_;
    std::map<std::string, Language, std::less<>> languages_; ///< besides English
};

} // namespace pix::app

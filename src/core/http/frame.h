#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pix::http {

class Request;
class Templates;

struct Crumb {
    std::string text;
    std::string link; ///< mount-relative; empty for the page itself
};

/// What a page tells the frame about itself.
struct PageInfo {
    std::string title;
    std::vector<Crumb> crumbs;
    std::string active; ///< which entry of the navigation is current, e.g. "tools/lorenz-ode-solver"
};

/// The frame that every area renders its pages into: sidebar, search, theme, toasts. `app` implements it.
///
/// Runs on: the io thread.
class PageFrame {
public:
    virtual ~PageFrame() = default;
    /// A complete document round `body_html`, which is trusted.
    virtual std::string page(const Request& request, const PageInfo& info, std::string body_html) = 0;
    /// In English.
    virtual const Templates& templates() const = 0;
    /// What pages say, by key; the key itself if there is none.
    virtual std::string text(std::string_view key) const = 0;
    /// The same in the language that the request asks for.
    virtual const Templates& templates_for(const Request&) const { return templates(); }
    virtual std::string text_for(const Request&, std::string_view key) const { return text(key); }
    /// Whether every page carries the symbol `i-NAME`.
    virtual bool has_icon(std::string_view name) const = 0;
};

} // namespace pix::http

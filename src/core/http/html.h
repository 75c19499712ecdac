#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"

namespace pix::http {

/// A mustache template inside the binary; its name is the file's below its area, without ending: "parts/palette".
struct Template {
    std::string_view name;
    std::string_view text;
};

/// What pages say, by key: "frame.search" -> "Search".
using Texts = std::map<std::string, std::string, std::less<>>;

/// Reads a file of texts: `[section]` and `key = "text"` lines, comments after '#'. Errors: Errc::invalid with the
/// line.
core::Result<Texts> parse_texts(std::string_view toml);

/// All templates, parsed once at start. What is not known then stops the start: a partial or a text that does not
/// exist, a section that is not closed, partials that include each other in a circle.
///
/// The language is mustache: {{name}} escaped, {{{name}}} as it is, {{#name}} … {{/name}} for each member or when true,
/// {{^name}} … {{/name}} when empty, {{> partial}}, {{! comment}}, {{.}} for the member itself, a.b.c for members of
/// members.
/// {{t.key}} is the text of that key, put in when the template is parsed. Zero, "" and empty lists count as false.
///
/// Runs on: parse() at start; render() on any thread.
/// Source:  mustache(5) of 2009, its specification 1.3 for white space round sections and partials that stand alone on
/// a line.
class Templates {
public:
    static core::Result<std::unique_ptr<Templates>> parse(std::span<const Template> templates, const Texts& texts);
    ~Templates();

    /// The filled template. An unknown name is our mistake: std::logic_error.
    std::string render(std::string_view name, const core::json::value& view) const;

    bool has(std::string_view name) const;

private:
    struct Node;
    struct Parser;
    struct Renderer;
    Templates();

    std::map<std::string, std::vector<Node>, std::less<>> roots_;
};

} // namespace pix::http

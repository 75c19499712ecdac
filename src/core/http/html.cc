#include "core/http/html.h"

#include <algorithm>
#include <stdexcept>

#include "core/base/text.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

struct Templates::Node {
    enum Kind { literal, escaped, raw, section, inverted, partial };
    Kind kind = literal;
    std::string text;                        ///< a literal's text, a partial's name
    std::vector<std::string> path;           ///< of a variable or section; empty for "."
    std::vector<Node> children;              ///< of a section
    const std::vector<Node>* root = nullptr; ///< of a partial, once all are parsed
};

namespace {

/// True if only blanks stand between `at` and the end of the line before it (or after it).
bool only_blanks_before(std::string_view text, std::size_t at)
{
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
    return at == 0 || text[at - 1] == '\n';
}

std::size_t end_of_blank_line(std::string_view text, std::size_t at)
{
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at == text.size()) return at;
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') return at + 2;
    return text[at] == '\n' ? at + 1 : std::string_view::npos;
}

void trim_trailing_blanks(std::string& text)
{
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
}

} // namespace

struct Templates::Parser {
    std::string_view name;
    std::string_view text;
    const Texts& texts;
    std::size_t at = 0;

    core::Error error(const std::string& what) const
    {
        auto const line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size())), '\n');
        return {Errc::internal, "template " + std::string(name) + ".html line " + std::to_string(line) + ": " + what,
                "", ""};
    }

    static void add_literal(std::vector<Node>& nodes, std::string_view part)
    {
        if (part.empty()) return;
        if (nodes.empty() || nodes.back().kind != Node::literal) nodes.push_back({Node::literal, {}, {}, {}, nullptr});
        nodes.back().text += part;
    }

    static std::vector<std::string> path_of(std::string_view key)
    {
        std::vector<std::string> path;
        if (key == ".") return path;
        for (auto const part : core::split(key, '.')) path.emplace_back(part);
        return path;
    }

    /// Reads until the end, or until the closing tag of `open`.
    Result<std::vector<Node>> read(const std::string& open)
    {
        std::vector<Node> nodes;
        for (;;) {
            std::size_t const start = text.find("{{", at);
            if (start == std::string_view::npos) {
                if (!open.empty()) return std::unexpected(error("the section " + open + " is not closed"));
                add_literal(nodes, text.substr(at));
                at = text.size();
                return nodes;
            }
            add_literal(nodes, text.substr(at, start - at));
            at = start;
            bool const triple = text.substr(start, 3) == "{{{";
            std::size_t const inside = start + (triple ? 3 : 2);
            std::size_t const end = text.find(triple ? "}}}" : "}}", inside);
            if (end == std::string_view::npos) return std::unexpected(error("a tag is not closed"));
            std::string_view tag = core::trim(text.substr(inside, end - inside));
            std::size_t after = end + (triple ? 3 : 2);
            char const sign = triple ? '{' : tag.empty() ? '\0' : tag.front();
            bool const block = sign == '#' || sign == '^' || sign == '/' || sign == '>' || sign == '!';
            if (block) {
                tag = core::trim(tag.substr(1));
                // A tag that has its line for itself takes the line with it.
                std::size_t const next = end_of_blank_line(text, after);
                if (next != std::string_view::npos && only_blanks_before(text, start)) {
                    if (!nodes.empty() && nodes.back().kind == Node::literal) trim_trailing_blanks(nodes.back().text);
                    after = next;
                }
            } else if (sign == '&') {
                tag = core::trim(tag.substr(1));
            }
            at = after;
            if (sign == '!') continue;
            if (tag.empty()) return std::unexpected(error("an empty tag"));
            if (sign == '/') {
                if (open.empty() || tag != open)
                    return std::unexpected(error("{{/" + std::string(tag) + "}} closes nothing"));
                return nodes;
            }
            if (sign == '>') {
                nodes.push_back({Node::partial, std::string(tag), {}, {}, nullptr});
            } else if (sign == '#' || sign == '^') {
                PIX_TRY(auto children, read(std::string(tag)));
                nodes.push_back(
                    {sign == '#' ? Node::section : Node::inverted, {}, path_of(tag), std::move(children), nullptr});
            } else if (tag.starts_with("t.")) {
                auto const found = texts.find(tag.substr(2));
                if (found == texts.end())
                    return std::unexpected(error("there is no text " + std::string(tag.substr(2))));
                add_literal(nodes, sign == '{' || sign == '&' ? found->second : core::escape_html(found->second));
            } else {
                nodes.push_back(
                    {sign == '{' || sign == '&' ? Node::raw : Node::escaped, {}, path_of(tag), {}, nullptr});
            }
        }
    }
};

struct Templates::Renderer {
    std::string out;
    std::vector<const json::value*> scopes;

    const json::value* find(const std::vector<std::string>& path) const
    {
        if (path.empty()) return scopes.back();
        for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
            auto const* object = (*scope)->if_object();
            auto const* found = object == nullptr ? nullptr : object->if_contains(path.front());
            if (found == nullptr) continue;
            for (std::size_t i = 1; i < path.size() && found != nullptr; ++i) {
                auto const* inner = found->if_object();
                found = inner == nullptr ? nullptr : inner->if_contains(path[i]);
            }
            return found;
        }
        return nullptr;
    }

    static bool is_true(const json::value* value)
    {
        if (value == nullptr) return false;
        switch (value->kind()) {
        case json::kind::null: return false;
        case json::kind::bool_: return value->get_bool();
        case json::kind::int64: return value->get_int64() != 0;
        case json::kind::uint64: return value->get_uint64() != 0;
        case json::kind::double_: return value->get_double() != 0;
        case json::kind::string: return !value->get_string().empty();
        case json::kind::array: return !value->get_array().empty();
        case json::kind::object: return true;
        }
        return false;
    }

    void add_escaped(std::string_view text)
    {
        std::size_t from = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char* entity = nullptr;
            switch (text[i]) {
            case '&': entity = "&amp;"; break;
            case '<': entity = "&lt;"; break;
            case '>': entity = "&gt;"; break;
            case '"': entity = "&quot;"; break;
            case '\'': entity = "&#39;"; break;
            default: continue;
            }
            out.append(text.substr(from, i - from));
            out += entity;
            from = i + 1;
        }
        out.append(text.substr(from));
    }

    void add(const json::value* value, bool escape)
    {
        if (value == nullptr || value->is_null()) return;
        if (auto const* text = value->if_string()) {
            if (escape)
                add_escaped({text->data(), text->size()});
            else
                out.append(text->data(), text->size());
        } else if (escape) {
            add_escaped(core::to_text(*value));
        } else {
            out += core::to_text(*value);
        }
    }

    void render_in(const json::value& scope, const std::vector<Node>& nodes)
    {
        scopes.push_back(&scope);
        render(nodes);
        scopes.pop_back();
    }

    void render(const std::vector<Node>& nodes)
    {
        for (auto const& node : nodes) {
            switch (node.kind) {
            case Node::literal: out += node.text; break;
            case Node::escaped: add(find(node.path), true); break;
            case Node::raw: add(find(node.path), false); break;
            case Node::partial: render(*node.root); break;
            case Node::inverted:
                if (!is_true(find(node.path))) render(node.children);
                break;
            case Node::section: {
                auto const* value = find(node.path);
                if (!is_true(value)) break;
                if (auto const* list = value->if_array()) {
                    for (auto const& member : *list) render_in(member, node.children);
                } else {
                    render_in(*value, node.children);
                }
                break;
            }
            }
        }
    }
};

Templates::Templates() = default;
Templates::~Templates() = default;

Result<std::unique_ptr<Templates>> Templates::parse(std::span<const Template> templates, const Texts& texts)
{
    std::unique_ptr<Templates> result(new Templates());
    for (auto const& one : templates) {
        Parser parser{one.name, one.text, texts};
        PIX_TRY(auto nodes, parser.read(""));
        if (!result->roots_.emplace(std::string(one.name), std::move(nodes)).second)
            return fail(Errc::internal, "there are two templates named " + std::string(one.name));
    }
    // Every partial is bound to its template; a walk that meets a template it is already in has found a circle.
    struct Binder {
        Templates& all;
        std::vector<std::string_view> open;

        Result<void> bind(std::string_view name, std::vector<Node>& nodes)
        {
            for (auto& node : nodes) {
                PIX_CHECK(bind(name, node.children));
                if (node.kind != Node::partial) continue;
                auto const found = all.roots_.find(node.text);
                if (found == all.roots_.end())
                    return fail(Errc::internal,
                                "template " + std::string(name) + ".html: there is no template " + node.text);
                if (std::ranges::find(open, std::string_view(found->first)) != open.end())
                    return fail(Errc::internal,
                                "template " + std::string(name) + ".html: " + node.text + " includes itself");
                node.root = &found->second;
                open.push_back(found->first);
                PIX_CHECK(bind(found->first, found->second));
                open.pop_back();
            }
            return {};
        }
    };
    for (auto& [name, nodes] : result->roots_) {
        Binder binder{*result, {name}};
        PIX_CHECK(binder.bind(name, nodes));
    }
    return result;
}

std::string Templates::render(std::string_view name, const json::value& view) const
{
    auto const found = roots_.find(name);
    if (found == roots_.end()) throw std::logic_error("no template " + std::string(name));
    Renderer renderer;
    renderer.out.reserve(16 * 1024);
    renderer.render_in(view, found->second);
    return std::move(renderer.out);
}

bool Templates::has(std::string_view name) const
{
    return roots_.contains(name);
}

Result<Texts> parse_texts(std::string_view toml)
{
    Texts texts;
    std::string section;
    int number = 0;
    for (auto line : core::split(toml, '\n')) {
        ++number;
        line = core::trim(line);
        auto const broken = [&](const std::string& what) {
            return fail(Errc::internal, "texts line " + std::to_string(number) + ": " + what);
        };
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[') {
            if (line.back() != ']') return broken("the section's bracket is not closed");
            section = std::string(core::trim(line.substr(1, line.size() - 2))) + ".";
            continue;
        }
        std::size_t const equals = line.find('=');
        if (equals == std::string_view::npos) return broken("neither a section nor key = \"text\"");
        std::string_view key = core::trim(line.substr(0, equals));
        if (key.size() > 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
        std::string_view const quoted = core::trim(line.substr(equals + 1));
        if (quoted.size() < 2 || quoted.front() != '"') return broken("the text is not in double quotes");
        std::string text;
        std::size_t i = 1;
        for (; i < quoted.size() && quoted[i] != '"'; ++i) {
            if (quoted[i] == '\\' && i + 1 < quoted.size()) {
                ++i;
                text += quoted[i] == 'n' ? '\n' : quoted[i];
            } else {
                text += quoted[i];
            }
        }
        if (i >= quoted.size()) return broken("the text is not closed");
        auto const rest = core::trim(quoted.substr(i + 1));
        if (!rest.empty() && rest.front() != '#') return broken("something follows the text");
        if (!texts.emplace(section + std::string(key), std::move(text)).second)
            return broken("the key " + section + std::string(key) + " stands twice");
    }
    return texts;
}

} // namespace pix::http

#include "core/http/router.h"

#include <map>
#include <optional>

#include "core/base/text.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t max_segments = 64;

std::size_t index_of(DoorKind door)
{
    return door == DoorKind::tools ? 0 : door == DoorKind::workbench ? 1 : 2;
}

/// Decodes one segment and refuses what could mean another path to somebody else.
Result<std::string> decode_segment(std::string_view raw)
{
    auto decoded = core::percent_decode(raw);
    if (!decoded) return fail(Errc::invalid, "the path has a broken percent escape");
    for (unsigned char const c : *decoded)
        if (c < 0x20 || c == 0x7f) return fail(Errc::invalid, "the path has a control byte");
    if (*decoded == "." || *decoded == "..") return fail(Errc::invalid, "the path has a dot segment");
    if (!core::is_utf8(*decoded)) return fail(Errc::invalid, "the path is not UTF-8");
    return *std::move(decoded);
}

} // namespace

/// One place in the tree: what may follow, and what is served here.
struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::string parameter_name;
    std::unique_ptr<Node> rest; ///< `{name*}`
    std::string rest_name;
    std::array<const Endpoint*, method_names.size()> methods{};
    bool has_methods = false;
};

struct Router::Tree {
    Node root;
    std::vector<const Mount*> mounts;
    std::vector<const Endpoint*> endpoints;
};

Router::Router()
{
    for (auto& tree : trees_) tree = std::make_unique<Tree>();
}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Router::Tree& Router::tree(DoorKind door) const
{
    return *trees_[index_of(door)];
}

void Router::set_base_path(DoorKind door, std::string base_path)
{
    base_paths_[index_of(door)] = std::move(base_path);
    for (auto& mount : mounts_)
        if (mount->door == door) mount->link_prefix = base_paths_[index_of(door)] + mount->prefix;
}

Result<void> Router::add(std::vector<Mount> mounts, std::vector<Route> routes)
{
    std::vector<const Mount*> added;
    for (Mount& mount : mounts) {
        if (mount.prefix == "/") mount.prefix.clear();
        mount.link_prefix = base_paths_[index_of(mount.door)] + mount.prefix;
        mounts_.push_back(std::make_unique<Mount>(std::move(mount)));
        added.push_back(mounts_.back().get());
        tree(added.back()->door).mounts.push_back(added.back());
    }
    for (Route& route : routes) {
        routes_.push_back(std::make_unique<Route>(std::move(route)));
        for (const Mount* mount : added)
            if (routes_.back()->doors.has(mount->door)) PIX_CHECK(insert(*mount, *routes_.back()));
    }
    return {};
}

Result<void> Router::insert(const Mount& mount, const Route& route)
{
    std::string const where = std::string(name_of(route.method)) + " " + mount.prefix + route.path;
    if (!route.path.starts_with('/'))
        return fail(Errc::internal, "the route " + where + " does not begin with a slash");
    Tree& target = tree(mount.door);
    Node* node = &target.root;
    std::string const full = route.path == "/" && !mount.prefix.empty() ? mount.prefix : mount.prefix + route.path;
    for (std::string_view const segment : core::split(std::string_view(full).substr(1), '/')) {
        bool const is_parameter = segment.starts_with('{') && segment.ends_with('}');
        if (!is_parameter) {
            auto& child = node->literals[std::string(segment)];
            if (!child) child = std::make_unique<Node>();
            node = child.get();
            continue;
        }
        bool const is_rest = segment.ends_with("*}");
        std::string const name(segment.substr(1, segment.size() - (is_rest ? 3 : 2)));
        auto& child = is_rest ? node->rest : node->parameter;
        std::string& child_name = is_rest ? node->rest_name : node->parameter_name;
        if (!child) {
            child = std::make_unique<Node>();
            child_name = name;
        } else if (child_name != name) {
            return fail(Errc::internal, "the route " + where + " names a parameter {" + name +
                                            "} that another calls {" + child_name + "}");
        }
        node = child.get();
    }
    const Endpoint*& slot = node->methods[static_cast<std::size_t>(route.method)];
    if (slot) return fail(Errc::internal, "the route " + where + " is there twice");
    endpoints_.push_back(std::make_unique<Endpoint>(Endpoint{&route, &mount, count_++}));
    slot = endpoints_.back().get();
    node->has_methods = true;
    target.endpoints.push_back(slot);
    return {};
}

std::vector<Endpoint> Router::endpoints(DoorKind door) const
{
    std::vector<Endpoint> result;
    for (const Endpoint* endpoint : tree(door).endpoints) result.push_back(*endpoint);
    return result;
}

namespace {

std::string allow_of(const std::array<const Endpoint*, method_names.size()>& methods)
{
    std::string allow;
    auto const add = [&](Method method) {
        if (!allow.empty()) allow += ", ";
        allow += name_of(method);
    };
    for (std::size_t i = 0; i < methods.size(); ++i) {
        auto const method = static_cast<Method>(i);
        bool const as_head = method == Method::head && methods[static_cast<std::size_t>(Method::get)];
        if (methods[i] || as_head || method == Method::options) add(method);
    }
    return allow;
}

} // namespace

Result<Router::Match> Router::match(DoorKind door, Request& request) const
{
    const Tree& here = tree(door);
    request.params_.clear();

    std::string_view raw = request.raw_path_;
    if (!raw.starts_with('/')) return fail(Errc::invalid, "the path does not begin with a slash");
    raw.remove_prefix(1);

    // Decoded segments, each with the place in the decoded path where it begins.
    std::array<std::size_t, max_segments> starts;
    std::size_t count = 0;
    std::string& path = request.path_;
    path.clear();
    bool plain = true;
    for (unsigned char const c : raw) plain = plain && c != '%' && c >= 0x20 && c < 0x7f;
    bool slash_inside = false;
    for (;;) {
        std::size_t const end = raw.find('/');
        std::string_view const segment = raw.substr(0, end);
        if (count == max_segments) return fail(Errc::invalid, "the path has too many segments");
        path += '/';
        starts[count++] = path.size();
        if (plain && segment != "." && segment != "..") {
            path += segment;
        } else {
            PIX_TRY(auto decoded, decode_segment(segment));
            slash_inside = slash_inside || decoded.find('/') != std::string::npos;
            path += decoded;
        }
        if (end == std::string_view::npos) break;
        raw.remove_prefix(end + 1);
    }
    auto const segment = [&](std::size_t i) {
        std::size_t const end = i + 1 < count ? starts[i + 1] - 1 : path.size();
        return std::string_view(path).substr(starts[i], end - starts[i]);
    };

    // Literals win over parameters, parameters over the rest; where a branch ends in nothing, the next one is tried.
    struct Search {
        decltype(segment)& segment_of;
        std::size_t count;
        std::vector<std::pair<std::string_view, std::size_t>> params; ///< name, segment
        std::optional<std::pair<std::string_view, std::size_t>> rest;

        const Node* find(const Node& node, std::size_t at)
        {
            if (at == count) return node.has_methods ? &node : nullptr;
            if (auto const child = node.literals.find(segment_of(at)); child != node.literals.end())
                if (const Node* found = find(*child->second, at + 1)) return found;
            if (node.parameter && !segment_of(at).empty()) {
                params.emplace_back(node.parameter_name, at);
                if (const Node* found = find(*node.parameter, at + 1)) return found;
                params.pop_back();
            }
            if (node.rest && !segment_of(at).empty()) {
                rest.emplace(node.rest_name, at);
                return node.rest.get();
            }
            return nullptr;
        }
    };
    Search search{segment, count, {}, {}};
    const Node* node = search.find(here.root, 0);
    if (!node && count > 1 && segment(count - 1).empty()) {
        // "/tools/" is the mount "/tools" itself; other pages have one address only.
        std::string_view const without_slash = std::string_view(path).substr(0, path.size() - 1);
        for (const Mount* mount : here.mounts) {
            if (mount->prefix != without_slash) continue;
            Search again{segment, count - 1, {}, {}};
            node = again.find(here.root, 0);
        }
    }

    Match match;
    if (node) {
        match.endpoint = node->methods[static_cast<std::size_t>(request.method_)];
        if (!match.endpoint && request.method_ == Method::head)
            match.endpoint = node->methods[static_cast<std::size_t>(Method::get)];
        if (!match.endpoint) match.allow = allow_of(node->methods);
        for (auto const& [name, at] : search.params) request.params_.emplace_back(name, std::string(segment(at)));
        if (search.rest) {
            // A slash that was escaped would be a separator now: what a file name holds is not what a path means.
            if (slash_inside) return fail(Errc::invalid, "the path has an escaped slash");
            request.params_.emplace_back(search.rest->first, path.substr(starts[search.rest->second]));
        }
    }
    if (match.endpoint) {
        match.mount = match.endpoint->mount;
    } else {
        for (const Mount* mount : here.mounts) {
            std::string_view const prefix = mount->prefix;
            bool const inside =
                path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
            if (inside && (!match.mount || prefix.size() > match.mount->prefix.size())) match.mount = mount;
        }
    }
    if (match.mount) {
        request.mount_ = match.mount;
        path.erase(0, match.mount->prefix.size());
        if (path.empty()) path += '/';
    }
    return match;
}

} // namespace pix::http

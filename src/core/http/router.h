#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/http/route.h"

namespace pix::http {

/// A route at one door.
struct Endpoint {
    const Route* route = nullptr;
    const Mount* mount = nullptr;
    std::size_t number = 0; ///< dense, from 0: what the metrics count by
};

/// The whole route table, compiled to one tree per door.
///
/// Runs on: filled at start, then read-only on the io thread.
/// Errors:  Errc::internal on a route that is there twice, or two names for the parameter at one place.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    /// Adds an area's routes at each of its mounts (for the doors that the route names).
    core::Result<void> add(std::vector<Mount> mounts, std::vector<Route> routes);

    /// Sets the path in front of every link of a door. Before or after add().
    void set_base_path(DoorKind door, std::string base_path);

    struct Match {
        const Endpoint* endpoint = nullptr; ///< null: 404, or 405 when `allow` is not empty
        const Mount* mount = nullptr;       ///< the longest that holds the path, also of an unknown page
        std::string allow;                  ///< "GET, HEAD, POST"
    };
    /// Finds the route and fills in path, parameters and mount of `request`.
    /// Errors: Errc::invalid on a broken escape, a control byte, "." or ".." as a segment, or bytes that are not UTF-8.
    core::Result<Match> match(DoorKind door, Request& request) const;

    /// Every route at a door with its path below the mount, in the order they were added.
    std::vector<Endpoint> endpoints(DoorKind door) const;
    std::size_t size() const { return count_; }
    const Endpoint& endpoint(std::size_t number) const { return *endpoints_[number]; }

private:
    struct Node;
    struct Tree;
    Tree& tree(DoorKind door) const;
    core::Result<void> insert(const Mount& mount, const Route& route);

    std::array<std::unique_ptr<Tree>, 3> trees_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::vector<std::unique_ptr<Mount>> mounts_;
    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    std::array<std::string, 3> base_paths_;
    std::size_t count_ = 0;
};

} // namespace pix::http

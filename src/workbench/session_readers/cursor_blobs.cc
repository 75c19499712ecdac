#include "workbench/session_readers/cursor_blobs.h"

#include <cstdint>
#include <set>

#include "core/base/text.h"

namespace pix::workbench {

namespace {

constexpr std::size_t reference_bytes = 32;
// A conversation has a few nodes a turn; more than this is no conversation.
constexpr std::size_t max_nodes = 100'000;

std::optional<std::uint64_t> take_number(std::string_view& bytes)
{
    std::uint64_t number = 0;
    for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        auto const byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return number;
    }
    return std::nullopt;
}

} // namespace

CursorNode cursor_node_of(std::string_view blob)
{
    CursorNode node;
    while (!blob.empty()) {
        auto const tag = take_number(blob);
        if (!tag) return node;
        std::uint64_t length = 0;
        switch (*tag & 7) {
        case 0:
            if (!take_number(blob)) return node;
            continue;
        case 1: length = 8; break;
        case 5: length = 4; break;
        case 2: {
            auto const given = take_number(blob);
            if (!given) return node;
            length = *given;
            break;
        }
        default: return node;
        }
        if (length > blob.size()) return node;
        std::string_view const value = blob.substr(0, length);
        blob.remove_prefix(length);
        if ((*tag & 7) != 2) continue;
        std::uint64_t const field = *tag >> 3;
        if (field == 1 && length == reference_bytes) node.references.push_back(core::hex(value));
        if (field == 4 && value.starts_with('{')) node.messages.emplace_back(value);
    }
    return node;
}

std::vector<std::pair<std::string, CursorNode>>
cursor_nodes_from(const std::string& root, const std::function<std::optional<CursorNode>(const std::string&)>& node_of)
{
    struct Step {
        std::string id;
        CursorNode node;
        std::size_t next = 0; ///< reference to look at
    };
    std::vector<std::pair<std::string, CursorNode>> order;
    std::set<std::string> known{root};
    std::vector<Step> path;
    if (auto node = node_of(root)) path.push_back({root, std::move(*node)});
    while (!path.empty()) {
        Step& step = path.back();
        if (step.next == step.node.references.size()) {
            order.emplace_back(std::move(step.id), std::move(step.node));
            path.pop_back();
            continue;
        }
        std::string const id = step.node.references[step.next++];
        if (known.size() >= max_nodes || !known.insert(id).second) continue;
        if (auto node = node_of(id)) path.push_back({id, std::move(*node)});
    }
    return order;
}

} // namespace pix::workbench

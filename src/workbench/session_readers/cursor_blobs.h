#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pix::workbench {

/// What a binary blob of Cursor's store names: other blobs, and messages that lie inside it.
struct CursorNode {
    std::vector<std::string> references; ///< ids, 64 hexadecimal digits
    std::vector<std::string> messages;   ///< JSON texts
};

/// Reads a binary blob, as far as it makes sense.
/// Source: protobuf.dev/programming-guides/encoding; field 1 with 32 bytes is a reference, field 4 a message.
CursorNode cursor_node_of(std::string_view blob);

/// The nodes that can be reached from `root`, each behind the nodes that it refers to; circles are walked once.
/// `node_of` gives nothing for blobs that are no nodes, or not there.
std::vector<std::pair<std::string, CursorNode>>
cursor_nodes_from(const std::string& root, const std::function<std::optional<CursorNode>(const std::string&)>& node_of);

} // namespace pix::workbench

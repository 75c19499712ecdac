#include "workbench/session_readers/cursor_blobs.h"
#include "workbench/session_readers/cursor_message.h"
#include "workbench/session_readers/record_fields.h"

/// A blob as the store has them: JSON, or a node whose references lead to itself again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::workbench;
    std::string_view const blob(reinterpret_cast<const char*>(data), size);
    if (auto const record = parse_record(blob)) {
        CursorResults results;
        take_cursor_results(*record, results);
        std::int64_t unknown = 0;
        cursor_messages_of("key", 0, *record, results, unknown);
        cursor_prompt_of(text_at(*record, "content"));
    }
    auto const nodes = cursor_nodes_from("root", [blob](const std::string&) { return cursor_node_of(blob); });
    if (nodes.empty() || nodes.back().first != "root") std::abort();
    return 0;
}

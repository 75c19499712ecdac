#include "workbench/session_readers/opencode_message.h"

/// Lines: the message, then its parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text(reinterpret_cast<const char*>(data), size);
    pix::workbench::OpenCodeMessage message;
    message.id = "msg_1";
    for (int number = 0; !text.empty(); ++number) {
        auto const end = text.find('\n');
        std::string line(text.substr(0, end));
        if (number == 0)
            message.data = std::move(line);
        else
            message.parts.push_back({"prt_" + std::to_string(number), std::move(line)});
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    pix::workbench::OpenCodeNotes notes;
    auto const messages = messages_of(message, notes);
    // Two a part, the text that carries the attachments, and the error.
    if (messages.size() > 2 * message.parts.size() + 2) std::abort();
    return 0;
}

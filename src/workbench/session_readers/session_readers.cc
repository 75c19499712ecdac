#include <algorithm>

#include "workbench/session_readers/claude_reader.h"
#include "workbench/session_readers/codex_reader.h"
#include "workbench/session_readers/cursor_reader.h"
#include "workbench/session_readers/gemini_reader.h"
#include "workbench/session_readers/opencode_reader.h"
#include "workbench/session_readers/qwen_reader.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

namespace {

/// Passes texts on and nothing else.
class TextsOnly final : public MessageSink {
public:
    explicit TextsOnly(MessageSink& sink) : sink_(sink) {}
    void add(Message message) override
    {
        if (message.kind == MessageKind::text) sink_.add(std::move(message));
    }
    void remove(std::string_view id) override { sink_.remove(id); }
    bool wants(MessageKind kind) const override { return kind == MessageKind::text; }

private:
    MessageSink& sink_;
};

} // namespace

core::Result<void> SessionReader::scan_text(const SessionSource& source, const std::vector<std::string>& words,
                                            MessageSink& sink) const
{
    static_cast<void>(words);
    ReadState state;
    TextsOnly texts(sink);
    PIX_CHECK(read(source, state, texts));
    return {};
}

std::vector<std::unique_ptr<SessionReader>> make_session_readers(const ProviderHome& home)
{
    std::vector<std::unique_ptr<SessionReader>> readers;
    readers.push_back(make_claude_reader(home));
    readers.push_back(make_cursor_reader(home));
    readers.push_back(make_codex_reader(home));
    readers.push_back(make_gemini_reader(home));
    readers.push_back(make_qwen_reader(home));
    readers.push_back(make_opencode_reader(home));
    return readers;
}

} // namespace pix::workbench

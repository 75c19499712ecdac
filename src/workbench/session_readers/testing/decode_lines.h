#pragma once
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "workbench/session_readers/jsonl_reader.h"

namespace pix::testing {

/// Decodes a transcript line by line with a decoder that `make(facts, memory, offset)` makes anew for each line: what
/// it keeps in memory must be all it needs. Ends the program if a message is not fit to be shown.
template <class Make>
void decode_lines(std::string_view transcript, Make make)
{
    workbench::SessionFacts facts;
    boost::json::object memory;
    workbench::JsonLineParser parser;
    std::uint64_t offset = 0;
    for (std::string_view const each : core::split(transcript, '\n')) {
        std::string text(each);
        text.resize(each.size() + workbench::JsonlFile::padding);
        workbench::JsonlLine const line{
            .text = std::string_view(text).substr(0, each.size()), .offset = offset, .end = offset + each.size() + 1};
        auto const decoder = make(facts, memory, offset);
        offset = line.end;
        std::vector<workbench::Message> messages;
        if (decoder->concerns(line.text))
            if (auto const record = parser.parse(line.text)) decoder->decode(*record, line, messages);
        decoder->finish(offset, true);
        for (const workbench::Message& message : messages)
            if (message.id.empty() || !core::is_utf8(message.content)) std::abort();
    }
}

} // namespace pix::testing

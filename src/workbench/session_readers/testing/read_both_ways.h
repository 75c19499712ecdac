#pragma once
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "workbench/session_readers/record_ledger.h"

#include <sys/mman.h>

namespace pix::testing {

/// For fuzzing: reads a conversation file with these bytes at once and record by record, through the state's JSON each
/// time, and pages through it. Ends the program if the two do not agree.
template <class Conversation>
void read_both_ways(std::string_view bytes)
{
    using namespace workbench;
    int const file = ::memfd_create("conversation", MFD_CLOEXEC);
    if (file < 0 || ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
    std::string const path = "/proc/self/fd/" + std::to_string(file);
    auto conversation = Conversation::open(path);
    if (!conversation) std::abort();
    NoSink sink;
    auto const load = [&conversation](const LedgerEntry& entry) { return conversation->load(entry); };

    ReadState whole;
    RecordLedger ledger;
    if (!conversation->read(whole, ledger, sink, UINT64_MAX) || !ledger.settle(whole.facts, load)) std::abort();

    ReadState steps;
    for (bool more = true; more;) {
        steps.memory = boost::json::parse(boost::json::serialize(steps.memory)).as_object();
        RecordLedger part(steps.memory);
        auto const read = conversation->read(steps, part, sink, 1);
        if (!read || !part.settle(steps.facts, load)) std::abort();
        part.save(steps.memory);
        more = *read;
    }
    if (whole.facts.counted != steps.facts.counted || whole.facts.total.output != steps.facts.total.output ||
        whole.facts.first_user_text != steps.facts.first_user_text || whole.facts.last_text != steps.facts.last_text ||
        whole.offset != steps.offset)
        std::abort();

    std::int64_t seen = 0;
    for (std::int64_t offset = 0; offset < whole.facts.counted; offset += 3) {
        auto const page = ledger.page({offset, 3}, load);
        if (!page) std::abort();
        for (const Message& message : page->messages) seen += message.counted() ? 1 : 0;
    }
    if (seen != whole.facts.counted) std::abort();
    ::close(file);
}

} // namespace pix::testing

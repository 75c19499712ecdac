#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/http/head_check.h"
#include "core/http/head_parser.h"

/// A head that is found good must be read by the parser as the same request, wherever it is cut on its way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::http;
    std::string_view const bytes(reinterpret_cast<const char*>(data), size);
    HeadEnd const end = find_head_end(bytes);
    if (end.state != HeadEnd::State::complete) return 0;
    if (end.size > bytes.size()) std::abort();
    std::string const head(bytes.substr(0, end.size));
    for (std::size_t cut = 0; cut < head.size(); cut += 1 + head.size() / 16)
        if (find_head_end(std::string_view(head).substr(0, cut)).state != HeadEnd::State::incomplete) std::abort();
    HeadVerdict const verdict = check_head(head);
    if (!verdict.problem.empty()) return 0;
    if (verdict.facts.chunked && verdict.facts.content_length) std::abort();
    if (verdict.facts.host.empty()) std::abort();

    std::vector<std::pair<std::string_view, std::string_view>> fields;
    ParsedHead parsed;
    parsed.fields = &fields;
    if (!parse_head(head, parsed)) return 0;
    int hosts = 0;
    for (const auto& [name, value] : fields) {
        if (!is_token(name)) std::abort();
        if (has_token(name, "host")) {
            ++hosts;
            if (value != verdict.facts.host) std::abort();
        }
    }
    if (hosts != 1) std::abort();
    return 0;
}

#include "cli/output.h"

#include <cstdio>

namespace pix::cli {

int print_error(const core::Error& error)
{
    std::fprintf(stderr, "pix: %s\n", error.message.c_str());
    if (!error.hint.empty()) std::fprintf(stderr, "     %s\n", error.hint.c_str());
    return error.code == core::Errc::invalid ? 2 : 1;
}

std::string table_of(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths(header.size());
    for (std::size_t i = 0; i < header.size(); ++i) widths[i] = header[i].size();
    for (auto const& row : rows)
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    auto const line = [&](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            text += cells[i];
            if (i + 1 < cells.size()) text.append(widths[i] - cells[i].size() + 2, ' ');
        }
        text += '\n';
    };
    line(header);
    for (auto const& row : rows) line(row);
    return text;
}

std::string member(const core::json::object& object, std::string_view key)
{
    auto const* found = object.if_contains(key);
    if (found == nullptr || found->is_null()) return {};
    return found->is_string() ? std::string(found->get_string()) : core::to_text(*found);
}

} // namespace pix::cli

#pragma once
#include <string_view>
#include <utility>
#include <vector>

namespace pix::http {

/// What the parser found; views into the head it was given.
struct ParsedHead {
    std::string_view method;
    std::string_view target;
    std::vector<std::pair<std::string_view, std::string_view>>* fields = nullptr; ///< filled, not cleared
};

/// Takes a checked head apart with Beast's parser. False when Beast does not agree that it is one: then it is refused.
bool parse_head(std::string_view head, ParsedHead& parsed);

} // namespace pix::http

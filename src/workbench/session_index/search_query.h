#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "workbench/session_readers/provider.h"

namespace pix::workbench {

/// One word that a message must have.
struct QueryWord {
    std::string folded;
    bool is_prefix = false; ///< the word may go on: it is still being typed, or ends in '*'
};

/// What somebody looks for: `fix "exact words" name* provider:codex project:pix role:user after:2026-01-01 before:7d`.
struct SearchQuery {
    std::vector<QueryWord> words;      ///< those of phrases, too
    std::vector<std::string> phrases;  ///< folded; as written in quotes
    std::string whole;                 ///< all words outside of filters as typed, folded: ranks above scattered words
    std::set<Provider> providers;      ///< empty: all
    std::vector<std::string> projects; ///< name, path or part of a display name, folded; empty: all
    std::string exact_project;         ///< the name in URLs, or empty
    std::string role;                  ///< "user", "assistant" or empty
    std::optional<core::Millis> after;
    std::optional<core::Millis> before; ///< the first moment that is too late

    bool has_words() const { return !words.empty(); }
};

/// Reads a query as typed. Days without a time are UTC; "7d", "2w", "3m" and "1y" count back from `now`; before: ends
/// where that day begins. `is_typing`: the last word may go on.
/// Errors: Errc::invalid on an unknown provider or role, or a date that is none; a word with a colon that is no filter
/// is a word.
core::Result<SearchQuery> parse_search_query(std::string_view text, core::Millis now, bool is_typing = true);

} // namespace pix::workbench

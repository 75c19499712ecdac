#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/store/connection.h"
#include "workbench/session_index/search_query.h"
#include "workbench/session_index/session_entry.h"

namespace pix::workbench {

/// A conversation as a search sees it.
struct Searched {
    SessionPtr session;
    std::string folded_title;
    std::size_t project = 0; ///< whatever the caller counts by
};

/// Which conversations are searched, by their numbers.
using SearchScope = std::unordered_map<std::int64_t, Searched>;

/// A place to mark, in UTF-16 units of the snippet.
struct Highlight {
    std::size_t start = 0;
    std::size_t end = 0;
    bool operator==(const Highlight&) const = default;
};

struct Snippet {
    std::string text;
    std::vector<Highlight> highlights; ///< sorted, apart from each other
};

/// The part of a text around what was found: 75 characters to each side, cut at the ends of words.
Snippet make_snippet(std::string_view text, const SearchQuery& query);

/// What a text has of a query.
struct TextHit {
    bool matches = false;   ///< every word and phrase
    bool has_whole = false; ///< all words one after another as typed
    bool is_exact = false;  ///< no word was only the beginning of another
    double weight = 0;      ///< how often and how densely the words stand in it
    std::size_t place = 0;  ///< of the first word, in bytes
};
TextHit look_into(std::string_view text, const SearchQuery& query);

struct SearchMatch {
    std::string message_id;
    std::string role;
    core::Millis at = 0;
    Snippet snippet;
    double score = 0;
};

struct SessionHit {
    std::int64_t number = 0;
    bool in_title = false;
    bool has_whole = false;
    std::size_t title_place = 0;
    double score = 0;
    core::Millis at = 0;
    std::vector<SearchMatch> matches; ///< at most two
};

struct SearchOutcome {
    std::vector<SessionHit> hits; ///< the best first
    bool is_cut = false;          ///< older messages were not looked at
};

/// Collects hits of texts and puts them in order: title before text, phrase before words, an earlier place in the
/// title, then how well the words fit and how new the message is.
class HitList {
public:
    HitList(const SearchQuery& query, core::Millis now) : query_(query), now_(now) {}

    void add_title(const Searched& searched);
    /// Looks into a message and keeps it if it has everything.
    bool add_text(const Searched& searched, std::string_view id, std::string_view role, core::Millis at,
                  std::string_view text);
    bool is_full(std::int64_t session) const;
    std::size_t size() const { return hits_.size(); }
    std::vector<SessionHit> take(std::size_t limit);

private:
    struct Candidate {
        std::string id;
        std::string role;
        core::Millis at = 0;
        std::string text;
        double score = 0;
        bool has_whole = false;
    };
    struct Found {
        SessionHit hit;
        std::vector<Candidate> candidates;
    };

    const SearchQuery& query_;
    core::Millis now_;
    std::unordered_map<std::int64_t, Found> hits_;
};

/// Searches titles and indexed messages. Runs on a store thread.
core::Result<SearchOutcome> search_index(store::Connection& connection, const SearchQuery& query,
                                         const SearchScope& scope, HitList& hits, std::size_t limit);

} // namespace pix::workbench

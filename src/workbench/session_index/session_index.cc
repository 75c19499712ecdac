#include "workbench/session_index/session_index.h"

#include <algorithm>
#include <ranges>

#include "workbench/session_index/search_words.h"

namespace pix::workbench {

using core::Result;

namespace {

/// Looks into messages as they are read.
class ScanSink final : public MessageSink {
public:
    ScanSink(const SearchQuery& query, const Searched& searched, HitList& hits)
        : query_(query), searched_(searched), hits_(hits)
    {}

    void add(Message message) override
    {
        if (message.kind != MessageKind::text || (message.role != "user" && message.role != "assistant")) return;
        if (!query_.role.empty() && message.role != query_.role) return;
        core::Millis const at = message.at > 0 ? message.at : searched_.session->last_activity();
        if ((query_.after && at < *query_.after) || (query_.before && at >= *query_.before)) return;
        hits_.add_text(searched_, message.id, message.role, at, message.content);
    }
    void remove(std::string_view) override {}
    bool wants(MessageKind kind) const override { return kind == MessageKind::text; }

private:
    const SearchQuery& query_;
    const Searched& searched_;
    HitList& hits_;
};

/// How many bytes of transcripts are looked through in a while, at least.
std::uint64_t scanned_in(std::chrono::steady_clock::duration time)
{
    constexpr std::uint64_t bytes_per_ms = 500'000;
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return static_cast<std::uint64_t>(ms + 1) * bytes_per_ms;
}

/// What readers can look for in raw bytes: words of ASCII letters and digits.
std::vector<std::string> plain_words(const SearchQuery& query)
{
    std::vector<std::string> words;
    for (auto const& word : query.words)
        if (std::ranges::all_of(word.folded, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
            words.push_back(word.folded);
    return words;
}

} // namespace

Result<std::unique_ptr<SessionIndex>> SessionIndex::open(const std::filesystem::path& file, SessionReaders readers,
                                                         asio::thread_pool& pool)
{
    PIX_TRY(auto store, IndexStore::open(file));
    return std::unique_ptr<SessionIndex>(new SessionIndex(std::move(store), std::move(readers), pool));
}

SessionIndex::SessionIndex(std::unique_ptr<IndexStore> store, SessionReaders readers, asio::thread_pool& pool)
    : readers_(std::move(readers)), store_(std::move(store)), pool_(pool), indexer_(*store_, readers_)
{}

SessionIndex::~SessionIndex()
{
    stop();
}

void SessionIndex::stop()
{
    indexer_.stop();
    store_->close();
}

const SessionReader& SessionIndex::reader_of(Provider provider) const
{
    return **std::ranges::find_if(readers_, [provider](auto const& one) { return one->provider() == provider; });
}

StateCache::StatePtr SessionIndex::state_of(const SessionEntry& session)
{
    if (auto known = states_.find(session)) return known;
    auto stored = store_->state_now(session);
    if (!stored || stored->state.offset != session.offset) return nullptr;
    auto const state = std::make_shared<const ReadState>(std::move(stored->state));
    states_.keep(session, state, stored->bytes);
    return state;
}

awaitable<Result<MessagePage>> SessionIndex::page(SessionPtr session, PageRequest request)
{
    auto work = [this, session, request]() -> Result<MessagePage> {
        auto const& reader = reader_of(session->source.provider);
        if (!session->is_whole) return reader.page(session->source, nullptr, request);
        auto const state = state_of(*session);
        return reader.page(session->source, state.get(), request);
    };
    co_return co_await core::run_on(pool_, std::move(work));
}

awaitable<Result<void>> SessionIndex::remove(SessionPtr session)
{
    auto work = [this, session]() -> Result<void> {
        PIX_CHECK(reader_of(session->source.provider).remove(session->source));
        indexer_.forget(session->number);
        return {};
    };
    co_return co_await core::run_on(pool_, std::move(work));
}

awaitable<Result<std::vector<UsageSum>>> SessionIndex::usage(std::int64_t from_day, std::int64_t before_day)
{
    auto sum = [from_day, before_day](store::Connection& connection) {
        return IndexStore::usage(connection, from_day, before_day);
    };
    co_return co_await store_->database().read(std::move(sum));
}

awaitable<Result<SearchOutcome>> SessionIndex::search(Request request)
{
    auto const shared = std::make_shared<Request>(std::move(request));
    auto const hits = std::make_shared<HitList>(shared->query, shared->now);
    auto in_index = [shared, hits](store::Connection& connection) -> Result<SearchOutcome> {
        if (!shared->in_index) return SearchOutcome();
        for (auto const& [number, searched] : *shared->scope) hits->add_title(searched);
        return search_index(connection, shared->query, *shared->scope, *hits, shared->limit);
    };
    PIX_CO_TRY(SearchOutcome outcome, co_await store_->database().read(std::move(in_index)));
    auto finish = [this, shared, hits, outcome]() mutable -> Result<SearchOutcome> {
        std::vector<const Searched*> unread;
        for (auto const& [number, searched] : *shared->scope)
            if (!searched.session->is_whole && searched.session->offset < searched.session->source.size + 1)
                unread.push_back(&searched);
        std::ranges::sort(unread, [](const Searched* a, const Searched* b) {
            return a->session->source.modified > b->session->source.modified;
        });
        auto const until = std::chrono::steady_clock::now() + shared->patience;
        auto const words = plain_words(shared->query);
        for (auto const* searched : unread) {
            auto const left = until - std::chrono::steady_clock::now();
            if (left.count() <= 0 || (shared->stop && *shared->stop)) {
                outcome.is_cut = true;
                break;
            }
            // One that is too large for the time that is left waits for the index.
            if (searched->session->source.size > scanned_in(left)) {
                outcome.is_cut = true;
                continue;
            }
            if (hits->is_full(searched->session->number)) continue;
            ScanSink sink(shared->query, *searched, *hits);
            // One that cannot be read now is left out.
            if (!reader_of(searched->session->source.provider).scan_text(searched->session->source, words, sink))
                outcome.is_cut = true;
        }
        outcome.hits = hits->take(shared->limit);
        return outcome;
    };
    bool const all_indexed =
        std::ranges::all_of(*shared->scope, [](auto const& one) { return one.second.session->is_whole; });
    if (all_indexed || !shared->in_files) {
        outcome.hits = hits->take(shared->limit);
        co_return outcome;
    }
    co_return co_await core::run_on(pool_, std::move(finish));
}

} // namespace pix::workbench

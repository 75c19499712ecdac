#include "workbench/session_index/indexer.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ranges>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;
using core::Result;

namespace {

constexpr std::uint64_t bytes_at_once = 2UL << 20;
constexpr std::uint64_t head_bytes = 32UL << 10;
constexpr std::size_t text_bytes_at_once = 1UL << 20;
constexpr std::size_t updates_at_once = 64;
constexpr std::size_t message_bytes = 256UL << 10; ///< of one message that are searchable
constexpr std::size_t kept_states = 4;
constexpr int nice_level = 10;
constexpr std::chrono::milliseconds burst{60};
constexpr std::chrono::milliseconds publish_every{200};
constexpr std::chrono::seconds retry_after{5};
constexpr std::chrono::seconds look_again{60};

void give_way()
{
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice_level);
}

bool is_same(const SessionSource& a, const SessionSource& b)
{
    return a.size == b.size && a.modified == b.modified && a.inode == b.inode && a.path == b.path;
}

/// What the database takes as text.
std::string clean(std::string_view text)
{
    std::string out = core::to_utf8(core::shorten(text, message_bytes));
    std::ranges::replace(out, '\0', ' ');
    return out;
}

class NoMessages final : public MessageSink {
public:
    void add(Message) override {}
    void remove(std::string_view) override {}
    bool wants(MessageKind) const override { return false; }
};

} // namespace

/// Keeps what a search shall find.
class Indexer::Sink final : public MessageSink {
public:
    explicit Sink(SessionUpdate& update) : update_(update) {}

    void add(Message message) override
    {
        if (message.use) update_.uses.push_back({message.id, message.at, message.model, *message.use});
        if (message.kind != MessageKind::text || (message.role != "user" && message.role != "assistant")) return;
        std::string text = clean(message.content);
        if (core::trim(text).empty()) return;
        bytes_ += text.size();
        places_[message.id] = update_.added.size();
        IndexedMessage added;
        added.id = core::to_utf8(message.id);
        added.role = std::move(message.role);
        added.at = message.at;
        added.text = std::move(text);
        update_.added.push_back(std::move(added));
    }

    void remove(std::string_view id) override
    {
        if (auto const found = places_.find(std::string(id)); found != places_.end()) {
            update_.added[found->second].text.clear();
            places_.erase(found);
        }
        std::erase_if(update_.uses, [id](const AnswerUse& answer) { return answer.id == id; });
        update_.removed.emplace_back(core::to_utf8(id));
    }

    std::size_t finish()
    {
        std::erase_if(update_.added, [](const IndexedMessage& message) { return message.text.empty(); });
        return bytes_;
    }

private:
    SessionUpdate& update_;
    std::unordered_map<std::string, std::size_t> places_;
    std::size_t bytes_ = 0;
};

Indexer::Indexer(IndexStore& store, const SessionReaders& readers) : store_(store), readers_(readers) {}

Indexer::~Indexer()
{
    stop();
}

Result<void> Indexer::start()
{
    PIX_TRY(auto sessions, store_.load_now());
    for (auto& session : sessions) {
        last_number_ = std::max(last_number_, session->number);
        replace(session);
    }
    std::vector<std::filesystem::path> roots;
    for (auto const& reader : readers_)
        for (auto& root : reader->roots()) roots.push_back(std::move(root));
    // Watching begins before looking, so that nothing happens unseen in between.
    watch_ = std::make_unique<FolderWatch>(std::move(roots));
    publish(true);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

void Indexer::stop()
{
    if (!thread_.joinable()) return;
    thread_.request_stop();
    watch_->wake();
    thread_.join();
}

SnapshotPtr Indexer::snapshot() const
{
    std::scoped_lock const lock(mutex_);
    return snapshot_;
}

void Indexer::forget(std::int64_t number)
{
    {
        std::scoped_lock const lock(mutex_);
        to_forget_.push_back(number);
        auto next = std::make_shared<SessionSnapshot>(*snapshot_);
        std::erase_if(next->sessions, [number](const SessionPtr& one) { return one->number == number; });
        ++next->version;
        snapshot_ = std::move(next);
    }
    if (watch_) watch_->wake();
}

const SessionReader& Indexer::reader_of(Provider provider) const
{
    return **std::ranges::find_if(readers_, [provider](auto const& one) { return one->provider() == provider; });
}

void Indexer::run(const std::stop_token& stop)
{
    give_way();
    // The words are sorted into the file on the store's thread: it gives way, too.
    [[maybe_unused]] auto const lowered = store_.database().write_now([](store::Connection&) -> Result<void> {
        give_way();
        return {};
    });
    discover_all();
    while (!stop.stop_requested() && read_heads(stop)) publish(false);
    ready_ = true;
    dirty_ = true;
    publish(true);
    tidy_ = !waiting_.empty();
    auto looked = Clock::now();
    while (!stop.stop_requested()) {
        bool const busy = read_on();
        publish(!busy);
        bool const tidying = !busy && tidy_;
        auto heard = watch_->wait(busy || tidying ? std::chrono::milliseconds(0) : std::chrono::milliseconds(1000));
        if (stop.stop_requested()) return;
        if (!heard.files.empty() && !busy && !tidying) {
            // The rest of the burst.
            auto const until = Clock::now() + burst;
            for (auto left = burst; left.count() > 0;
                 left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now())) {
                auto more = watch_->wait(left);
                if (stop.stop_requested()) return;
                heard.files.merge(more.files);
                heard.lost = heard.lost || more.lost;
            }
        }
        take_forgotten();
        hear(heard);
        if (Clock::now() - looked > look_again) {
            looked = Clock::now();
            discover_all();
        }
        if (tidying && urgent_.empty()) {
            auto const more = store_.tidy_now();
            tidy_ = more && *more;
        }
    }
}

void Indexer::discover_all()
{
    for (auto const& reader : readers_) discover(*reader);
}

void Indexer::discover(const SessionReader& reader)
{
    auto sources = reader.discover();
    if (!sources) {
        spdlog::debug("conversations of {} cannot be listed: {}", name_of(reader.provider()), sources.error().message);
        return;
    }
    std::set<std::string> there;
    for (auto& source : *sources) {
        there.insert(source.id);
        meet(std::move(source));
    }
    std::vector<std::int64_t> gone;
    for (auto it = by_id_.lower_bound({reader.provider(), ""});
         it != by_id_.end() && it->first.first == reader.provider(); ++it)
        if (!there.contains(it->first.second)) gone.push_back(it->second);
    for (auto const number : gone) drop(number);
}

void Indexer::meet(SessionSource source)
{
    auto const known = by_id_.find({source.provider, source.id});
    auto next = std::make_shared<SessionEntry>();
    if (known != by_id_.end()) {
        auto const& old = *entries_.at(known->second);
        // An older file of the same conversation lies elsewhere; the newer one counts.
        if (old.source.path != source.path && old.source.modified > source.modified &&
            std::filesystem::exists(old.source.path))
            return;
        if (is_same(old.source, source)) return;
        *next = old;
        bool const in_file = source.size > 0 || old.source.size > 0;
        if (in_file && (source.inode != old.source.inode || source.size < old.offset)) restart_.insert(old.number);
        next->source = std::move(source);
    } else {
        if (last_number_ + 1 >= message_key::session_limit) return;
        next->number = ++last_number_;
        next->source = std::move(source);
        without_facts_.insert(next->number);
    }
    next->is_whole = false;
    std::int64_t const number = next->number;
    bool const added = known == by_id_.end();
    replace(next);
    if (ready_) {
        if (std::ranges::find(urgent_, number) == urgent_.end()) urgent_.push_back(number);
        if (added) changes_.push_back({SessionChange::Kind::added, next});
    }
}

void Indexer::replace(const SessionPtr& entry)
{
    auto const found = entries_.find(entry->number);
    if (found != entries_.end()) {
        waiting_.erase({found->second->source.modified, entry->number});
        if (found->second->source.path != entry->source.path) by_path_.erase(found->second->source.path.string());
    }
    entries_[entry->number] = entry;
    by_id_[{entry->source.provider, entry->source.id}] = entry->number;
    by_path_[entry->source.path.string()] = entry->number;
    if (!entry->is_whole) waiting_.insert({entry->source.modified, entry->number});
    dirty_ = true;
}

void Indexer::drop(std::int64_t number)
{
    auto const found = entries_.find(number);
    if (found == entries_.end()) return;
    SessionPtr const entry = found->second;
    if (auto const removed = store_.remove_now(number); !removed)
        spdlog::warn("the index keeps a deleted conversation: {}", removed.error().message);
    waiting_.erase({entry->source.modified, number});
    by_id_.erase({entry->source.provider, entry->source.id});
    if (auto const path = by_path_.find(entry->source.path.string()); path != by_path_.end() && path->second == number)
        by_path_.erase(path);
    std::erase(urgent_, number);
    restart_.erase(number);
    without_facts_.erase(number);
    later_.erase(number);
    states_.erase(number);
    entries_.erase(found);
    changes_.push_back({SessionChange::Kind::removed, entry});
    dirty_ = true;
}

void Indexer::take_forgotten()
{
    std::vector<std::int64_t> numbers;
    {
        std::scoped_lock const lock(mutex_);
        numbers.swap(to_forget_);
    }
    for (auto const number : numbers) drop(number);
}

void Indexer::hear(const FolderWatch::Heard& heard)
{
    if (heard.lost) {
        discover_all();
        return;
    }
    std::set<const SessionReader*> databases;
    for (auto const& file : heard.files) {
        if (look_at(file)) continue;
        std::string const name = file.filename().string();
        if (!name.ends_with(".db") && !name.ends_with(".db-wal")) continue;
        for (auto const& reader : readers_)
            for (auto const& root : reader->roots())
                if (std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end())
                    databases.insert(reader.get());
    }
    for (auto const* reader : databases) discover(*reader);
}

bool Indexer::look_at(const std::filesystem::path& file)
{
    for (auto const& reader : readers_) {
        if (auto source = reader->source_of(file)) {
            std::error_code error;
            if (!std::filesystem::exists(source->path, error)) break;
            meet(*std::move(source));
            return true;
        }
    }
    auto const known = by_path_.find(file.string());
    if (known == by_path_.end()) return false;
    std::error_code error;
    if (std::filesystem::exists(file, error)) return false;
    // Moved to another folder of the same agent, or gone: its reader knows.
    discover(reader_of(entries_.at(known->second)->source.provider));
    return true;
}

bool Indexer::read_heads(const std::stop_token& stop)
{
    NoMessages nobody;
    auto const until = Clock::now() + publish_every;
    while (!without_facts_.empty() && Clock::now() < until) {
        if (stop.stop_requested()) return false;
        std::int64_t const number = *without_facts_.begin();
        without_facts_.erase(without_facts_.begin());
        auto const old = entries_.at(number);
        ReadState state;
        auto const read = reader_of(old->source.provider).read(old->source, state, nobody, head_bytes);
        auto next = std::make_shared<SessionEntry>(*old);
        next->facts = std::move(state.facts);
        next->has_facts = read.has_value();
        // The last activity is at the other end.
        if (read && *read) next->facts.last_activity = 0;
        replace(next);
    }
    return !without_facts_.empty();
}

std::int64_t Indexer::next_number() const
{
    auto const now = Clock::now();
    for (auto const& [modified, number] : std::ranges::reverse_view(waiting_)) {
        auto const later = later_.find(number);
        if (later == later_.end() || later->second <= now) return number;
    }
    return 0;
}

bool Indexer::read_on()
{
    std::vector<SessionUpdate> updates;
    std::size_t bytes = 0;
    while (updates.size() < updates_at_once && bytes < text_bytes_at_once) {
        std::int64_t number = 0;
        if (!urgent_.empty()) {
            number = urgent_.front();
            urgent_.pop_front();
            if (entries_.at(number)->is_whole) continue;
        } else if (updates.empty() || ready_) {
            number = next_number();
        }
        if (number == 0) break;
        std::size_t const before = updates.size();
        read_one(number, updates);
        if (updates.size() == before) break;
        bytes += text_bytes_at_once / 512;
        for (auto const& message : updates.back().added) bytes += message.text.size();
        // The next step of the same conversation needs this one stored.
        if (!updates.back().session->is_whole) break;
        waiting_.erase({entries_.at(number)->source.modified, number});
    }
    bool const did = !updates.empty();
    if (did) commit(updates);
    return did;
}

void Indexer::read_one(std::int64_t number, std::vector<SessionUpdate>& updates)
{
    SessionPtr const old = entries_.at(number);
    SessionUpdate update;
    update.session = std::make_shared<SessionEntry>(*old);
    update.from_start = restart_.contains(number) || old->offset == 0;
    if (!update.from_start) {
        if (auto const kept = states_.find(number); kept != states_.end()) {
            update.state = kept->second;
        } else {
            auto stored = store_.state_now(*old);
            if (!stored || stored->state.offset != old->offset) update.from_start = true;
            if (stored && !update.from_start) update.state = std::move(stored->state);
        }
    }
    Sink sink(update);
    auto const more = reader_of(old->source.provider).read(old->source, update.state, sink, bytes_at_once);
    if (!more) {
        failed(number, more.error());
        return;
    }
    sink.finish();
    update.session->facts = update.state.facts;
    update.session->has_facts = true;
    update.session->offset = update.state.offset;
    update.session->is_whole = !*more;
    updates.push_back(std::move(update));
}

void Indexer::failed(std::int64_t number, const core::Error& error)
{
    if (error.code == Errc::not_found) {
        drop(number);
        return;
    }
    later_[number] = Clock::now() + retry_after;
    spdlog::debug("a conversation cannot be read now: {}", error.message);
}

void Indexer::commit(std::vector<SessionUpdate>& updates)
{
    auto const saved = store_.save_now(updates);
    if (!saved) {
        spdlog::warn("the index could not be written: {}", saved.error().message);
        for (auto const& update : updates) {
            auto const& old = entries_.at(update.session->number);
            waiting_.insert({old->source.modified, old->number});
            later_[old->number] = Clock::now() + retry_after;
        }
        return;
    }
    for (auto& update : updates) {
        std::int64_t const number = update.session->number;
        bool const finished = update.session->is_whole;
        restart_.erase(number);
        later_.erase(number);
        replace(update.session);
        if (ready_ && finished) changes_.push_back({SessionChange::Kind::changed, update.session});
        states_[number] = std::move(update.state);
        while (states_.size() > kept_states)
            states_.erase(states_.begin()->first == number ? std::next(states_.begin()) : states_.begin());
    }
}

void Indexer::publish(bool now)
{
    if (!dirty_ && changes_.empty()) return;
    bool const telling = std::ranges::any_of(changes_, [](auto const&) { return true; }) && waiting_.size() < 2;
    if (!now && !telling && Clock::now() - published_ < publish_every) return;
    auto next = std::make_shared<SessionSnapshot>();
    next->sessions.reserve(entries_.size());
    auto& progress = next->progress;
    progress.is_ready = ready_;
    progress.sessions = static_cast<std::int64_t>(entries_.size());
    for (auto const& [number, entry] : entries_) {
        progress.bytes += entry->source.size;
        progress.bytes_done += std::min(entry->offset, entry->source.size);
        if (entry->is_whole) ++progress.sessions_done;
        next->sessions.push_back(entry);
    }
    {
        std::scoped_lock const lock(mutex_);
        for (auto const number : to_forget_)
            std::erase_if(next->sessions, [number](const SessionPtr& one) { return one->number == number; });
        version_ = std::max(version_, snapshot_->version) + 1;
        next->version = version_;
        snapshot_ = next;
    }
    published_ = Clock::now();
    dirty_ = false;
    if (on_change_) on_change_(next, std::exchange(changes_, {}));
}

} // namespace pix::workbench

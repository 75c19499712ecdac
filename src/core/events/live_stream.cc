#include "core/events/live_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/crc.hpp>
#include <fstream>

#include "core/base/text.h"

namespace pix::events {

namespace {

/// A record: payload length (4 bytes), number (8), length of the kind (1), kind, data, CRC-32 of all before it (4);
/// little endian.
constexpr std::size_t head_bytes = 4 + 8 + 1;
constexpr std::size_t crc_bytes = 4;
constexpr std::size_t max_record_bytes = 16 * 1024 * 1024;

void put_number(std::string& out, std::uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 255);
}

std::uint64_t get_number(std::string_view bytes, std::size_t at, int count)
{
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]))
                 << (8 * i);
    return value;
}

std::uint32_t crc_of(std::string_view bytes)
{
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

std::string record_of(const LiveEvent& event)
{
    std::string_view const kind = std::string_view(event.kind).substr(0, 255);
    std::string record;
    record.reserve(head_bytes + kind.size() + event.data.size() + crc_bytes);
    put_number(record, kind.size() + event.data.size(), 4);
    put_number(record, static_cast<std::uint64_t>(event.number), 8);
    put_number(record, kind.size(), 1);
    record += kind;
    record += event.data;
    put_number(record, crc_of(record), 4);
    return record;
}

std::filesystem::path older_half(const std::filesystem::path& file)
{
    return file.string() + ".1";
}

std::string content_of(const std::filesystem::path& file, std::size_t max_bytes)
{
    std::ifstream in(file, std::ios::binary);
    std::string content;
    char buffer[64 * 1024];
    while (content.size() < max_bytes && in) {
        in.read(buffer, sizeof buffer);
        content.append(buffer, static_cast<std::size_t>(in.gcount()));
    }
    return content;
}

/// Both halves of a spool, oldest first; only what goes on without a gap to the newest. `good_bytes` is the length of
/// the newer half up to its damage, if there is any.
std::vector<LiveEvent> load_spool(const std::filesystem::path& file, std::size_t max_bytes,
                                  std::size_t* good_bytes = nullptr)
{
    auto events = parse_spool(content_of(older_half(file), max_bytes));
    auto newer = parse_spool(content_of(file, max_bytes), good_bytes);
    if (!events.empty() && !newer.empty() && events.back().number + 1 != newer.front().number) events.clear();
    events.insert(events.end(), std::make_move_iterator(newer.begin()), std::make_move_iterator(newer.end()));
    return events;
}

/// Appends to the spool; once its newer half is full it becomes the older one. The size of the newer half afterwards.
std::size_t append_to_spool(const std::filesystem::path& file, const std::string& bytes, std::size_t size,
                            std::size_t limit)
{
    if (size > 0 && size + bytes.size() > limit / 2) {
        ::rename(file.c_str(), older_half(file).c_str());
        size = 0;
    }
    int const descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) return size;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        ssize_t const written = ::write(descriptor, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    // A full disk loses spool, never the run. What was cut goes, or it would hide all that follows it.
    bool const whole = rest.empty() || ::ftruncate(descriptor, static_cast<off_t>(size)) != 0;
    ::close(descriptor);
    return whole ? size + bytes.size() : size;
}

} // namespace

std::vector<LiveEvent> parse_spool(std::string_view bytes, std::size_t* good_bytes)
{
    std::vector<LiveEvent> events;
    std::size_t const all = bytes.size();
    while (bytes.size() >= head_bytes + crc_bytes) {
        std::size_t const payload = get_number(bytes, 0, 4);
        std::size_t const kind = get_number(bytes, 12, 1);
        if (payload > max_record_bytes || kind > payload || bytes.size() < head_bytes + payload + crc_bytes) break;
        std::size_t const end = head_bytes + payload;
        if (get_number(bytes, end, 4) != crc_of(bytes.substr(0, end))) break;
        std::int64_t const number = static_cast<std::int64_t>(get_number(bytes, 4, 8));
        if (number <= 0 || (!events.empty() && number <= events.back().number)) break;
        // Before a gap is nothing that a reader could go on from.
        if (!events.empty() && number != events.back().number + 1) events.clear();
        events.push_back({number, std::string(bytes.substr(head_bytes, kind)),
                          std::string(bytes.substr(head_bytes + kind, payload - kind))});
        bytes.remove_prefix(end + crc_bytes);
    }
    if (good_bytes != nullptr) *good_bytes = all - bytes.size();
    return events;
}

LiveStream::LiveStream(asio::io_context& io, asio::thread_pool& pool, std::string name, std::filesystem::path file,
                       LiveLimits limits)
    : io_(io), pool_(pool), name_(std::move(name)), file_(std::move(file)), limits_(limits)
{}

LiveStream::~LiveStream() = default;

std::int64_t LiveStream::append(std::string_view kind, std::string_view data)
{
    if (closed_) return 0;
    release_text();
    ring_.push_back({++last_number_, std::string(kind), std::string(data)});
    ring_bytes_ += kind.size() + data.size();
    spool(ring_.back());
    trim();
    wake();
    return last_number_;
}

void LiveStream::append_text(std::string_view kind, std::string_view piece)
{
    if (closed_ || piece.empty()) return;
    if (kind != text_kind_) release_text();
    text_kind_ = kind;
    text_ += piece;
    auto const due = text_at_ + limits_.text_pause;
    if (text_.size() >= limits_.text_bytes || std::chrono::steady_clock::now() >= due) {
        release_text();
        return;
    }
    if (std::exchange(text_timed_, true)) return;
    auto const timer = std::make_shared<asio::steady_timer>(io_, due);
    timer->async_wait([weak = weak_from_this(), timer](const boost::system::error_code&) {
        auto const self = weak.lock();
        if (!self) return;
        self->text_timed_ = false;
        self->release_text();
    });
}

void LiveStream::release_text()
{
    if (text_.empty()) return;
    std::string const text = std::exchange(text_, {});
    text_at_ = std::chrono::steady_clock::now();
    append(text_kind_, text);
}

void LiveStream::trim()
{
    // The newest event stays even when it alone is over the limit.
    while (ring_.size() > 1 && (ring_.size() > limits_.ring_events || ring_bytes_ > limits_.ring_bytes)) {
        ring_bytes_ -= ring_.front().kind.size() + ring_.front().data.size();
        ring_.pop_front();
    }
}

void LiveStream::wake()
{
    for (auto& waiter : waiters_) waiter->cancel();
    waiters_.clear();
    if (told_) told_(name_);
}

LivePage LiveStream::read(std::int64_t after, std::size_t max) const
{
    LivePage page;
    if (after > last_number_) {
        // A number from another life of this name: start again.
        after = 0;
        page.resync = true;
    }
    std::int64_t const first = ring_.empty() ? last_number_ + 1 : ring_.front().number;
    if (after + 1 < first) {
        page.resync = true;
        after = first - 1;
    }
    for (std::size_t i = static_cast<std::size_t>(after + 1 - first); i < ring_.size() && page.events.size() < max; ++i)
        page.events.push_back(ring_[i]);
    std::int64_t const reached = page.events.empty() ? after : page.events.back().number;
    page.closed = closed_ && reached == last_number_;
    return page;
}

awaitable<LivePage> LiveStream::read_back(std::int64_t after, std::size_t max)
{
    LivePage page = read(after, max);
    if (!page.resync || limits_.spool_bytes == 0 || after < 0 || after > last_number_) co_return page;
    auto const self = shared_from_this();
    co_await flush();
    auto load = [file = file_, bytes = limits_.spool_bytes] { return load_spool(file, bytes); };
    std::vector<LiveEvent> events = co_await core::run_on(pool_, std::move(load));
    LivePage spooled;
    for (auto& event : events)
        if (event.number > after && spooled.events.size() < max) spooled.events.push_back(std::move(event));
    if (spooled.events.empty() ||
        spooled.events.front().number >= (page.events.empty() ? last_number_ + 1 : page.events.front().number))
        co_return page;
    spooled.resync = spooled.events.front().number != after + 1;
    spooled.closed = closed_ && spooled.events.back().number == last_number_;
    co_return spooled;
}

awaitable<void> LiveStream::wait(std::int64_t after, std::chrono::milliseconds timeout)
{
    if (closed_ || last_number_ > after) co_return;
    auto const timer = std::make_shared<asio::steady_timer>(io_, timeout);
    waiters_.push_back(timer);
    boost::system::error_code ignored;
    auto const self = shared_from_this();
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    std::erase(waiters_, timer);
}

void LiveStream::close()
{
    release_text();
    if (std::exchange(closed_, true)) return;
    wake();
}

void LiveStream::spool(const LiveEvent& event)
{
    if (limits_.spool_bytes == 0) return;
    std::string const record = record_of(event);
    // A disk that does not keep up loses the oldest unwritten records whole; the spool then has a gap and is cut there.
    if (unwritten_.size() + record.size() > limits_.spool_bytes) unwritten_.clear();
    unwritten_ += record;
    if (!std::exchange(writing_, true)) asio::co_spawn(io_, write_spool(shared_from_this()), asio::detached);
}

awaitable<void> LiveStream::write_spool(std::shared_ptr<LiveStream> self)
{
    while (!self->unwritten_.empty()) {
        auto write = [file = self->file_, bytes = std::exchange(self->unwritten_, {}), size = self->file_bytes_,
                      limit = self->limits_.spool_bytes] { return append_to_spool(file, bytes, size, limit); };
        self->file_bytes_ = co_await core::run_on(self->pool_, std::move(write));
    }
    self->writing_ = false;
    for (auto& waiter : self->waiters_) waiter->cancel();
}

awaitable<void> LiveStream::flush()
{
    auto const self = shared_from_this();
    release_text();
    while (writing_) {
        auto const timer = std::make_shared<asio::steady_timer>(io_, std::chrono::seconds(1));
        waiters_.push_back(timer);
        boost::system::error_code ignored;
        co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        std::erase(waiters_, timer);
    }
}

LiveStreams::LiveStreams(asio::io_context& io, asio::thread_pool& pool, std::filesystem::path folder)
    : io_(io), pool_(pool), folder_(std::move(folder))
{
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
}

std::filesystem::path LiveStreams::file_of(const std::string& name) const
{
    return folder_ / (core::percent_encode(name) + ".live");
}

std::shared_ptr<LiveStream> LiveStreams::open(const std::string& name, LiveLimits limits)
{
    if (auto const found = streams_.find(name); found != streams_.end()) return found->second;
    std::shared_ptr<LiveStream> stream(new LiveStream(io_, pool_, name, file_of(name), limits));
    stream->told_ = [this](const std::string& told) {
        if (wake_) wake_(told);
    };
    if (limits.spool_bytes > 0) {
        std::error_code failed;
        for (auto& event : load_spool(stream->file_, limits.spool_bytes, &stream->file_bytes_)) {
            stream->last_number_ = event.number;
            stream->ring_bytes_ += event.kind.size() + event.data.size();
            stream->ring_.push_back(std::move(event));
            stream->trim();
        }
        // A record that a crash has cut would hide everything written after it.
        auto const size = std::filesystem::file_size(stream->file_, failed);
        if (!failed && size > limits.spool_bytes)
            stream->file_bytes_ = size; // written under another limit and not read to its end
        else if (!failed && size > stream->file_bytes_)
            std::filesystem::resize_file(stream->file_, stream->file_bytes_, failed);
    }
    streams_[name] = stream;
    return stream;
}

std::shared_ptr<LiveStream> LiveStreams::find(const std::string& name) const
{
    auto const found = streams_.find(name);
    return found == streams_.end() ? nullptr : found->second;
}

std::shared_ptr<LiveStream> LiveStreams::find_spooled(const std::string& name)
{
    if (auto found = find(name)) return found;
    std::error_code missing;
    if (!std::filesystem::exists(file_of(name), missing)) return nullptr;
    auto stream = open(name);
    stream->close();
    streams_.erase(name);
    return stream;
}

void LiveStreams::forget(const std::string& name)
{
    streams_.erase(name);
}

void LiveStreams::remove(const std::string& name)
{
    if (auto const stream = find(name)) {
        stream->close();
        stream->unwritten_.clear();
    }
    streams_.erase(name);
    std::error_code ignored;
    std::filesystem::remove(file_of(name), ignored);
    std::filesystem::remove(older_half(file_of(name)), ignored);
}

} // namespace pix::events

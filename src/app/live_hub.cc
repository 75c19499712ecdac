#include "app/live_hub.h"

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::app {

namespace json = boost::json;

namespace {

constexpr std::size_t max_streams = 64;
constexpr std::size_t max_name_bytes = 200;
constexpr int batch_events = 256;
constexpr std::int64_t max_missed = 1000;
constexpr std::chrono::seconds idle_round{30};

std::string note(std::string_view stream, std::string_view kind, std::optional<std::int64_t> number)
{
    json::object entry{{"stream", stream}, {"kind", kind}};
    if (number) entry["number"] = *number;
    return core::to_text(json::array{std::move(entry)});
}

/// The names in a list of a message, as far as they can be names.
std::vector<std::string> names_in(const json::object& message, const char* key)
{
    std::vector<std::string> names;
    auto const* list = message.if_contains(key);
    if (list == nullptr || !list->is_array()) return names;
    for (auto const& entry : list->get_array()) {
        if (names.size() >= max_streams || !entry.is_string()) break;
        std::string name(entry.get_string());
        if (!name.empty() && name.size() <= max_name_bytes) names.push_back(std::move(name));
    }
    return names;
}

/// What a page wants to watch, and the number it has seen of each.
std::vector<std::pair<std::string, std::optional<std::int64_t>>> wanted_in(const json::object& message)
{
    std::vector<std::pair<std::string, std::optional<std::int64_t>>> wanted;
    auto const* table = message.if_contains("subscribe");
    if (table == nullptr || !table->is_object()) return wanted;
    for (auto const& [name, number] : table->get_object()) {
        if (wanted.size() >= max_streams) break;
        if (name.empty() || name.size() > max_name_bytes) continue;
        bool const seen = number.is_int64() && number.get_int64() >= 0;
        wanted.emplace_back(name, seen ? std::optional(number.get_int64()) : std::nullopt);
    }
    return wanted;
}

} // namespace

/// One stream and the pages that have everything up to `sent`.
struct LiveHub::Channel {
    std::string stream;
    std::int64_t sent = 0;
    Watchers watchers;
    int joining = 0; ///< pages that are being brought up to date
    bool pumping = false;
    bool again = false;
};

/// Events of one stream as one message.
struct LiveHub::Batch {
    json::array entries;
    std::int64_t last = 0;
    bool resync = false;
};

LiveHub::LiveHub(asio::io_context&, events::Bus& bus, events::Journal& journal, events::LiveStreams& streams,
                 Render render, Allow allow)
    : subscription_(bus.subscribe("*")), journal_(journal), streams_(streams), render_(std::move(render)),
      allow_(std::move(allow))
{}

LiveHub::~LiveHub() = default;

awaitable<void> LiveHub::run()
{
    for (;;) {
        auto const moved = co_await subscription_.changed(idle_round);
        if (moved.closed) co_return;
        std::vector<std::shared_ptr<Channel>> affected;
        if (moved.lagged) {
            for (auto const& [name, channel] : channels_) affected.push_back(channel);
        } else {
            for (auto const& name : moved.streams)
                if (auto const found = channels_.find(name); found != channels_.end())
                    affected.push_back(found->second);
        }
        for (auto const& channel : affected) co_await pump(channel);
    }
}

awaitable<std::int64_t> LiveHub::last_number(std::string stream)
{
    if (auto const live = streams_.find(stream)) co_return live->last_number();
    auto const number = co_await journal_.last_number(std::move(stream));
    co_return number.value_or(0);
}

awaitable<LiveHub::Batch> LiveHub::read(std::string stream, std::int64_t after)
{
    Batch batch;
    batch.last = after;
    auto const add = [&](std::int64_t number, const std::string& kind, const json::value& data) {
        json::object entry{{"stream", stream}, {"number", number}, {"kind", kind}};
        auto html = render_ ? render_(stream, kind, data) : std::nullopt;
        if (html)
            entry["html"] = *html;
        else
            entry["data"] = data;
        batch.entries.push_back(std::move(entry));
        batch.last = number;
    };
    if (auto const live = streams_.find(stream)) {
        auto const page = live->read(after, batch_events);
        batch.resync = page.resync;
        for (auto const& event : page.events) {
            auto const value = core::parse_json(event.data);
            add(event.number, event.kind, value ? *value : json::value(event.data));
        }
        co_return batch;
    }
    auto const events = co_await journal_.read(stream, after, batch_events);
    if (!events) co_return batch;
    for (auto const& event : *events) {
        auto const value = core::parse_json(event.data);
        add(event.number, event.kind, value ? *value : json::value());
    }
    co_return batch;
}

awaitable<void> LiveHub::pump(std::shared_ptr<Channel> channel)
{
    // One reader a channel: who comes meanwhile makes it go round once more.
    channel->again = true;
    if (std::exchange(channel->pumping, true)) co_return;
    while (std::exchange(channel->again, false) && (!channel->watchers.empty() || channel->joining > 0)) {
        for (;;) {
            auto const batch = co_await read(channel->stream, channel->sent);
            if (batch.entries.empty()) break;
            auto const frame = http::message_frame(core::to_text(batch.entries));
            auto const gap = batch.resync ? http::message_frame(note(channel->stream, "resync", batch.last)) : nullptr;
            channel->sent = batch.last;
            Watchers const watchers = channel->watchers;
            for (auto const& socket : watchers) socket->send(gap ? gap : frame);
            if (batch.entries.size() < batch_events) break;
        }
    }
    channel->pumping = false;
    drop_if_unwatched(channel);
}

void LiveHub::drop_if_unwatched(const std::shared_ptr<Channel>& channel)
{
    if (!channel->watchers.empty() || channel->pumping || channel->joining > 0) return;
    if (auto const found = channels_.find(channel->stream); found != channels_.end() && found->second == channel)
        channels_.erase(found);
}

awaitable<void> LiveHub::join(std::shared_ptr<http::WebSocket> socket, std::string stream,
                              std::optional<std::int64_t> after)
{
    auto found = channels_.find(stream);
    if (found == channels_.end()) {
        std::int64_t const last = co_await last_number(stream);
        // Somebody else may have made it while we asked.
        found = channels_.try_emplace(stream, std::make_shared<Channel>()).first;
        if (found->second->stream.empty()) {
            found->second->stream = stream;
            found->second->sent = last;
        }
    }
    auto const channel = found->second;
    ++channel->joining;
    // A page made a moment ago may have seen more than the channel has sent.
    if (after && *after > channel->sent) co_await pump(channel);
    std::int64_t reached = after.value_or(channel->sent);
    std::int64_t const newest = std::max(channel->sent, reached > channel->sent ? co_await last_number(stream) : 0);
    if (reached > newest || channel->sent - reached > max_missed) {
        socket->send_text(note(stream, "resync", channel->sent));
        reached = channel->sent;
    }
    while (reached < channel->sent && !socket->closed()) {
        auto batch = co_await read(stream, reached);
        if (batch.resync || batch.entries.empty()) {
            socket->send_text(note(stream, "resync", channel->sent));
            break;
        }
        // What the channel has not sent yet comes with the channel.
        while (!batch.entries.empty() && batch.entries.back().at("number").as_int64() > channel->sent)
            batch.entries.pop_back();
        if (batch.entries.empty()) break;
        reached = batch.entries.back().at("number").as_int64();
        co_await socket->write_text(core::to_text(batch.entries));
    }
    --channel->joining;
    if (socket->closed()) {
        drop_if_unwatched(channel);
        co_return;
    }
    channel->watchers.insert(socket);
    socket->send_text(note(stream, "joined", channel->sent));
    co_await pump(channel);
}

void LiveHub::leave(const std::shared_ptr<http::WebSocket>& socket, const std::string& stream)
{
    auto const found = channels_.find(stream);
    if (found == channels_.end()) return;
    auto const channel = found->second;
    channel->watchers.erase(socket);
    drop_if_unwatched(channel);
}

awaitable<void> LiveHub::serve(std::shared_ptr<http::Request> request, std::shared_ptr<http::WebSocket> socket)
{
    ++clients_;
    socket->set_resync(http::message_frame(R"([{"kind":"resync"}])"));
    std::set<std::string> joined;
    for (;;) {
        auto const message = co_await socket->read();
        if (!message) break;
        auto const value = core::parse_json(message->bytes, {.max_bytes = 64 * 1024, .max_depth = 4});
        auto const* object = value ? value->if_object() : nullptr;
        if (object == nullptr) {
            socket->close(1007, "not a JSON object");
            break;
        }
        for (auto const& name : names_in(*object, "unsubscribe"))
            if (joined.erase(name) != 0) leave(socket, name);
        for (auto const& [name, after] : wanted_in(*object)) {
            if (joined.contains(name)) continue;
            if (joined.size() >= max_streams || !allow_(*request, name)) {
                socket->send_text(note(name, "refused", std::nullopt));
                continue;
            }
            joined.insert(name);
            co_await join(socket, name, after);
        }
    }
    for (auto const& name : joined) leave(socket, name);
    --clients_;
}

} // namespace pix::app

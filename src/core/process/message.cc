#include "core/process/message.h"

#include <type_traits>

namespace pix::process {

namespace {

constexpr std::size_t max_list = 65'536;

class Writer {
public:
    template <class T>
        requires std::is_integral_v<T> || std::is_enum_v<T>
    void operator()(const T& value)
    {
        auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8) out.push_back(static_cast<char>(bits & 0xff));
    }
    void operator()(const std::string& text)
    {
        (*this)(static_cast<std::uint32_t>(text.size()));
        out += text;
    }
    void operator()(const std::vector<std::string>& list)
    {
        (*this)(static_cast<std::uint32_t>(list.size()));
        for (const auto& text : list) (*this)(text);
    }
    void operator()(const std::chrono::seconds& time) { (*this)(static_cast<std::int64_t>(time.count())); }
    template <class T>
    void operator()(const std::optional<T>& value)
    {
        (*this)(value.has_value());
        if (value) visit_fields(*value, *this);
    }
    template <class T>
        requires std::is_class_v<T>
    void operator()(const T& value)
    {
        visit_fields(value, *this);
    }

    std::string out;
};

// Reads what Writer wrote; after the first wrong byte everything else is skipped and `ok` is false.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    template <class T>
        requires std::is_integral_v<T>
    void operator()(T& value)
    {
        std::uint64_t bits = 0;
        if (!take(sizeof(T))) return;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken_[i])) << (8 * i);
        }
        if constexpr (std::is_same_v<T, bool>) {
            if (bits > 1) ok = false;
            value = bits == 1;
        } else {
            value = static_cast<T>(bits);
        }
    }
    void operator()(std::string& text)
    {
        std::uint32_t size = 0;
        (*this)(size);
        if (take(size)) text = std::string(taken_);
    }
    void operator()(std::vector<std::string>& list)
    {
        std::uint32_t count = 0;
        (*this)(count);
        if (count > max_list || count > text_.size()) ok = false;
        for (std::uint32_t i = 0; ok && i < count; ++i) (*this)(list.emplace_back());
    }
    void operator()(std::chrono::seconds& time)
    {
        std::int64_t count = 0;
        (*this)(count);
        if (count < 0) ok = false;
        time = std::chrono::seconds(count);
    }
    void operator()(Spawn::Input& value) { enumerator(value, Spawn::pipe); }
    void operator()(OnServerLoss& value) { enumerator(value, OnServerLoss::keep); }
    void operator()(Exit::Kind& value) { enumerator(value, Exit::lost); }
    void operator()(core::Errc& value) { enumerator(value, core::Errc::timeout); }
    template <class T>
    void operator()(std::optional<T>& value)
    {
        bool present = false;
        (*this)(present);
        if (present && ok) visit_fields(value.emplace(), *this);
    }
    template <class T>
        requires std::is_class_v<T>
    void operator()(T& value)
    {
        visit_fields(value, *this);
    }

    bool at_end() const { return text_.empty(); }
    bool ok = true;

private:
    bool take(std::size_t size)
    {
        if (!ok || size > text_.size()) return ok = false;
        taken_ = text_.substr(0, size);
        text_.remove_prefix(size);
        return true;
    }
    template <class T>
    void enumerator(T& value, T last)
    {
        std::underlying_type_t<T> number{};
        (*this)(number);
        if (number < decltype(number){} || number > static_cast<decltype(number)>(last))
            ok = false;
        else
            value = static_cast<T>(number);
    }

    std::string_view text_;
    std::string_view taken_;
};

// One list of fields a struct, for both directions.
template <class T, class Like>
concept Is = std::is_same_v<std::remove_const_t<T>, Like>;

template <class T, class Visitor>
void visit_fields(T& m, Visitor& on)
{
    auto all = [&on](auto&... fields) { (on(fields), ...); };
    if constexpr (Is<T, PtySize>)
        all(m.rows, m.columns);
    else if constexpr (Is<T, Limits>)
        all(m.memory_bytes, m.open_files, m.processes, m.file_bytes, m.cpu);
    else if constexpr (Is<T, Hello>)
        all(m.home, m.lease_ms);
    else if constexpr (Is<T, Spawn>)
        all(m.ticket, m.argv, m.env, m.folder, m.job, m.input, m.keep_stdout, m.keep_stderr, m.merge_stderr, m.pty,
            m.limits, m.on_server_loss, m.spool, m.spool_bytes);
    else if constexpr (Is<T, SendSignal>)
        all(m.number, m.signal);
    else if constexpr (Is<T, Stop>)
        all(m.number, m.grace_ms);
    else if constexpr (Is<T, CloseInput> || Is<T, Release> || Is<T, Gone>)
        all(m.number);
    else if constexpr (Is<T, Started>)
        all(m.ticket, m.number, m.id, m.pid, m.has_input, m.has_output, m.has_error);
    else if constexpr (Is<T, Refused>)
        all(m.ticket, m.code, m.message, m.hint);
    else if constexpr (Is<T, Exited>)
        all(m.number, m.kind, m.code, m.out_of_memory);
    else if constexpr (Is<T, Kept>)
        all(m.child, m.argv, m.job, m.terminal, m.spool, m.spool_bytes, m.limits, m.exited);
    else
        static_assert(Is<T, KeptEnd>);
}

template <std::size_t I = 0>
core::Result<Message> decode_kind(std::size_t kind, Reader& reader)
{
    if constexpr (I == std::variant_size_v<Message>) {
        return core::fail(core::Errc::invalid, "a message of an unknown kind");
    } else {
        if (kind != I) return decode_kind<I + 1>(kind, reader);
        std::variant_alternative_t<I, Message> message;
        visit_fields(message, reader);
        if (!reader.ok || !reader.at_end()) return core::fail(core::Errc::invalid, "a malformed message");
        return Message(std::move(message));
    }
}

} // namespace

std::string encode(const Message& message)
{
    Writer writer;
    writer(static_cast<std::uint8_t>(message.index()));
    std::visit([&writer](const auto& m) { visit_fields(m, writer); }, message);
    return std::move(writer.out);
}

core::Result<Message> decode(std::string_view packet)
{
    if (packet.size() > max_message_bytes) return core::fail(core::Errc::invalid, "a message over the size limit");
    Reader reader(packet);
    std::uint8_t kind = 0;
    reader(kind);
    if (!reader.ok) return core::fail(core::Errc::invalid, "an empty message");
    return decode_kind(kind, reader);
}

} // namespace pix::process

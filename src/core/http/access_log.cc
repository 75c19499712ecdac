#include "core/http/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace pix::http {

namespace {

constexpr std::size_t max_waiting = 4 * 1024 * 1024;
/// Lines of that long a time are written together.
constexpr auto gathering = std::chrono::milliseconds(50);

/// What a path may hold, inside a JSON string. Everything that is not plain ASCII is written as an escape of its byte.
void append_text(std::string& line, std::string_view text)
{
    static constexpr char digits[] = "0123456789abcdef";
    for (unsigned char const c : text.substr(0, 1024)) {
        if (c == '"' || c == '\\') line += '\\';
        if (c >= 0x20 && c != 0x7f) {
            line += static_cast<char>(c);
        } else {
            line += "\\u00";
            line += digits[c >> 4];
            line += digits[c & 15];
        }
    }
}

void append_field(std::string& line, std::string_view name, std::string_view value)
{
    line += ",\"";
    line += name;
    line += "\":\"";
    append_text(line, value);
    line += '"';
}

template <class Number>
void append_number(std::string& line, std::string_view name, Number value)
{
    char text[24];
    auto const end = std::to_chars(text, text + sizeof text, value).ptr;
    line += ",\"";
    line += name;
    line += "\":";
    line.append(text, end);
}

void write_all(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return; // A full disk costs log lines and nothing else.
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

core::Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::filesystem::path& file)
{
    int descriptor = STDERR_FILENO;
    if (!file.empty()) {
        descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (descriptor < 0)
            return core::fail_errno(core::Errc::unavailable, "cannot open the access log " + file.string(), errno);
    }
    return std::unique_ptr<AccessLog>(new AccessLog(descriptor, !file.empty()));
}

AccessLog::AccessLog(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned), thread_([this] { run(); }) {}

AccessLog::~AccessLog()
{
    {
        std::lock_guard const lock(mutex_);
        stop_ = true;
    }
    work_.notify_one();
    thread_.join();
    if (owned_) ::close(descriptor_);
}

void AccessLog::add(const AccessRecord& record)
{
    std::lock_guard const lock(mutex_);
    if (lines_.size() > max_waiting) {
        ++dropped_;
        return;
    }
    if (record.at / 1000 != stamp_at_) {
        stamp_at_ = record.at / 1000;
        stamp_ = core::iso_time(record.at);
        stamp_.pop_back();
    }
    std::string& line = lines_;
    line += "{\"at\":\"";
    line += stamp_;
    auto const millis = static_cast<unsigned>(record.at % 1000);
    line += {'.', static_cast<char>('0' + millis / 100), static_cast<char>('0' + millis / 10 % 10),
             static_cast<char>('0' + millis % 10), 'Z'};
    line += '"';
    append_field(line, "id", record.id);
    append_field(line, "door", record.door);
    append_field(line, "client", record.client);
    line += ",\"actor\":\"";
    append_text(line, record.actor_kind);
    if (!record.actor_id.empty()) {
        line += ':';
        append_text(line, record.actor_id);
    }
    line += '"';
    append_field(line, "method", record.method);
    line += ",\"path\":\"";
    append_text(line, record.mount);
    append_text(line, record.path);
    line += '"';
    append_number(line, "status", record.status);
    append_number(line, "bytes", record.bytes);
    append_number(line, "micros", record.micros);
    if (!record.detail.empty()) append_field(line, "detail", record.detail);
    line += "}\n";
    if (asleep_) {
        asleep_ = false;
        work_.notify_one();
    }
}

void AccessLog::flush()
{
    std::unique_lock lock(mutex_);
    hurry_ = true;
    work_.notify_one();
    idle_.wait(lock, [this] { return lines_.empty() && !writing_; });
    hurry_ = false;
}

std::uint64_t AccessLog::dropped() const
{
    std::lock_guard const lock(mutex_);
    return dropped_;
}

void AccessLog::run()
{
    std::string batch;
    std::unique_lock lock(mutex_);
    for (;;) {
        asleep_ = true;
        work_.wait(lock, [this] { return stop_ || !lines_.empty(); });
        asleep_ = false;
        if (lines_.empty()) return;
        if (!stop_ && !hurry_)
            work_.wait_for(lock, gathering, [this] { return stop_ || hurry_ || lines_.size() > max_waiting / 2; });
        batch.clear();
        batch.swap(lines_);
        if (dropped_ != dropped_told_) {
            batch += "{\"dropped\":" + std::to_string(dropped_ - dropped_told_) + "}\n";
            dropped_told_ = dropped_;
        }
        writing_ = true;
        lock.unlock();
        write_all(descriptor_, batch);
        if (batch.capacity() > 256 * 1024) batch = {};
        lock.lock();
        writing_ = false;
        if (lines_.empty()) idle_.notify_all();
    }
}

} // namespace pix::http

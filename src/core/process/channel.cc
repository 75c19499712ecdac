#include "core/process/channel.h"

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace pix::process {

using core::Errc;
using core::fail;

namespace {

constexpr std::size_t max_packet = 16 * 1024;
constexpr std::size_t max_fds = 4;
// Every child sends a handful of messages in its life, so this is far beyond what a live reader leaves unread.
constexpr std::size_t max_queued = 65'536;

// The first byte of a packet says where the message is.
constexpr char is_inline = 'i';
constexpr char is_in_file = 'f';

core::Result<Fd> memory_file(std::string_view bytes)
{
    Fd file(::memfd_create("pix-message", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) return core::fail_errno(Errc::unavailable, "cannot make a memory file", errno);
    while (!bytes.empty()) {
        const auto written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0) return core::fail_errno(Errc::unavailable, "cannot fill a memory file", errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    return file;
}

core::Result<std::string> read_memory_file(int fd)
{
    struct stat info{};
    if (::fstat(fd, &info) != 0 || info.st_size < 0 || static_cast<std::size_t>(info.st_size) > max_message_bytes) {
        return fail(Errc::invalid, "a message file of a wrong size");
    }
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (got <= 0) return fail(Errc::invalid, "a message file that cannot be read");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

} // namespace

void Channel::close()
{
    socket_.reset();
    queue_.clear();
}

core::Result<void> Channel::send(const Message& message, std::vector<Fd> fds)
{
    if (!is_open()) return fail(Errc::gone, "the guardian is gone");
    if (queue_.size() >= max_queued) return fail(Errc::limit, "the other side does not read its messages");
    Outgoing outgoing;
    outgoing.fds = std::move(fds);
    std::string body = encode(message);
    if (body.size() > max_message_bytes) return fail(Errc::too_large, "arguments and environment are too long");
    if (body.size() <= max_packet) {
        outgoing.bytes = is_inline + body;
    } else {
        PIX_TRY(Fd file, memory_file(body));
        outgoing.bytes = is_in_file;
        outgoing.fds.insert(outgoing.fds.begin(), std::move(file));
    }
    queue_.push_back(std::move(outgoing));
    return flush();
}

core::Result<void> Channel::flush()
{
    while (!queue_.empty()) {
        auto& next = queue_.front();
        iovec part{next.bytes.data(), next.bytes.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * max_fds)] = {};
        if (!next.fds.empty()) {
            int numbers[max_fds] = {};
            for (std::size_t i = 0; i < next.fds.size() && i < max_fds; ++i) numbers[i] = next.fds[i].get();
            header.msg_control = control;
            header.msg_controllen = CMSG_SPACE(sizeof(int) * next.fds.size());
            cmsghdr* rights = CMSG_FIRSTHDR(&header);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(sizeof(int) * next.fds.size());
            std::memcpy(CMSG_DATA(rights), numbers, sizeof(int) * next.fds.size());
        }
        if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
            if (errno == EINTR) continue;
            // ETOOMANYREFS: too many descriptors are under way; they will arrive.
            if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS) return {};
            const int error = errno;
            close();
            return core::fail_errno(Errc::gone, "the guardian is gone", error);
        }
        queue_.pop_front();
    }
    return {};
}

core::Result<std::optional<Packet>> Channel::receive()
{
    if (!is_open()) return fail(Errc::gone, "the guardian is gone");
    std::string bytes(max_packet + 1, '\0');
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * max_fds)] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    ssize_t got = 0;
    do {
        got = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::optional<Packet>();
    if (got <= 0) {
        close();
        return fail(Errc::gone, "the guardian is gone");
    }

    std::vector<Fd> fds;
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
            fds.emplace_back(number);
        }
    }
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return fail(Errc::invalid, "a cut message");

    bytes.resize(static_cast<std::size_t>(got));
    std::string_view body = std::string_view(bytes).substr(1);
    std::string from_file;
    if (bytes[0] == is_in_file) {
        if (fds.empty()) return fail(Errc::invalid, "a message without its file");
        PIX_TRY(from_file, read_memory_file(fds.front().get()));
        fds.erase(fds.begin());
        body = from_file;
    } else if (bytes[0] != is_inline) {
        return fail(Errc::invalid, "a packet of an unknown kind");
    }
    PIX_TRY(Message message, decode(body));
    return Packet{std::move(message), std::move(fds)};
}

Fd duplicate(int fd)
{
    return Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

} // namespace pix::process

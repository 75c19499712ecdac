#include "core/process/takeover.h"

#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace pix::process {

using core::Errc;

namespace {

sockaddr_un address_of(const Fd& folder, const std::string& name)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
    std::memcpy(address.sun_path, path.c_str(), std::min(path.size(), sizeof(address.sun_path) - 1));
    return address;
}

Fd open_folder(const std::filesystem::path& folder)
{
    return Fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

std::string socket_name(pid_t pid)
{
    return "guardian-" + std::to_string(pid) + ".sock";
}

} // namespace

TakeoverSocket::~TakeoverSocket()
{
    if (listener_) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

core::Result<TakeoverSocket> TakeoverSocket::open(const std::filesystem::path& home)
{
    TakeoverSocket result;
    result.folder_ = open_folder(home);
    if (!result.folder_) return core::fail_errno(Errc::unavailable, "cannot open the home " + home.string(), errno);
    result.name_ = socket_name(::getpid());
    Fd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener) return core::fail_errno(Errc::unavailable, "cannot open a socket", errno);
    ::unlinkat(result.folder_.get(), result.name_.c_str(), 0);
    const auto address = address_of(result.folder_, result.name_);
    const mode_t before = ::umask(0177);
    const int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    const int error = errno;
    ::umask(before);
    if (bound != 0 || ::listen(listener.get(), 4) != 0) {
        return core::fail_errno(Errc::unavailable, "cannot listen at " + (home / result.name_).string(), error);
    }
    result.listener_ = std::move(listener);
    return result;
}

Fd TakeoverSocket::accept()
{
    Fd caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!caller) return caller;
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(caller.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid()) return Fd();
    return caller;
}

std::vector<Fd> connect_to_guardians(const std::filesystem::path& home, pid_t own)
{
    std::vector<Fd> result;
    const Fd folder = open_folder(home);
    if (!folder) return result;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(home, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("guardian-") || !name.ends_with(".sock") || name == socket_name(own)) continue;
        Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const auto address = address_of(folder, name);
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
            ucred peer{};
            socklen_t size = sizeof(peer);
            if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid()) {
                result.push_back(std::move(socket));
            }
        } else if (errno == ECONNREFUSED) {
            ::unlinkat(folder.get(), name.c_str(), 0);
        }
    }
    return result;
}

} // namespace pix::process

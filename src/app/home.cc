#include "app/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/base/json.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::fail_errno;
using core::Result;

namespace {

Result<void> write_all(int descriptor, std::string_view content, const std::string& name)
{
    while (!content.empty()) {
        ssize_t const written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail_errno(Errc::unavailable, "cannot write " + name, errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

} // namespace

Result<HomeLock> HomeLock::take(const std::filesystem::path& home)
{
    std::error_code error;
    std::filesystem::create_directories(home, error);
    if (error) return fail(Errc::unavailable, "cannot make the home " + home.string() + ": " + error.message());
    std::filesystem::permissions(home, std::filesystem::perms::owner_all, error);
    std::string const file = (home / "lock").string();
    int const descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail_errno(Errc::unavailable, "cannot open " + file, errno);
    HomeLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail_errno(Errc::unavailable, "cannot lock " + file, errno);
        char holder[32] = {};
        ssize_t const size = ::pread(descriptor, holder, sizeof holder - 1, 0);
        std::string const pid = size > 0 ? std::string(holder, static_cast<std::size_t>(size)) : "unknown";
        return fail(Errc::conflict, "another Pix, pid " + pid + ", already works on " + home.string(),
                    "Stop it first, or choose another folder with --home.");
    }
    std::string const pid = std::to_string(::getpid());
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0)
        return fail_errno(Errc::unavailable, "cannot write " + file, errno);
    return lock;
}

bool HomeLock::is_held(const std::filesystem::path& home)
{
    int const descriptor = ::open((home / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    bool const held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    return held;
}

HomeLock& HomeLock::operator=(HomeLock&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

HomeLock::~HomeLock()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> write_doors(const std::filesystem::path& home, const Doors& doors)
{
    core::json::object const content{{"tools", doors.tools},
                                     {"workbench", doors.workbench},
                                     {"security", doors.security},
                                     {"pid", static_cast<std::int64_t>(doors.pid)}};
    return replace_file(home / "doors.json", core::to_text(content) + "\n", 0600);
}

Result<Doors> read_doors(const std::filesystem::path& home)
{
    PIX_TRY(auto const text, read_file(home / "doors.json", 65'536));
    PIX_TRY(auto const value, core::parse_json(text));
    auto const* object = value.if_object();
    if (object == nullptr) return fail(Errc::invalid, (home / "doors.json").string() + " is not a JSON object");
    Doors doors;
    auto const origin = [&](const char* key) {
        auto const* found = object->if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    doors.tools = origin("tools");
    doors.workbench = origin("workbench");
    doors.security = origin("security");
    if (auto const* pid = object->if_contains("pid"); pid != nullptr && pid->is_int64())
        doors.pid = static_cast<pid_t>(pid->get_int64());
    return doors;
}

void remove_doors(const std::filesystem::path& home)
{
    std::error_code ignored;
    std::filesystem::remove(home / "doors.json", ignored);
}

Result<void> replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode)
{
    std::string temporary = file.string() + ".XXXXXX";
    int const descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return fail_errno(Errc::unavailable, "cannot write beside " + file.string(), errno);
    auto outcome = write_all(descriptor, content, file.string());
    if (outcome && (::fchmod(descriptor, mode) != 0 || ::fsync(descriptor) != 0))
        outcome = fail_errno(Errc::unavailable, "cannot write " + file.string(), errno);
    ::close(descriptor);
    if (outcome && ::rename(temporary.c_str(), file.c_str()) != 0)
        outcome = fail_errno(Errc::unavailable, "cannot replace " + file.string(), errno);
    if (!outcome) ::unlink(temporary.c_str());
    return outcome;
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes)
{
    int const descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail_errno(errno == ENOENT ? Errc::not_found : Errc::unavailable, "cannot open " + file.string(), errno);
    std::string content;
    Result<void> outcome;
    char buffer[16 * 1024];
    for (;;) {
        ssize_t const got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) outcome = fail_errno(Errc::unavailable, "cannot read " + file.string(), errno);
        if (got <= 0) break;
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > max_bytes) {
            outcome = fail(Errc::too_large, file.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
            break;
        }
    }
    ::close(descriptor);
    if (!outcome) return std::unexpected(outcome.error());
    return content;
}

} // namespace pix::app

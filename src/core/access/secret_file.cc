#include "core/access/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "core/base/id.h"
#include "core/base/text.h"

namespace pix::access {

using core::Errc;
using core::fail;
using core::Result;

namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }

private:
    int number_;
};

Result<std::string> read_secret(const std::filesystem::path& file, int descriptor, std::size_t size)
{
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0)
        return core::fail_errno(Errc::unavailable, "cannot look at " + file.string(), errno);
    if (!S_ISREG(facts.st_mode)) return fail(Errc::invalid, file.string() + " is not a file");
    if ((facts.st_mode & 077) != 0)
        return fail(Errc::invalid, "others may read the secret in " + file.string(),
                    "Take their access away: chmod 600 " + file.string());
    std::string text(size * 2 + 2, '\0');
    ssize_t const got = ::read(descriptor, text.data(), text.size());
    if (got < 0) return core::fail_errno(Errc::unavailable, "cannot read " + file.string(), errno);
    text.resize(static_cast<std::size_t>(got));
    text = std::string(core::trim(text));
    bool const whole = text.size() == size * 2 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!whole)
        return fail(Errc::invalid, file.string() + " does not hold a secret of " + std::to_string(size) + " bytes",
                    "Restore it from a backup; without it, what it protects cannot be read.");
    return text;
}

/// Writes a complete file beside the final one and links it: whoever comes second finds the first one's secret.
Result<void> make_secret(const std::filesystem::path& file, std::size_t size)
{
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    std::vector<std::byte> bytes(size);
    core::random_bytes(bytes);
    std::string const text =
        core::hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) + "\n";
    std::filesystem::path const part = file.string() + "." + core::uuid_v4() + ".part";
    Result<void> done;
    {
        Descriptor const descriptor(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (descriptor.get() < 0)
            return core::fail_errno(Errc::unavailable, "cannot make the secret " + file.string(), errno);
        bool const written = ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                             ::fsync(descriptor.get()) == 0;
        if (!written) done = core::fail_errno(Errc::unavailable, "cannot write the secret " + file.string(), errno);
    }
    if (done && ::link(part.c_str(), file.c_str()) != 0 && errno != EEXIST)
        done = core::fail_errno(Errc::unavailable, "cannot make the secret " + file.string(), errno);
    ::unlink(part.c_str());
    return done;
}

} // namespace

Result<std::string> load_or_make_secret(const std::filesystem::path& file, std::size_t size)
{
    for (int attempt = 0;; ++attempt) {
        {
            Descriptor const descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
            if (descriptor.get() >= 0) return read_secret(file, descriptor.get(), size);
            if (errno != ENOENT || attempt == 1)
                return core::fail_errno(Errc::unavailable, "cannot read the secret " + file.string(), errno);
        }
        PIX_CHECK(make_secret(file, size));
    }
}

} // namespace pix::access

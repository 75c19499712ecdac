#include "core/store/blob.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "core/base/clock.h"
#include "core/base/text.h"

namespace pix::store {

const std::vector<Migration> blob_migrations{
    {1, "blobs", R"(
CREATE TABLE blobs (
    sha256 {text} NOT NULL,
    host {text} NOT NULL,
    size_bytes {int} NOT NULL,
    stored_at {int} NOT NULL,
    PRIMARY KEY (sha256, host)
);
CREATE TABLE blob_references (
    sha256 {text} NOT NULL,
    owner {text} NOT NULL,
    PRIMARY KEY (sha256, owner)
);
CREATE INDEX blob_references_by_owner ON blob_references (owner);
CREATE INDEX blobs_by_age ON blobs (host, stored_at);
)"},
};

namespace {

class OpenFile {
public:
    explicit OpenFile(int fd) : fd_(fd) {}
    ~OpenFile()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

private:
    int fd_;
};

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string finish()
    {
        std::array<unsigned char, 32> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        return core::hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

bool is_sha256(std::string_view text)
{
    auto const is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == 64 && std::all_of(text.begin(), text.end(), is_digit);
}

core::Result<void> write_all(int fd, std::string_view bytes, const std::filesystem::path& file)
{
    while (!bytes.empty()) {
        ssize_t const written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return core::fail_errno(core::Errc::unavailable, "cannot write " + file.string(), errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::filesystem::path place_of(const std::filesystem::path& folder, std::string_view sha256)
{
    return folder / sha256.substr(0, 2) / sha256.substr(2);
}

core::Result<std::string> read_checked(const std::filesystem::path& path, const std::string& sha256,
                                       std::int64_t max_bytes)
{
    OpenFile const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
        return core::fail(core::Errc::not_found, "there is no stored file " + sha256 + " on this host");
    }
    if (status.st_size > max_bytes) {
        return core::fail(core::Errc::too_large, "the stored file has " + std::to_string(status.st_size) + " bytes");
    }
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        ssize_t const got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return core::fail(core::Errc::unavailable, "the stored file " + path.string() + " cannot be read");
        filled += static_cast<std::size_t>(got);
    }
    Sha256 hash;
    hash.add(bytes);
    if (hash.finish() != sha256) {
        return core::fail(core::Errc::unavailable, "the stored file " + path.string() + " is damaged");
    }
    return bytes;
}

/// What a server that died was writing. A day is far beyond any copy that still runs.
void remove_old_partials(const std::filesystem::path& folder)
{
    std::error_code error;
    auto const oldest = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        auto const written = entry.last_write_time(error);
        if (!error && written < oldest) std::filesystem::remove(entry.path(), error);
    }
}

} // namespace

BlobStore::BlobStore(Database& database, asio::thread_pool& pool, std::filesystem::path folder, std::string host)
    : database_(database), pool_(pool), folder_(std::move(folder)), host_(std::move(host))
{}

/// A blob under tmp/, removed unless it was put in its place.
class BlobStore::Partial {
public:
    static core::Result<std::shared_ptr<Partial>> make(const std::filesystem::path& folder)
    {
        std::error_code error;
        std::filesystem::create_directories(folder / "tmp", error);
        auto path = folder / "tmp" / core::sortable_id();
        int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) return core::fail_errno(core::Errc::unavailable, "cannot write " + path.string(), errno);
        return std::shared_ptr<Partial>(new Partial(fd, std::move(path)));
    }
    ~Partial()
    {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Partial(const Partial&) = delete;
    Partial& operator=(const Partial&) = delete;

    core::Result<void> write(std::string_view bytes)
    {
        hash_.add(bytes);
        size_bytes_ += static_cast<std::int64_t>(bytes.size());
        return write_all(file_.get(), bytes, path_);
    }

    /// Nothing may be written after this.
    Blob finish() { return {hash_.finish(), size_bytes_}; }

    core::Result<void> place(const std::filesystem::path& target)
    {
        std::error_code error;
        if (std::filesystem::exists(target, error)) return {};
        // Synced first, so that a name never stands for a file with a hole; then the folder, so that the name stays.
        if (::fsync(file_.get()) != 0) {
            return core::fail_errno(core::Errc::unavailable, "cannot write " + path_.string(), errno);
        }
        std::filesystem::create_directories(target.parent_path(), error);
        if (::rename(path_.c_str(), target.c_str()) != 0) {
            return core::fail_errno(core::Errc::unavailable, "cannot write " + target.string(), errno);
        }
        path_.clear();
        OpenFile const folder(::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder.is_open() || ::fsync(folder.get()) != 0) {
            return core::fail_errno(core::Errc::unavailable, "cannot sync " + target.parent_path().string(), errno);
        }
        return {};
    }

    /// A copy of `file`, read in pieces.
    static core::Result<std::shared_ptr<Partial>> copy_of(const std::filesystem::path& file, std::int64_t max_bytes,
                                                          const std::filesystem::path& folder)
    {
        OpenFile const source(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!source.is_open()) {
            return core::fail_errno(errno == ENOENT ? core::Errc::not_found : core::Errc::unavailable,
                                    "cannot read " + file.string(), errno);
        }
        struct stat status{};
        if (::fstat(source.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
            return core::fail(core::Errc::invalid, file.string() + " is not a regular file");
        }
        PIX_TRY(auto partial, make(folder));
        std::vector<char> buffer(256 * 1024);
        for (;;) {
            ssize_t const got = ::read(source.get(), buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return core::fail_errno(core::Errc::unavailable, "cannot read " + file.string(), errno);
            if (got == 0) return partial;
            if (partial->size_bytes_ + got > max_bytes) {
                auto const most = core::human_bytes(static_cast<std::uint64_t>(max_bytes));
                return core::fail(core::Errc::too_large, file.string() + " is larger than " + most);
            }
            PIX_CHECK(partial->write(std::string_view(buffer.data(), static_cast<std::size_t>(got))));
        }
    }

private:
    Partial(int fd, std::filesystem::path path) : file_(fd), path_(std::move(path)) {}

    OpenFile file_;
    std::filesystem::path path_;
    Sha256 hash_;
    std::int64_t size_bytes_ = 0;
};

/// Row first, file second: a crash in between leaves a row that remove_unreferenced takes away again, never a file that
/// nobody knows of. The row also keeps an old file of the same content from being removed meanwhile.
awaitable<core::Result<Blob>> BlobStore::keep(core::Result<std::shared_ptr<Partial>> partial)
{
    if (!partial) co_return std::unexpected(partial.error());
    Blob blob = (*partial)->finish();
    auto insert = [blob, now = core::SystemClock().now(), host = host_](Connection& tx) {
        return tx.execute("INSERT INTO blobs (sha256, host, size_bytes, stored_at) VALUES ($1, $2, $3, $4) "
                          "ON CONFLICT (sha256, host) DO UPDATE SET stored_at = excluded.stored_at",
                          {blob.sha256, host, blob.size_bytes, now});
    };
    core::Result<std::int64_t> const stored = co_await database_.write(std::move(insert));
    if (!stored) co_return std::unexpected(stored.error());
    auto place = [partial = *partial, target = place_of(folder_, blob.sha256)] { return partial->place(target); };
    core::Result<void> const placed = co_await core::run_on(pool_, std::move(place));
    if (!placed) co_return std::unexpected(placed.error());
    co_return blob;
}

awaitable<core::Result<Blob>> BlobStore::put(std::string bytes)
{
    auto write = [folder = folder_, bytes = std::move(bytes)]() -> core::Result<std::shared_ptr<Partial>> {
        PIX_TRY(auto partial, Partial::make(folder));
        PIX_CHECK(partial->write(bytes));
        return partial;
    };
    auto partial = co_await core::run_on(pool_, std::move(write));
    co_return co_await keep(std::move(partial));
}

awaitable<core::Result<Blob>> BlobStore::put_file(std::filesystem::path file, std::int64_t max_bytes)
{
    auto copy = [folder = folder_, file = std::move(file), max_bytes] {
        return Partial::copy_of(file, max_bytes, folder);
    };
    auto partial = co_await core::run_on(pool_, std::move(copy));
    co_return co_await keep(std::move(partial));
}

awaitable<core::Result<std::string>> BlobStore::get(std::string sha256, std::int64_t max_bytes)
{
    if (!is_sha256(sha256)) co_return core::fail(core::Errc::invalid, "a stored file's name is 64 hexadecimal digits");
    auto path = place_of(folder_, sha256);
    auto read = [path = std::move(path), sha256, max_bytes] { return read_checked(path, sha256, max_bytes); };
    co_return co_await core::run_on(pool_, std::move(read));
}

std::optional<std::filesystem::path> BlobStore::path_of(std::string_view sha256) const
{
    if (!is_sha256(sha256)) return std::nullopt;
    auto path = place_of(folder_, sha256);
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
    return path;
}

core::Result<void> BlobStore::add_reference(Connection& tx, std::string_view sha256, std::string_view owner)
{
    // The row is touched so that on PostgreSQL this and a removal of the same blob wait for one another.
    PIX_TRY(auto const found, tx.execute("UPDATE blobs SET stored_at = stored_at WHERE sha256 = $1", {sha256}));
    if (found == 0) return core::fail(core::Errc::not_found, "there is no stored file " + std::string(sha256));
    PIX_CHECK(tx.execute("INSERT INTO blob_references (sha256, owner) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                         {sha256, owner}));
    return {};
}

core::Result<void> BlobStore::drop_references(Connection& tx, std::string_view owner)
{
    PIX_CHECK(tx.execute("DELETE FROM blob_references WHERE owner = $1", {owner}));
    return {};
}

awaitable<core::Result<std::int64_t>> BlobStore::remove_unreferenced(std::chrono::milliseconds older_than, int limit)
{
    auto const before = core::SystemClock().now() - older_than.count();
    auto take = [before, limit, host = host_, folder = folder_](Connection& tx) -> core::Result<std::int64_t> {
        std::string sql = "SELECT sha256 FROM blobs WHERE host = $1 AND stored_at <= $2 AND NOT EXISTS "
                          "(SELECT 1 FROM blob_references r WHERE r.sha256 = blobs.sha256) "
                          "ORDER BY stored_at LIMIT $3";
        if (tx.dialect() == Dialect::postgresql) sql += " FOR UPDATE SKIP LOCKED";
        PIX_TRY(Rows const rows, tx.query(sql, {host, before, limit}));
        std::int64_t removed = 0;
        for (const Row& row : rows) {
            // Looked at again under the lock: a reference may have come after the first look.
            PIX_TRY(auto const gone, tx.execute("DELETE FROM blobs WHERE sha256 = $1 AND host = $2 AND NOT EXISTS "
                                                "(SELECT 1 FROM blob_references r WHERE r.sha256 = blobs.sha256)",
                                                {row.text(0), host}));
            if (gone == 0) continue;
            ++removed;
            // Before the commit, while whoever stores the same content again waits for this row: it then makes a new
            // file.
            ::unlink(place_of(folder, row.text(0)).c_str());
        }
        return removed;
    };
    auto sweep = [folder = folder_] { remove_old_partials(folder / "tmp"); };
    co_await core::run_on(pool_, std::move(sweep));
    co_return co_await database_.write(std::move(take));
}

} // namespace pix::store

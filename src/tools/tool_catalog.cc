#include "tools/tool_catalog.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <set>
#include <system_error>

#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr const char* schema_file = "tool.json";
constexpr std::string_view project_file = "pyproject.toml";
constexpr std::string_view default_entrypoint = "main.py";

/// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }

private:
    int number_;
};

class Fnv {
public:
    void add(std::string_view bytes)
    {
        for (unsigned char const byte : bytes) value_ = (value_ ^ byte) * 1'099'511'628'211ULL;
    }
    void add(std::int64_t number) { add(std::string_view(reinterpret_cast<const char*>(&number), sizeof number)); }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 14'695'981'039'346'656'037ULL;
};

std::string hex_of(std::uint64_t value)
{
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(value >> (56 - 8 * i));
    return core::hex(bytes);
}

/// The names of the direct sub-folders' candidates, sorted, those with a leading dot left out.
std::vector<std::string> entries_of(const std::filesystem::path& directory, std::vector<Problem>& problems)
{
    std::vector<std::string> names;
    DIR* const open = ::opendir(directory.c_str());
    if (open == nullptr) {
        if (errno != ENOENT)
            problems.push_back({directory.string(), "cannot be read: " + std::generic_category().message(errno)});
        return names;
    }
    while (auto const* entry = ::readdir(open)) {
        std::string_view const name = entry->d_name;
        if (!name.starts_with('.') && entry->d_type != DT_FIFO && entry->d_type != DT_SOCK && entry->d_type != DT_REG &&
            entry->d_type != DT_CHR && entry->d_type != DT_BLK)
            names.emplace_back(name);
    }
    ::closedir(open);
    std::ranges::sort(names);
    return names;
}

/// Time, size and inode of the files that make a tool what it is.
struct Marker {
    std::string hash;
    bool is_settled = true;
};

Marker marker_of(int folder, std::string_view entrypoint)
{
    Marker marker;
    Fnv fnv;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    for (auto const name : {std::string_view(schema_file), project_file, entrypoint}) {
        struct stat status{};
        fnv.add(name);
        if (::fstatat(folder, std::string(name).c_str(), &status, 0) != 0) {
            fnv.add(std::int64_t{-1});
            continue;
        }
        fnv.add(status.st_mtim.tv_sec);
        fnv.add(status.st_mtim.tv_nsec);
        fnv.add(status.st_size);
        fnv.add(static_cast<std::int64_t>(status.st_ino));
        // The kernel stamps files with the time of its last tick, at most 10 ms old; 100 is on the safe side.
        std::int64_t const age_ms = (static_cast<std::int64_t>(now.tv_sec) - status.st_mtim.tv_sec) * 1000 +
                                    (now.tv_nsec - status.st_mtim.tv_nsec) / 1'000'000;
        if (age_ms < 100) marker.is_settled = false;
    }
    marker.hash = hex_of(fnv.value());
    return marker;
}

/// The text of tool.json. Neither waits for a FIFO nor touches a device.
core::Result<std::string> read_schema_file(int folder)
{
    struct stat status{};
    if (::fstatat(folder, schema_file, &status, 0) != 0)
        return core::fail_errno(core::Errc::not_found,
                                errno == ENOENT ? "the folder has no tool.json" : "tool.json cannot be read", errno);
    if (!S_ISREG(status.st_mode)) return core::fail(core::Errc::invalid, "tool.json is not a regular file");
    Descriptor const file(::openat(folder, schema_file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file.is_open()) return core::fail_errno(core::Errc::unavailable, "tool.json cannot be opened", errno);
    if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return core::fail(core::Errc::invalid, "tool.json is not a regular file");
    std::string text;
    std::size_t const most = max_schema_bytes + 1;
    text.resize(std::min(most, static_cast<std::size_t>(status.st_size) + 1));
    std::size_t filled = 0;
    for (;;) {
        ssize_t const got = ::read(file.number(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::fail_errno(core::Errc::unavailable, "tool.json cannot be read", errno);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
        if (filled >= most) break;
        if (filled == text.size()) text.resize(std::min(most, text.size() * 2));
    }
    text.resize(filled);
    return text;
}

bool has_interpreter(int folder)
{
    return ::faccessat(folder, ".venv/bin/python", X_OK, 0) == 0;
}

std::shared_ptr<const CatalogTool> read_tool(int folder, const std::filesystem::path& path, const std::string& name,
                                             const CatalogLimits& limits)
{
    auto tool = std::make_shared<CatalogTool>();
    tool->folder = path;
    tool->folder_name = core::to_utf8(name);
    tool->id = tool->folder_name;
    tool->name = tool->folder_name;
    tool->has_interpreter = has_interpreter(folder);
    std::string entrypoint(default_entrypoint);
    auto text = read_schema_file(folder);
    if (!text) {
        tool->problems.push_back({std::string(schema_file), text.error().message});
    } else {
        Fnv content;
        content.add(*text);
        tool->content_hash = content.value();
        SchemaOutcome outcome = read_tool_schema(*text, tool->folder_name);
        tool->problems = std::move(outcome.problems);
        tool->warnings = std::move(outcome.warnings);
        if (tool->warnings.size() > limits.max_warnings) tool->warnings.resize(limits.max_warnings);
        if (!outcome.name.empty()) tool->name = std::move(outcome.name);
        if (outcome.schema) {
            tool->id = outcome.schema->id;
            entrypoint = outcome.schema->entrypoint;
            tool->schema = std::make_shared<const ToolSchema>(std::move(*outcome.schema));
        }
    }
    auto marker = marker_of(folder, entrypoint);
    tool->discovery_hash = std::move(marker.hash);
    tool->is_settled = marker.is_settled;
    return tool;
}

/// What `before` says of this folder, if it still holds.
std::shared_ptr<const CatalogTool> unchanged(const CatalogSnapshot* before, const std::string& folder_name, int folder,
                                             const std::filesystem::path& path)
{
    if (before == nullptr) return nullptr;
    auto const place = before->by_folder.find(folder_name);
    if (place == before->by_folder.end()) return nullptr;
    auto const& tool = before->tools[place->second];
    // A tool whose id was taken has lost its schema to the rule below and must be read again.
    if (!tool->is_settled || tool->folder != path || tool->is_broken()) return nullptr;
    if (tool->has_interpreter != has_interpreter(folder)) return nullptr;
    auto const marker = marker_of(folder, tool->schema->entrypoint);
    return marker.hash == tool->discovery_hash ? tool : nullptr;
}

/// Gives each id to one folder: the one of that name, else the first. The others stand under their folder's name.
void settle_ids(CatalogSnapshot& snapshot)
{
    std::map<std::string, std::string, std::less<>> owners;
    for (auto const& tool : snapshot.tools)
        if (!tool->is_broken() && tool->id == tool->folder_name) owners.emplace(tool->id, tool->folder_name);
    for (auto const& tool : snapshot.tools)
        if (!tool->is_broken()) owners.emplace(tool->id, tool->folder_name);
    for (auto& tool : snapshot.tools) {
        if (tool->is_broken()) continue;
        auto const& owner = owners.at(tool->id);
        if (owner == tool->folder_name) continue;
        auto refused = std::make_shared<CatalogTool>(*tool);
        refused->schema.reset();
        refused->problems.push_back({"id",
                                     "the id \"" + tool->id + "\" already belongs to the folder \"" + owner + "\"",
                                     ProblemKind::coherence});
        refused->id = refused->folder_name;
        tool = std::move(refused);
    }
    for (std::size_t i = 0; i < snapshot.tools.size(); ++i) {
        snapshot.by_folder.emplace(snapshot.tools[i]->folder_name, i);
        if (!snapshot.tools[i]->is_broken()) snapshot.by_id.emplace(snapshot.tools[i]->id, i);
    }
}

bool same(const CatalogSnapshot& a, const CatalogSnapshot& b)
{
    return a.problems.size() == b.problems.size() &&
           std::ranges::equal(a.tools, b.tools, [](auto const& left, auto const& right) {
               return left == right ||
                      (left->id == right->id && left->folder == right->folder &&
                       left->discovery_hash == right->discovery_hash && left->content_hash == right->content_hash &&
                       left->has_interpreter == right->has_interpreter && left->is_broken() == right->is_broken());
           });
}

} // namespace

std::shared_ptr<const CatalogTool> CatalogSnapshot::find(std::string_view id_or_folder) const
{
    if (auto const found = by_id.find(id_or_folder); found != by_id.end()) return tools[found->second];
    if (auto const found = by_folder.find(id_or_folder); found != by_folder.end()) return tools[found->second];
    return nullptr;
}

std::shared_ptr<const CatalogSnapshot> scan_tools(const std::filesystem::path& directory, const CatalogLimits& limits,
                                                  const CatalogSnapshot* before)
{
    auto snapshot = std::make_shared<CatalogSnapshot>();
    std::set<std::string> shown_names;
    for (auto const& name : entries_of(directory, snapshot->problems)) {
        if (snapshot->tools.size() >= limits.max_tools) {
            snapshot->problems.push_back({directory.string(), "holds more than " + std::to_string(limits.max_tools) +
                                                                  " folders; the rest is left out"});
            break;
        }
        auto const path = directory / name;
        Descriptor const folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC));
        if (!folder.is_open() && (errno == ENOTDIR || errno == ENOENT || errno == ELOOP)) continue;
        auto const shown = core::to_utf8(name);
        if (!shown_names.insert(shown).second) continue;
        std::shared_ptr<const CatalogTool> tool;
        if (!folder.is_open()) {
            auto unreadable = std::make_shared<CatalogTool>();
            unreadable->id = unreadable->name = unreadable->folder_name = shown;
            unreadable->folder = path;
            unreadable->problems.push_back(
                {shown, "the folder cannot be opened: " + std::generic_category().message(errno)});
            tool = std::move(unreadable);
        } else {
            tool = unchanged(before, shown, folder.number(), path);
            if (!tool) tool = read_tool(folder.number(), path, name, limits);
        }
        snapshot->tools.push_back(std::move(tool));
    }
    settle_ids(*snapshot);
    if (before != nullptr) snapshot->version = same(*before, *snapshot) ? before->version : before->version + 1;
    return snapshot;
}

/// The inotify descriptor. Watches are added by the scanning thread, events are read on the io thread.
class ToolCatalog::Watcher {
public:
    explicit Watcher(asio::io_context& io) : descriptor_(io)
    {
        int const number = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (number >= 0) descriptor_.assign(number);
        number_ = number;
    }

    bool is_open() const { return number_ >= 0; }
    /// True once the tools directory itself is watched.
    bool is_watching() const { return number_ >= 0 && root_ >= 0; }
    asio::posix::stream_descriptor& descriptor() { return descriptor_; }

    /// Called before a scan, so that nothing changes unseen between the two.
    void cover(const std::filesystem::path& directory)
    {
        if (number_ < 0) return;
        constexpr std::uint32_t entries = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
        root_ = ::inotify_add_watch(number_, directory.c_str(),
                                    entries | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR);
        if (root_ < 0) return;
        std::vector<Problem> ignored;
        for (auto const& name : entries_of(directory, ignored))
            ::inotify_add_watch(number_, (directory / name).c_str(), entries | IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR);
    }

    /// Takes every queued event; true if one of them can matter to the catalog.
    bool drain()
    {
        if (number_ < 0) return false;
        bool matters = false;
        alignas(inotify_event) std::array<char, 16 * 1024> buffer{};
        for (;;) {
            ssize_t const got = ::read(number_, buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return matters;
            for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
                inotify_event event{};
                std::copy_n(buffer.data() + at, sizeof event, reinterpret_cast<char*>(&event));
                std::string_view const name =
                    event.len > 0 ? std::string_view(buffer.data() + at + sizeof event) : std::string_view();
                matters = matters || is_relevant(event, name);
                at += sizeof event + event.len;
            }
        }
    }

private:
    bool is_relevant(const inotify_event& event, std::string_view name)
    {
        if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
        if (event.wd == root_) {
            if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
                root_ = -1;
                return true;
            }
            return !name.starts_with('.');
        }
        // Tools write into their own folders; only what makes the tool counts.
        return name == schema_file || name == project_file || name == ".venv" || name.ends_with(".py") ||
               name.ends_with(".js") || name.ends_with(".mjs");
    }

    asio::posix::stream_descriptor descriptor_;
    std::atomic<int> root_ = -1;
    int number_ = -1;
};

ToolCatalog::ToolCatalog(asio::io_context& io, asio::thread_pool& pool, std::filesystem::path directory,
                         CatalogLimits limits)
    : io_(io), pool_(pool), directory_(std::filesystem::absolute(directory).lexically_normal()), limits_(limits),
      snapshot_(std::make_shared<const CatalogSnapshot>()), watcher_(std::make_shared<Watcher>(io)), scan_done_(io),
      debounce_(io)
{
    if (!directory_.has_filename()) directory_ = directory_.parent_path();
    scan_done_.expires_at(asio::steady_timer::time_point::max());
}

ToolCatalog::~ToolCatalog() = default;

void ToolCatalog::scan_now()
{
    watcher_->drain();
    watcher_->cover(directory_);
    take(scan_tools(directory_, limits_, snapshot_.get()));
}

void ToolCatalog::take(std::shared_ptr<const CatalogSnapshot> next)
{
    bool const grown = next->version != snapshot_->version;
    snapshot_ = std::move(next);
    scanned_at_ = std::chrono::steady_clock::now();
    if (!grown) return;
    // A copy: a listener may add another.
    auto const listeners = listeners_;
    for (auto const& listener : listeners) listener(*snapshot_);
}

awaitable<void> ToolCatalog::scan_until_settled()
{
    while (scans_finished_ < scans_wanted_ && !stopping_) {
        ++scans_started_;
        try {
            auto work = [watcher = watcher_, directory = directory_, limits = limits_, before = snapshot_] {
                watcher->cover(directory);
                return scan_tools(directory, limits, before.get());
            };
            auto next = co_await core::run_on(pool_, std::move(work));
            take(std::move(next));
        } catch (const std::exception&) {
            // Out of memory or of descriptors: the last snapshot stays, the next scan tries again.
            scanned_at_ = {};
        }
        scans_finished_ = scans_started_;
        scan_done_.cancel();
    }
    scanning_ = false;
}

awaitable<std::shared_ptr<const CatalogSnapshot>> ToolCatalog::rescan()
{
    // A scan that is already reading may have passed the folder that the caller means: only the next one counts.
    auto const wanted = scans_started_ + 1;
    scans_wanted_ = std::max(scans_wanted_, wanted);
    if (!scanning_) {
        scanning_ = true;
        asio::co_spawn(io_, scan_until_settled(), asio::detached);
    }
    auto const until_woken = asio::as_tuple(asio::use_awaitable);
    while (scans_finished_ < wanted && !stopping_) co_await scan_done_.async_wait(until_woken);
    co_return snapshot_;
}

awaitable<std::shared_ptr<const CatalogSnapshot>> ToolCatalog::current()
{
    bool const touched = watcher_->drain();
    bool const old = std::chrono::steady_clock::now() - scanned_at_ > limits_.max_age;
    if (!touched && !old && !scanning_ && watcher_->is_watching()) co_return snapshot_;
    co_return co_await rescan();
}

awaitable<void> ToolCatalog::watch()
{
    if (!watcher_->is_open()) co_return;
    auto const as_value = asio::as_tuple(asio::use_awaitable);
    while (!stopping_) {
        auto const waited =
            co_await watcher_->descriptor().async_wait(asio::posix::descriptor_base::wait_read, as_value);
        if (std::get<0>(waited) || stopping_) co_return;
        if (!watcher_->drain()) continue;
        debounce_.expires_after(limits_.debounce);
        co_await debounce_.async_wait(as_value);
        if (stopping_) co_return;
        watcher_->drain();
        co_await rescan();
    }
}

void ToolCatalog::stop()
{
    stopping_ = true;
    boost::system::error_code ignored;
    watcher_->descriptor().cancel(ignored);
    debounce_.cancel();
    scan_done_.cancel();
}

void ToolCatalog::on_change(std::function<void(const CatalogSnapshot&)> listener)
{
    listeners_.push_back(std::move(listener));
}

} // namespace pix::tools

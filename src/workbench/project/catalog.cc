#include "workbench/project/catalog.h"

#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/project/wire.h"
#include "workbench/session_index/search_words.h"

namespace pix::workbench {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds look_lasts{10};
constexpr std::size_t package_bytes = 256UL << 10;
constexpr std::size_t title_characters = 50;

std::string digest(const EVP_MD* kind, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &length, kind, nullptr) != 1) return {};
    return core::hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), length));
}

std::string package_name_in(const fs::path& folder)
{
    std::error_code error;
    fs::path const file = folder / "package.json";
    // A pipe or a device would block.
    if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > package_bytes || error) return {};
    std::ifstream in(file);
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    auto const value = core::parse_json(text);
    auto const* object = value ? value->if_object() : nullptr;
    auto const* name = object != nullptr ? object->if_contains("name") : nullptr;
    if (name == nullptr || !name->is_string()) return {};
    return std::string(core::trim(core::shorten(std::string_view(name->get_string()), 200)));
}

FolderLook look_at(const std::string& path)
{
    FolderLook look;
    look.real_path = real_path(path);
    std::error_code error;
    look.exists = fs::is_directory(look.real_path, error);
    if (look.exists) {
        fs::path const folder(look.real_path);
        look.package_name = package_name_in(folder);
        look.has_taskmaster = fs::is_directory(folder / ".taskmaster", error);
        look.has_taskmaster_files = look.has_taskmaster && fs::exists(folder / ".taskmaster/tasks/tasks.json", error) &&
                                    fs::exists(folder / ".taskmaster/config.json", error);
    }
    look.at = std::chrono::steady_clock::now();
    return look;
}

/// First characters of a text, on one line.
std::string headline(std::string_view text)
{
    std::string line;
    std::size_t characters = 0;
    for (char const c : core::trim(text)) {
        bool const continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        if (!continues && ++characters > title_characters) return line + "...";
        line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
    return line;
}

std::string_view untitled(Provider provider)
{
    switch (provider) {
    case Provider::claude: return "New Session";
    case Provider::cursor: return "Untitled Session";
    case Provider::codex: return "Untitled Codex Session";
    case Provider::gemini: return "Gemini CLI Session";
    case Provider::qwen: return "Qwen Code Session";
    case Provider::opencode: return "OpenCode Session";
    }
    return "New Session";
}

std::string last_part(const std::string& path)
{
    std::string name = fs::path(path).filename().string();
    return name.empty() ? path : name;
}

/// Puts conversations into projects.
class Maker {
public:
    Maker(const SessionSnapshot& snapshot, const ProjectRecords& records, FolderLooks& looks)
        : snapshot_(snapshot), records_(records), looks_(looks)
    {}

    CatalogPtr make()
    {
        for (auto const& [path, record] : records_.projects) {
            path_by_name_[record.name] = path;
            know(path);
            if (record.is_registered) project_at(path);
        }
        for (auto const& session : snapshot_.sessions)
            if (!session->facts.cwd.empty()) know(looks_.at(session->facts.cwd).real_path);
        find_newest_copies();
        for (auto const& session : snapshot_.sessions) add(session);
        finish();
        return std::move(catalog_);
    }

private:
    void know(const std::string& path)
    {
        if (!path.starts_with('/') || !known_.insert(path).second) return;
        by_folder_name_.emplace(claude_folder_name(path), path);
    }

    static std::string group_of(const SessionEntry& session)
    {
        return session.facts.group.empty() ? std::string()
                                           : std::string(name_of(session.source.provider)) + " " + session.facts.group;
    }

    static bool is_listed(const SessionEntry& session, const std::string& title)
    {
        if (session.facts.is_hidden) return false;
        bool const has_nothing = session.has_facts && session.is_whole && session.facts.counted == 0;
        return !has_nothing && !title.starts_with("{ \"");
    }

    void find_newest_copies()
    {
        for (auto const& session : snapshot_.sessions) {
            std::string const group = group_of(*session);
            if (group.empty() || session->facts.is_hidden) continue;
            auto& copies = groups_[group];
            copies.push_back(session);
        }
        for (auto& [group, copies] : groups_)
            std::ranges::sort(copies, [](const SessionPtr& a, const SessionPtr& b) {
                return std::pair(a->last_activity(), a->number) > std::pair(b->last_activity(), b->number);
            });
    }

    /// The real path, or the name of a folder whose path nobody knows.
    std::string place_of(const SessionEntry& session)
    {
        if (!session.facts.cwd.empty()) return looks_.at(session.facts.cwd).real_path;
        std::string const& hint = session.source.folder_hint;
        if (hint.starts_with('/')) return looks_.at(hint).real_path;
        if (auto const found = by_folder_name_.find(hint); found != by_folder_name_.end()) return found->second;
        if (session.source.provider == Provider::cursor) {
            if (by_md5_.empty())
                for (auto const& path : known_) by_md5_.emplace(digest(EVP_md5(), path), path);
            if (auto const found = by_md5_.find(hint); found != by_md5_.end()) return found->second;
        }
        return hint.empty() ? std::string(name_of(session.source.provider)) + "-unknown" : hint;
    }

    std::size_t project_at(const std::string& path)
    {
        if (auto const found = by_path_.find(path); found != by_path_.end()) return found->second;
        ListedProject project;
        if (auto const known = records_.projects.find(path); known != records_.projects.end()) {
            project.record = known->second;
        } else {
            project.record.path = path;
            project.record.name = free_project_name(path, path_by_name_);
            path_by_name_[project.record.name] = path;
            catalog_->new_records.push_back(project.record);
        }
        project.is_path_known = path.starts_with('/');
        if (project.is_path_known) project.look = looks_.at(path);
        project.exists = project.look.exists;
        auto const& given = project.record.display_name;
        if (given)
            project.display_name = *given;
        else if (!project.look.package_name.empty())
            project.display_name = project.look.package_name;
        else
            project.display_name = last_part(path);
        catalog_->projects.push_back(std::move(project));
        by_path_[path] = catalog_->projects.size() - 1;
        return catalog_->projects.size() - 1;
    }

    void add(const SessionPtr& session)
    {
        auto const known = records_.sessions.find({session->source.provider, session->source.id});
        auto const* record = known == records_.sessions.end() ? nullptr : &known->second;
        ListedSession listed;
        listed.title = title_of(*session, record);
        if (!is_listed(*session, listed.title)) return;
        if (auto const group = group_of(*session); !group.empty()) {
            auto const& copies = groups_.at(group);
            if (copies.front() != session) return;
            listed.copies.assign(copies.begin() + 1, copies.end());
        }
        listed.entry = session;
        if (record != nullptr) {
            listed.is_starred = record->is_starred;
            listed.is_archived = record->is_archived;
        }
        catalog_->projects[project_at(place_of(*session))].sessions.push_back(std::move(listed));
    }

    void finish()
    {
        auto& projects = catalog_->projects;
        for (auto& project : projects) {
            std::ranges::sort(project.sessions, [](const ListedSession& a, const ListedSession& b) {
                return std::pair(a.entry->last_activity(), a.entry->number) >
                       std::pair(b.entry->last_activity(), b.entry->number);
            });
            if (!project.sessions.empty()) project.last_activity = project.sessions.front().entry->last_activity();
            std::set<Provider> providers;
            for (auto const& session : project.sessions) providers.insert(session.entry->source.provider);
            project.providers.assign(providers.begin(), providers.end());
            auto const& removed = project.record.removed_at;
            project.is_visible = !project.record.is_archived && (!removed || project.last_activity > *removed);
        }
        std::ranges::sort(projects, [](const ListedProject& a, const ListedProject& b) {
            if (a.record.is_starred != b.record.is_starred) return a.record.is_starred;
            if (a.last_activity != b.last_activity) return a.last_activity > b.last_activity;
            return a.record.path < b.record.path;
        });
        auto scope = std::make_shared<SearchScope>();
        json::array list;
        for (std::size_t p = 0; p < projects.size(); ++p) {
            auto const& project = projects[p];
            catalog_->by_name.emplace(project.record.name, p);
            for (std::size_t s = 0; s < project.sessions.size(); ++s) {
                auto const& session = project.sessions[s];
                catalog_->place_of.emplace(session.entry->number, std::pair(p, s));
                catalog_->by_session_id.emplace(session.entry->source.id, session.entry->number);
                for (auto const& copy : session.copies) {
                    catalog_->place_of.emplace(copy->number, std::pair(p, s));
                    catalog_->by_session_id.emplace(copy->source.id, copy->number);
                }
                if (project.is_visible && !session.is_archived)
                    scope->emplace(session.entry->number, Searched{session.entry, fold(session.title), p});
            }
            if (project.is_visible) list.push_back(to_json(project));
        }
        catalog_->scope = std::move(scope);
        catalog_->json = core::to_text(list);
        catalog_->etag = "\"" + digest(EVP_sha256(), catalog_->json).substr(0, 24) + "\"";
        catalog_->snapshot_version = snapshot_.version;
    }

    const SessionSnapshot& snapshot_;
    const ProjectRecords& records_;
    FolderLooks& looks_;
    std::shared_ptr<Catalog> catalog_ = std::make_shared<Catalog>();
    std::map<std::string, std::string> path_by_name_;
    std::set<std::string> known_;
    std::unordered_map<std::string, std::string> by_folder_name_;
    std::unordered_map<std::string, std::string> by_md5_;
    std::unordered_map<std::string, std::size_t> by_path_;
    std::unordered_map<std::string, std::vector<SessionPtr>> groups_;
};

} // namespace

const FolderLook& FolderLooks::at(const std::string& path)
{
    auto const found = looks_.find(path);
    if (found != looks_.end() && std::chrono::steady_clock::now() - found->second.at < look_lasts) return found->second;
    return looks_[path] = look_at(path);
}

const ListedProject* Catalog::find(const std::string& name) const
{
    auto const found = by_name.find(name);
    return found == by_name.end() ? nullptr : &projects[found->second];
}

const ListedProject* Catalog::find_path(const std::string& path) const
{
    auto const found = std::ranges::find(projects, path, [](const ListedProject& one) { return one.record.path; });
    return found == projects.end() ? nullptr : &*found;
}

const ListedProject* Catalog::project_of(std::int64_t number) const
{
    auto const found = place_of.find(number);
    return found == place_of.end() ? nullptr : &projects[found->second.first];
}

const ListedSession* Catalog::find(std::int64_t number) const
{
    auto const found = place_of.find(number);
    return found == place_of.end() ? nullptr : &projects[found->second.first].sessions[found->second.second];
}

CatalogPtr make_catalog(const SessionSnapshot& snapshot, const ProjectRecords& records, FolderLooks& looks)
{
    return Maker(snapshot, records, looks).make();
}

std::string title_of(const SessionEntry& session, const SessionRecord* record)
{
    if (record != nullptr && record->title) return *record->title;
    auto const& facts = session.facts;
    if (!core::trim(facts.given_title).empty()) return core::shorten(core::trim(facts.given_title), 500);
    bool const last_first = session.source.provider == Provider::codex;
    auto const& first = last_first ? facts.last_text : facts.first_user_text;
    auto const& second = last_first ? facts.first_user_text : facts.last_text;
    for (auto const* text : {&first, &second})
        if (!core::trim(*text).empty()) return headline(*text);
    return std::string(untitled(session.source.provider));
}

std::string free_project_name(const std::string& path, const std::map<std::string, std::string>& path_by_name)
{
    std::string name = claude_folder_name(path);
    auto const taken = [&](const std::string& one) {
        auto const found = path_by_name.find(one);
        return found != path_by_name.end() && found->second != path;
    };
    if (!taken(name)) return name;
    std::string const hash = digest(EVP_sha256(), path);
    for (std::size_t digits = 8; digits <= hash.size(); digits += 8)
        if (std::string const longer = name + "--" + hash.substr(0, digits); !taken(longer)) return longer;
    return name + "--" + hash;
}

std::string real_path(const std::string& path)
{
    std::error_code error;
    auto real = fs::weakly_canonical(path, error);
    if (error) real = fs::path(path).lexically_normal();
    std::string text = real.string();
    while (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
}

} // namespace pix::workbench

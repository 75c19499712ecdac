#include "workbench/session_readers/cursor_store.h"

#include <openssl/evp.h>

#include <array>
#include <map>
#include <set>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/store/foreign_database.h"
#include "workbench/session_readers/cursor_blobs.h"
#include "workbench/session_readers/cursor_message.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

using store::ForeignDatabase;
using store::ForeignRow;

constexpr std::size_t max_conversation = std::size_t(256) << 20;
constexpr std::size_t max_blobs = 200'000;

std::string digest_of(std::string_view text, const EVP_MD* kind)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, kind, nullptr) != 1) return {};
    return core::hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::optional<std::string> bytes_of_hex(std::string_view text)
{
    auto const digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int const high = digit(text[i]);
        int const low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

/// Everything of one store, until it is put in order.
class CursorReading {
public:
    CursorReading(ForeignDatabase& database, CursorConversation& result, std::string_view folder_hash)
        : database_(database), result_(result), folder_hash_(folder_hash)
    {}

    core::Result<void> run()
    {
        PIX_TRY(auto const meta, database_.columns("meta"));
        PIX_TRY(auto const blobs, database_.columns("blobs"));
        if (!blobs.contains("id") || !blobs.contains("data"))
            return core::fail(core::Errc::unavailable, "a conversation of Cursor has no messages yet");
        if (meta.contains("key") && meta.contains("value")) PIX_CHECK(read_meta());
        PIX_CHECK(read_blobs());
        PIX_CHECK(put_in_order());
        make_messages();
        return {};
    }

private:
    core::Result<void> read_meta()
    {
        std::string text;
        PIX_CHECK(database_.each("SELECT value FROM meta WHERE key = '0'", {}, [&](const ForeignRow& row) {
            text = row.text(0);
            return core::Result<bool>(false);
        }));
        auto const bytes = text.starts_with('{') ? std::optional(text) : bytes_of_hex(text);
        auto const meta = bytes ? parse_record(*bytes) : std::nullopt;
        if (!meta) return {};
        root_ = core::lower(text_at(*meta, "latestRootBlobId"));
        result_.title = text_at(*meta, "name");
        if (result_.title.empty()) result_.title = text_at(*meta, "title");
        result_.model = text_at(*meta, "lastUsedModel");
        result_.created = time_at(*meta, "createdAt");
        return {};
    }

    core::Result<void> read_blobs()
    {
        std::vector<std::string> ids;
        PIX_CHECK(database_.each("SELECT id FROM blobs ORDER BY rowid", {}, [&](const ForeignRow& row) {
            ids.emplace_back(row.text(0));
            return core::Result<bool>(ids.size() < max_blobs);
        }));
        std::size_t total = 0;
        for (std::string& id : ids) {
            std::string data;
            auto const read = database_.each("SELECT data FROM blobs WHERE id = ?1", {id}, [&](const ForeignRow& row) {
                if (total + row.text(0).size() <= max_conversation)
                    data = row.text(0);
                else
                    result_.skipped_bytes += static_cast<std::int64_t>(row.text(0).size());
                return core::Result<bool>(false);
            });
            if (!read && read.error().code != core::Errc::too_large) return std::unexpected(read.error());
            if (!read) ++result_.skipped_bytes;
            total += data.size();
            take_blob(core::lower(id), data);
        }
        return {};
    }

    void take_blob(std::string id, const std::string& data)
    {
        if (data.empty()) return;
        // Old roots name every message again, so nodes are read when they are reached.
        if (!data.starts_with('{')) return;
        take_message(id, data);
        rows_.push_back(std::move(id));
    }

    void take_message(const std::string& id, std::string_view text)
    {
        auto record = parse_record(text);
        if (!record) {
            result_.skipped_bytes += static_cast<std::int64_t>(text.size());
            return;
        }
        if (is_cursor_message(*record)) messages_.emplace(id, std::move(*record));
    }

    core::Result<void> put_in_order()
    {
        core::Result<void> done;
        auto const node_of = [&](const std::string& id) -> std::optional<CursorNode> {
            std::optional<CursorNode> node;
            if (!done || messages_.contains(id)) return node;
            auto const read = database_.each("SELECT data FROM blobs WHERE id = ?1", {id}, [&](const ForeignRow& row) {
                if (!row.text(0).starts_with('{')) node = cursor_node_of(row.text(0));
                return core::Result<bool>(false);
            });
            if (!read && read.error().code != core::Errc::too_large) done = read;
            return node;
        };
        for (const auto& [id, node] : cursor_nodes_from(root_, node_of)) {
            for (const std::string& reference : node.references) take_place(reference);
            for (const std::string& text : node.messages) {
                // A message has one id wherever it lies, so that it is not shown twice.
                std::string const own = digest_of(text, EVP_sha256());
                if (!messages_.contains(own)) take_message(own, text);
                take_place(own);
            }
        }
        for (const std::string& id : rows_) take_place(id);
        return done;
    }

    void take_place(const std::string& id)
    {
        if (messages_.contains(id) && placed_.insert(id).second) order_.push_back(id);
    }

    void make_messages()
    {
        CursorResults results;
        for (const std::string& id : order_) {
            const json::object& record = messages_.at(id);
            std::string_view const role = text_at(record, "role");
            if (role == "tool" || role == "user") take_cursor_results(record, results);
        }
        for (const std::string& id : order_) {
            const json::object& record = messages_.at(id);
            if (text_at(record, "role") == "user" && result_.cwd.empty()) take_folder(record);
            CursorConversation::Record shown{id, 0, {}};
            shown.messages = cursor_messages_of(id, result_.created, record, results, result_.unknown);
            std::string marks = id;
            for (const Message& message : shown.messages) marks += " " + message.id;
            shown.print = print_of(marks, 1);
            if (!shown.messages.empty() && text_at(record, "role") == "assistant")
                shown.messages.front().model = result_.model;
            if (!shown.messages.empty()) result_.records.push_back(std::move(shown));
        }
    }

    /// The block about the user names the workspace; the folder's name proves it.
    void take_folder(const json::object& record)
    {
        constexpr std::string_view label = "Workspace Path:";
        std::string const text = core::to_text(record);
        auto const at = text.find(label);
        if (at == std::string::npos) return;
        std::string_view path = std::string_view(text).substr(at + label.size());
        path = core::trim(path.substr(0, path.find_first_of("\\\"<")));
        if (path.starts_with('/') && md5_of(path) == folder_hash_) result_.cwd = path;
    }

    ForeignDatabase& database_;
    CursorConversation& result_;
    std::string folder_hash_;
    std::string root_;
    std::map<std::string, json::object> messages_;
    std::vector<std::string> rows_; ///< ids of messages as their rows stand
    std::vector<std::string> order_;
    std::set<std::string> placed_;
};

} // namespace

std::string md5_of(std::string_view text)
{
    return digest_of(text, EVP_md5());
}

core::Result<CursorConversation> read_cursor_store(const std::filesystem::path& path, std::string_view folder_hash)
{
    CursorConversation conversation;
    PIX_CHECK(ForeignDatabase::read(
        path, {}, [&](ForeignDatabase& database) { return CursorReading(database, conversation, folder_hash).run(); }));
    return conversation;
}

} // namespace pix::workbench

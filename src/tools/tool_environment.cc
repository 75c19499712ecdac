#include "tools/tool_environment.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr std::size_t max_bytes = 1024 * 1024;
constexpr std::size_t max_keys = 1000;

bool is_key_char(char c, bool first)
{
    bool const letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

bool is_key(std::string_view key)
{
    if (key.empty() || key.size() > 128) return false;
    for (std::size_t i = 0; i < key.size(); ++i)
        if (!is_key_char(key[i], i == 0)) return false;
    return true;
}

/// The text between quotes that starts at `at` (behind the opening quote); `at` moves behind the closing one.
std::string quoted(std::string_view text, std::size_t& at, char quote)
{
    std::string value;
    while (at < text.size() && text[at] != quote) {
        char c = text[at++];
        if (quote == '"' && c == '\\' && at < text.size()) {
            char const escaped = text[at++];
            switch (escaped) {
            case 'n': c = '\n'; break;
            case 'r': c = '\r'; break;
            case 't': c = '\t'; break;
            case '\\':
            case '"':
            case '$': c = escaped; break;
            default: value += '\\'; c = escaped;
            }
        }
        value += c;
    }
    if (at < text.size()) ++at;
    return value;
}

} // namespace

Variables parse_env(std::string_view text)
{
    Variables variables;
    text = text.substr(0, max_bytes);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::size_t at = 0;
    while (at < text.size() && variables.size() < max_keys) {
        std::size_t const line_end = std::min(text.find('\n', at), text.size());
        std::string_view const line = text.substr(at, line_end - at);
        std::size_t const equals = line.find('=');
        std::string_view key = core::trim(line.substr(0, equals));
        if (key.starts_with("export ")) key = core::trim(key.substr(7));
        if (equals == std::string_view::npos || !is_key(key)) {
            at = line_end + 1;
            continue;
        }
        std::size_t value_at = at + equals + 1;
        while (value_at < line_end && (text[value_at] == ' ' || text[value_at] == '\t')) ++value_at;
        std::string value;
        if (value_at < line_end && (text[value_at] == '"' || text[value_at] == '\'')) {
            char const quote = text[value_at++];
            value = quoted(text, value_at, quote);
            at = std::min(text.find('\n', value_at), text.size()) + 1;
        } else {
            std::string_view plain = text.substr(value_at, line_end - value_at);
            plain = plain.substr(0, std::min(plain.find(" #"), plain.size()));
            value = core::trim(plain);
            at = line_end + 1;
        }
        // A value with a NUL byte cannot be handed to a process.
        if (value.find('\0') == std::string::npos) variables.insert_or_assign(std::string(key), std::move(value));
    }
    return variables;
}

Variables read_env_file(const std::filesystem::path& folder)
{
    std::ifstream file(folder / ".env", std::ios::binary);
    if (!file) return {};
    std::string text(max_bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parse_env(text);
}

Variables allowed_environment(const Variables& server)
{
    static constexpr std::array names{"PATH",          "HOME",        "USERPROFILE", "APPDATA",       "LOCALAPPDATA",
                                      "SYSTEMROOT",    "SYSTEMDRIVE", "TEMP",        "TMP",           "TMPDIR",
                                      "LANG",          "LC_ALL",      "LC_CTYPE",    "PYTHONHOME",    "LD_LIBRARY_PATH",
                                      "SSL_CERT_FILE", "HTTP_PROXY",  "HTTPS_PROXY", "NO_PROXY",      "http_proxy",
                                      "https_proxy",   "no_proxy",    "HF_HOME",     "XDG_CACHE_HOME"};
    Variables allowed;
    for (const auto& [key, value] : server) {
        bool const named = std::find(names.begin(), names.end(), key) != names.end();
        if (named || key.starts_with("CUDA_") || key.starts_with("NVIDIA_")) allowed.emplace(key, value);
    }
    return allowed;
}

std::vector<std::string> as_list(const Variables& variables)
{
    std::vector<std::string> list;
    list.reserve(variables.size());
    for (const auto& [key, value] : variables) list.push_back(key + "=" + value);
    return list;
}

bool is_secret_name(std::string_view name)
{
    std::string const text = core::lower(name);
    static constexpr std::array parts{"key", "token", "secret", "password", "passwd", "credential", "bearer", "auth"};
    return std::any_of(parts.begin(), parts.end(),
                       [&](const char* part) { return text.find(part) != std::string::npos; });
}

SecretMask::SecretMask(const Variables& env, const std::vector<std::string>& declared)
{
    for (const auto& [key, value] : env) {
        bool const secret = std::find(declared.begin(), declared.end(), key) != declared.end() || is_secret_name(key);
        if (secret && value.size() >= 4) values_.push_back(value);
    }
    std::sort(values_.begin(), values_.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string SecretMask::apply(std::string text) const
{
    for (const std::string& value : values_) {
        for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + 3))
            text.replace(at, value.size(), "***");
    }
    return text;
}

} // namespace pix::tools

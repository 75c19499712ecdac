#include "workbench/git/hook_trace.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::workbench {

namespace {

constexpr std::size_t max_trace_bytes = 4 * 1024 * 1024;

std::string text_in(const core::json::object& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_in(const core::json::object& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

} // namespace

HookTrace::HookTrace(const std::filesystem::path& folder)
{
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    std::string name = (folder / "trace-XXXXXX").string();
    int const file = ::mkstemp(name.data());
    if (file < 0) return;
    ::close(file);
    path_ = name;
}

HookTrace::~HookTrace()
{
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

std::string HookTrace::variable() const
{
    return "GIT_TRACE2_EVENT=" + (path_.empty() ? std::string("0") : path_.string());
}

std::string HookTrace::failed_hook() const
{
    std::ifstream file(path_, std::ios::binary);
    std::string text;
    text.resize(max_trace_bytes);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return failed_hook_in(text);
}

std::string failed_hook_in(std::string_view trace)
{
    std::map<std::int64_t, std::string> hooks;
    for (auto const line : core::split(trace, '\n')) {
        if (line.empty()) continue;
        auto const read = core::parse_json(line);
        if (!read || !read->is_object()) continue;
        auto const& event = read->get_object();
        if (text_in(event, "sid").contains('/')) continue; // of a git that a hook has started
        std::string const kind = text_in(event, "event");
        if (kind == "child_start" && text_in(event, "child_class") == "hook")
            hooks[number_in(event, "child_id")] = text_in(event, "hook_name");
        if (kind == "child_exit" && number_in(event, "code") != 0)
            if (auto const found = hooks.find(number_in(event, "child_id")); found != hooks.end()) return found->second;
    }
    return {};
}

} // namespace pix::workbench

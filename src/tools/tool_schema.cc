#include "tools/tool_schema.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr std::int64_t a_year_seconds = 366LL * 24 * 3600;

bool is_tool_id(std::string_view id)
{
    auto const lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !id.empty() && id.size() <= 100 && lower_or_digit(id.front()) &&
           std::ranges::all_of(id, [&](char c) { return lower_or_digit(c) || c == '-'; });
}

bool is_inside(std::string_view entrypoint)
{
    if (entrypoint.empty() || entrypoint.size() > 1'000 || entrypoint.starts_with('/') ||
        entrypoint.find('\\') != std::string_view::npos)
        return false;
    if (std::ranges::any_of(entrypoint, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return false;
    return std::ranges::none_of(core::split(entrypoint, '/'),
                                [](std::string_view part) { return part == ".." || part.empty() || part == "."; });
}

/// The name of an environment variable.
bool is_variable_name(std::string_view name)
{
    auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && name.size() <= 200 && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void read_secrets(SchemaReader& reader, ToolSchema& schema, Problems& problems)
{
    auto const* list = reader.array("secrets", 500, false);
    if (list == nullptr) return;
    std::set<std::string> keys;
    for (std::size_t i = 0; i < list->size(); ++i) {
        SchemaReader secret((*list)[i], reader.at("secrets") + "[" + std::to_string(i) + "]", problems);
        SecretSpec read{secret.required_text("key"), secret.maybe_text("description"),
                        secret.flag_or("required", false)};
        if (!read.key.empty() && !is_variable_name(read.key))
            secret.problem("key", "must be the name of an environment variable");
        if (!read.key.empty() && !keys.insert(read.key).second)
            secret.problem("key", "the secret \"" + read.key + "\" is declared twice", ProblemKind::coherence);
        secret.refuse_unknown_keys();
        schema.secrets.push_back(std::move(read));
    }
}

/// Reads `key`, an array whose elements `read_one` understands, and refuses an element's key used twice.
template <class Spec, class ReadOne>
std::vector<Spec> read_specs(SchemaReader& reader, std::string_view key, std::size_t most, ReadOne read_one,
                             Problems& problems)
{
    std::vector<Spec> specs;
    auto const* list = reader.array(key, most, true);
    if (list == nullptr) return specs;
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < list->size(); ++i) {
        std::string const location = std::string(key) + "[" + std::to_string(i) + "]";
        Spec spec = read_one((*list)[i], location, problems);
        if (!spec.key.empty()) {
            if (spec.key.size() > 200) problems.add(location + ".key", "is longer than 200 bytes");
            auto const [place, is_new] = places.emplace(spec.key, i);
            if (!is_new)
                problems.add(location + ".key",
                             "the key \"" + core::shorten(spec.key, 80) + "\" is already used by " + std::string(key) +
                                 "[" + std::to_string(place->second) + "]",
                             ProblemKind::coherence);
        }
        specs.push_back(std::move(spec));
    }
    return specs;
}

/// Every show_if names another input, and following them ends.
void check_conditions(const std::vector<InputSpec>& inputs, Problems& problems)
{
    std::map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < inputs.size(); ++i) places.emplace(inputs[i].key, i);
    enum class Mark : char { unseen, on_path, done };
    std::vector<Mark> marks(inputs.size(), Mark::unseen);
    for (std::size_t start = 0; start < inputs.size(); ++start) {
        std::vector<std::size_t> path;
        std::size_t at = start;
        while (marks[at] == Mark::unseen) {
            marks[at] = Mark::on_path;
            path.push_back(at);
            auto const& condition = inputs[at].show_if;
            if (!condition || condition->key.empty()) break;
            std::string const location = "inputs[" + std::to_string(at) + "].show_if.key";
            auto const next = places.find(condition->key);
            if (next == places.end()) {
                problems.add(location, "names no input: \"" + core::shorten(condition->key, 80) + "\"",
                             ProblemKind::coherence);
                break;
            }
            if (marks[next->second] == Mark::on_path) {
                problems.add(location,
                             "leads back to \"" + core::shorten(inputs[next->second].key, 80) +
                                 "\": these inputs would wait for each other",
                             ProblemKind::coherence);
                break;
            }
            at = next->second;
        }
        for (auto const seen : path) marks[seen] = Mark::done;
    }
}

void read_run_limits(SchemaReader& reader, ToolSchema& schema)
{
    schema.warm_keep_declared = reader.has("warm_keep_seconds");
    schema.warm_keep_seconds = reader.whole_or("warm_keep_seconds", 300, 0, a_year_seconds);
    schema.max_memory_mb = reader.whole_or("max_memory_mb", 512, 1, 16LL * 1024 * 1024);
    schema.max_runtime_seconds = reader.whole_or("max_runtime_seconds", 60, 1, a_year_seconds);
    schema.validator_timeout_override = reader.maybe_whole("validator_timeout_override", 1, a_year_seconds);
    schema.concurrent = reader.flag_or("concurrent", true);
    schema.requires_data_persistence = reader.flag_or("requires_data_persistence", false);
    schema.provides_file_endpoint = reader.flag_or("provides_file_endpoint", false);
    schema.provides_autocomplete = reader.flag_or("provides_autocomplete", false);
    schema.retain_runs = reader.whole_or("retain_runs", 100, 0, 10'000'000);
    schema.archived = reader.flag_or("archived", false);
    schema.pinned_warm = reader.flag_or("pinned_warm", false);
    auto const transport = reader.text_or("input_transport", "json");
    if (transport == "multipart")
        schema.input_transport = InputTransport::multipart;
    else if (!transport.empty() && transport != "json")
        reader.problem("input_transport", "must be json or multipart");
    schema.entrypoint = reader.text_or("entrypoint", "main.py");
    if (!schema.entrypoint.empty() && !is_inside(schema.entrypoint))
        reader.problem("entrypoint", "must be a relative path that stays inside the tool's folder",
                       ProblemKind::coherence);
}

void read_source(SchemaReader& reader, ToolSchema& schema, Problems& problems)
{
    schema.citations = reader.any("citations");
    schema.source = reader.any("source");
    if (schema.source.is_null()) return;
    SchemaReader source(schema.source, "source", problems);
    static constexpr std::array<std::string_view, 5> kinds{"excel", "paper", "description", "repo", "dataset"};
    auto const kind = source.maybe_text("type");
    if (kind && std::ranges::find(kinds, *kind) == kinds.end())
        source.problem("type", "must be one of excel, paper, description, repo, dataset");
    for (auto const* key : {"reference", "checksum", "generated_at", "skill"}) source.maybe_text(key);
    source.refuse_unknown_keys();
}

ToolSchema read_schema(const json::value& file, Problems& problems)
{
    ToolSchema schema;
    SchemaReader reader(file, "", problems);
    if (!reader.is_object()) return schema;
    schema.id = reader.required_text("id");
    if (!schema.id.empty() && !is_tool_id(schema.id))
        reader.problem("id", "must be kebab-case: lower-case letters, digits and '-', at most 100 characters");
    schema.name = reader.required_text("name");
    schema.description = reader.maybe_text("description");
    schema.version = reader.maybe_text("version");
    schema.category = reader.maybe_text("category");
    schema.icon = reader.maybe_text("icon");
    auto const layout = reader.text_or("layout", "form");
    if (layout == "chat")
        schema.layout = ToolLayout::chat;
    else if (layout == "split")
        schema.layout = ToolLayout::split;
    else if (!layout.empty() && layout != "form")
        reader.problem("layout", "must be one of form, chat, split");
    read_run_limits(reader, schema);
    read_secrets(reader, schema, problems);
    schema.schema_version = reader.text_or("schema_version", "1.0");
    schema.tags = reader.texts("tags");
    schema.package = reader.maybe_text("package");
    schema.workspace_default = reader.maybe_text("workspace_default");
    read_source(reader, schema, problems);
    schema.inputs = read_specs<InputSpec>(reader, "inputs", max_inputs, read_input_spec, problems);
    schema.outputs = read_specs<OutputSpec>(reader, "outputs", max_outputs, read_output_spec, problems);
    check_conditions(schema.inputs, problems);
    reader.refuse_unknown_keys();
    return schema;
}

void add_warnings(const ToolSchema& schema, std::string_view folder_name, std::vector<Problem>& warnings)
{
    if (!folder_name.empty() && schema.id != folder_name)
        warnings.push_back({"id", "\"" + schema.id + "\" differs from the folder's name \"" +
                                      core::shorten(core::to_utf8(folder_name), 80) + "\"; both names work"});
    for (std::size_t i = 0; i < schema.inputs.size(); ++i) {
        auto const& input = schema.inputs[i];
        std::string const location = "inputs[" + std::to_string(i) + "]";
        if (input.type == InputType::number && input.min && input.max && *input.min > *input.max)
            warnings.push_back({location + ".min", "is above max: no number lies between them"});
        if (input.type == InputType::autocomplete && !schema.provides_autocomplete)
            warnings.push_back({location + ".endpoint", "provides_autocomplete is not set"});
    }
}

} // namespace

const InputSpec* ToolSchema::find_input(std::string_view key) const
{
    auto const found = std::ranges::find(inputs, key, &InputSpec::key);
    return found == inputs.end() ? nullptr : &*found;
}

const OutputSpec* ToolSchema::find_output(std::string_view key) const
{
    auto const found = std::ranges::find(outputs, key, &OutputSpec::key);
    return found == outputs.end() ? nullptr : &*found;
}

bool ToolSchema::is_streaming() const
{
    return std::ranges::any_of(outputs, &OutputSpec::streaming);
}

bool ToolSchema::may_stream() const
{
    return !is_streaming() &&
           std::ranges::any_of(outputs, [](const OutputSpec& o) { return o.type == OutputType::stream_text; });
}

SchemaOutcome read_tool_schema(std::string_view text, std::string_view folder_name)
{
    SchemaOutcome outcome;
    core::JsonLimits limits;
    limits.max_bytes = max_schema_bytes;
    limits.max_depth = 64;
    limits.refuse_duplicate_keys = true;
    if (!core::is_utf8(text)) {
        outcome.problems.push_back({"tool.json", "is not valid UTF-8"});
        return outcome;
    }
    auto file = core::parse_json(text, limits);
    if (!file) {
        outcome.problems.push_back({"tool.json", file.error().message});
        return outcome;
    }
    Problems problems;
    ToolSchema schema = read_schema(*file, problems);
    outcome.name = schema.name;
    outcome.problems = problems.take();
    if (!outcome.problems.empty()) return outcome;
    add_warnings(schema, folder_name, outcome.warnings);
    schema.raw = std::move(*file);
    outcome.schema = std::move(schema);
    return outcome;
}

} // namespace pix::tools

#include "core/http/openapi.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/text.h"

namespace pix::http {

namespace json = core::json;
using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr std::string_view schemas_at = "#/components/schemas/";

json::object reference(std::string_view place, std::string_view name)
{
    return {{"$ref", std::string(place) + std::string(name)}};
}

/// The errors of every door, by status: the component's name and what it means.
const std::map<int, std::pair<std::string_view, std::string_view>>& error_responses()
{
    static const std::map<int, std::pair<std::string_view, std::string_view>> all = {
        {400, {"BadRequest", "The request is wrong; the message names the field."}},
        {401, {"Unauthorized", "Nobody is signed in, or the token is not known."}},
        {403, {"Forbidden", "Not allowed to whoever asks."}},
        {404, {"NotFound", "There is no such thing."}},
        {409, {"Conflict", "The thing's state does not permit it now."}},
        {410, {"Gone", "It existed and is no longer there."}},
        {413, {"TooLarge", "The body is over its limit."}},
        {415, {"UnsupportedMediaType", "The media type is not known."}},
        {422, {"Unprocessable", "Well-formed, but a parameter has an impossible value."}},
        {429, {"TooManyRequests", "Too often; Retry-After says when to try again."}},
        {500, {"InternalError", "The server's mistake; the log has the request's id."}},
        {502, {"BadGateway", "Another program answered nonsense or not at all."}},
        {503, {"Unavailable", "Not now: starting, stopping, or the disk is full."}},
        {504, {"Timeout", "Another program took too long."}},
    };
    return all;
}

/// "/tool/{tool_id}/files/{path*}" with the rest parameter as a plain one, and the names in it.
std::string plain_path(std::string_view path, std::vector<std::string>& names)
{
    std::string result;
    for (std::size_t i = 0; i < path.size(); ++i) {
        std::size_t const end = path[i] == '{' ? path.find('}', i) : std::string_view::npos;
        if (end == std::string_view::npos) {
            result += path[i];
            continue;
        }
        std::string_view name = path.substr(i + 1, end - i - 1);
        if (name.ends_with('*')) name.remove_suffix(1);
        names.emplace_back(name);
        result += '{' + std::string(name) + '}';
        i = end;
    }
    return result.empty() ? "/" : result;
}

/// "getToolRunsByRunId" of GET /tool/runs/{run_id}.
std::string derived_id(Method method, std::string_view path)
{
    std::string id = core::lower(name_of(method));
    bool capital = true;
    for (char const c : path) {
        if (c == '{') id += "By";
        bool const letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (letter) id += capital ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        capital = !letter;
    }
    return id;
}

class Document {
public:
    explicit Document(const OpenApiInfo& info) : info_(info) {}

    Result<void> add(const Endpoint& endpoint)
    {
        Route const& route = *endpoint.route;
        if (route.doc.summary.empty() || route.method == Method::head || route.method == Method::options) return {};
        std::vector<std::string> names;
        std::string const prefix = endpoint.mount == nullptr ? std::string() : endpoint.mount->prefix;
        std::string const path = plain_path(prefix + route.path, names);
        PIX_TRY(auto operation, operation_of(route, path, names));
        auto& item = paths_[path];
        if (!item.is_object()) item.emplace_object();
        item.get_object()[core::lower(name_of(route.method))] = std::move(operation);
        return {};
    }

    Result<json::object> finish()
    {
        json::object responses;
        for (int const status : used_errors_) {
            auto const& [name, meaning] = error_responses().at(status);
            json::object response{{"description", meaning}};
            if (!info_.error_schema.empty()) {
                PIX_TRY(auto schema, shared(info_.error_schema));
                response["content"] = json::object{{"application/json", json::object{{"schema", std::move(schema)}}}};
            }
            responses.emplace(name, std::move(response));
        }
        json::object document{
            {"openapi", info_.format == OpenApiVersion::v3_0 ? "3.0.3" : "3.1.0"},
            {"info", json::object{{"title", info_.title}, {"version", info_.version}}},
        };
        if (!info_.description.empty()) document["info"].get_object()["description"] = info_.description;
        if (!info_.servers.empty()) {
            json::array servers;
            for (auto const& url : info_.servers) servers.push_back(json::object{{"url", url}});
            document["servers"] = std::move(servers);
        }
        PIX_TRY(document["tags"], tags());
        document["paths"] = std::move(paths_);
        json::object components;
        if (!schemas_.empty()) components["schemas"] = std::move(schemas_);
        if (!responses.empty()) components["responses"] = std::move(responses);
        if (!info_.security_schemes.empty()) components["securitySchemes"] = info_.security_schemes;
        document["components"] = std::move(components);
        json::value const whole(document);
        PIX_CHECK(check_references(whole, whole));
        return document;
    }

private:
    Result<json::object> operation_of(const Route& route, const std::string& path,
                                      const std::vector<std::string>& names)
    {
        RouteDoc const& doc = route.doc;
        std::string const id = doc.operation_id.empty() ? derived_id(route.method, path) : doc.operation_id;
        std::string const where = std::string(name_of(route.method)) + " " + path;
        if (!ids_.insert(id).second)
            return fail(Errc::internal, where + ": another operation has the id " + id + " already");
        json::object operation{{"operationId", id}, {"summary", doc.summary}};
        if (!doc.description.empty()) operation["description"] = doc.description;
        if (!doc.tag.empty()) {
            operation["tags"] = json::array{doc.tag};
            if (std::ranges::find(used_tags_, doc.tag) == used_tags_.end()) used_tags_.push_back(doc.tag);
        }
        if (!info_.security_schemes.empty())
            operation["security"] = route.access == Access::anyone ? json::array() : info_.security;

        json::array parameters;
        for (auto const& name : names)
            parameters.push_back(json::object{
                {"name", name}, {"in", "path"}, {"required", true}, {"schema", json::object{{"type", "string"}}}});
        for (auto const& query : doc.query) {
            json::object parameter{{"name", query.name}, {"in", "query"}, {"required", query.required}};
            if (!query.description.empty()) parameter["description"] = query.description;
            PIX_TRY(parameter["schema"], shared(query.schema));
            parameters.push_back(std::move(parameter));
        }
        if (!parameters.empty()) operation["parameters"] = std::move(parameters);
        if (!doc.body.is_null()) {
            PIX_TRY(auto schema, shared(doc.body));
            operation["requestBody"] =
                json::object{{"required", true},
                             {"content", json::object{{doc.body_type, json::object{{"schema", std::move(schema)}}}}}};
        }
        PIX_TRY(operation["responses"], responses_of(route, !names.empty()));
        return operation;
    }

    Result<json::object> responses_of(const Route& route, bool has_names)
    {
        RouteDoc const& doc = route.doc;
        std::map<int, json::object> responses;
        for (auto const& answer : doc.responses) {
            if (answer.schema.is_null() && error_responses().contains(answer.status)) {
                use_error(responses, answer.status);
                continue;
            }
            json::object response{
                {"description", answer.description.empty() ? std::string("The answer.") : answer.description}};
            if (!answer.schema.is_null()) {
                PIX_TRY(auto schema, shared(answer.schema));
                response["content"] = json::object{{answer.content_type, json::object{{"schema", std::move(schema)}}}};
            }
            // Two media types of one status are one response.
            auto const [known, added] = responses.try_emplace(answer.status, response);
            if (!added && response.contains("content")) {
                auto& content = known->second["content"];
                if (!content.is_object()) content.emplace_object();
                for (auto& [type, media] : response["content"].get_object()) content.get_object()[type] = media;
            }
        }
        if (std::ranges::none_of(responses, [](auto const& one) { return one.first < 400; })) {
            bool const is_socket = std::holds_alternative<SocketHandler>(route.handler);
            responses[is_socket ? 101 : 200] = {{"description", is_socket ? "A WebSocket." : "Done."}};
        }
        if (!doc.query.empty() || !doc.body.is_null()) use_error(responses, 400);
        if (route.access != Access::anyone && !info_.security_schemes.empty()) {
            use_error(responses, 401);
            use_error(responses, 403);
        }
        if (has_names) use_error(responses, 404);
        if (!doc.body.is_null()) use_error(responses, 413);
        use_error(responses, 500);
        json::object result;
        for (auto& [status, response] : responses) result.emplace(std::to_string(status), std::move(response));
        return result;
    }

    void use_error(std::map<int, json::object>& responses, int status)
    {
        if (responses.try_emplace(status, reference("#/components/responses/", error_responses().at(status).first))
                .second)
            used_errors_.insert(status);
    }

    /// The schema in this document's version, with everything that has a name moved to the components.
    Result<json::value> shared(json::value schema)
    {
        if (info_.format == OpenApiVersion::v3_0) schema = schema_for_3_0(std::move(schema));
        PIX_CHECK(hoist(schema));
        return schema;
    }

    /// `is_schema` is false for the maps of schemas, where "title" is a property's name.
    Result<void> hoist(json::value& value, bool is_schema = true)
    {
        if (auto* array = value.if_array()) {
            for (auto& item : *array) PIX_CHECK(hoist(item));
            return {};
        }
        auto* object = value.if_object();
        if (object == nullptr) return {};
        for (auto& member : *object) {
            if (is_schema && is_data(member.key())) continue;
            PIX_CHECK(hoist(member.value(), !is_schema || member.key() != "properties"));
        }
        auto const* title = object->if_contains("title");
        if (!is_schema || title == nullptr || !title->is_string()) return {};
        if (!object->contains("properties") && !object->contains("enum")) return {};
        std::string const name(title->get_string());
        // What a member says of itself stays with it; the shared schema is the same for all.
        json::object beside;
        for (std::string_view const own : {"description", "default", "nullable"}) {
            if (auto const* said = object->if_contains(own)) beside.emplace(own, *said);
            object->erase(own);
        }
        if (auto const* known = schemas_.if_contains(name); known != nullptr && *known != value)
            return fail(Errc::internal, "two different schemas are named " + name);
        schemas_[name] = std::move(value);
        json::object replaced = reference(schemas_at, name);
        if (!beside.empty()) {
            // 3.0 ignores whatever stands beside a reference.
            if (info_.format == OpenApiVersion::v3_0) replaced = {{"allOf", json::array{std::move(replaced)}}};
            for (auto& [key, said] : beside) replaced[key] = said;
        }
        value = std::move(replaced);
        return {};
    }

    /// Keywords whose value is data or names, not a schema.
    static bool is_data(std::string_view key)
    {
        return key == "default" || key == "enum" || key == "const" || key == "example" || key == "examples" ||
               key == "required";
    }

    Result<json::array> tags() const
    {
        json::array tags;
        std::set<std::string_view> told;
        for (auto const& [name, description] : info_.tags) {
            tags.push_back(json::object{{"name", name}, {"description", description}});
            told.insert(name);
        }
        for (auto const& name : used_tags_)
            if (!told.contains(name)) tags.push_back(json::object{{"name", name}});
        return tags;
    }

    /// Every reference leads to something.
    static Result<void> check_references(const json::value& value, const json::value& whole)
    {
        if (auto const* array = value.if_array()) {
            for (auto const& item : *array) PIX_CHECK(check_references(item, whole));
        } else if (auto const* object = value.if_object()) {
            for (auto const& member : *object) {
                if (member.key() == "$ref" && member.value().is_string()) {
                    std::string const place(member.value().get_string());
                    boost::system::error_code missing;
                    if (!place.starts_with("#/") || whole.find_pointer(place.substr(1), missing) == nullptr)
                        return fail(Errc::internal, "the reference " + place + " leads nowhere");
                }
                PIX_CHECK(check_references(member.value(), whole));
            }
        }
        return {};
    }

    const OpenApiInfo& info_;
    json::object paths_;
    json::object schemas_;
    std::set<std::string> ids_;
    std::set<int> used_errors_;
    std::vector<std::string> used_tags_;
};

/// Takes "null" out of a list of types; true if it was there.
bool take_null(json::array& types)
{
    auto* const end = std::remove(types.begin(), types.end(), json::value("null"));
    bool const found = end != types.end();
    types.erase(end, types.end());
    return found;
}

void bound_for_3_0(json::object& schema, std::string_view exclusive, std::string_view inclusive)
{
    auto* bound = schema.if_contains(exclusive);
    if (bound == nullptr || !bound->is_number()) return;
    json::value const number = *bound;
    *bound = true;
    schema[inclusive] = number;
}

} // namespace

json::value schema_for_3_0(json::value schema)
{
    if (auto* array = schema.if_array()) {
        for (auto& item : *array) item = schema_for_3_0(std::move(item));
        return schema;
    }
    auto* object = schema.if_object();
    if (object == nullptr) return schema;
    for (auto& member : *object) {
        std::string_view const key = member.key();
        if (key == "default" || key == "enum" || key == "const" || key == "example" || key == "required") continue;
        if (key == "properties" && member.value().is_object()) {
            for (auto& property : member.value().get_object())
                property.value() = schema_for_3_0(std::move(property.value()));
            continue;
        }
        member.value() = schema_for_3_0(std::move(member.value()));
    }
    if (auto* type = object->if_contains("type"); type != nullptr && type->is_array()) {
        json::array types = type->get_array();
        bool const nullable = take_null(types);
        if (types.size() == 1) {
            *type = json::value(types.front());
        } else {
            object->erase("type");
            json::array choices;
            for (auto const& one : types) choices.push_back(json::object{{"type", one}});
            if (!choices.empty()) (*object)["anyOf"] = std::move(choices);
        }
        if (nullable) (*object)["nullable"] = true;
    }
    if (auto* choices = object->if_contains("anyOf"); choices != nullptr && choices->is_array()) {
        auto& list = choices->get_array();
        auto* const end = std::remove(list.begin(), list.end(), json::value(json::object{{"type", "null"}}));
        if (end != list.end()) {
            list.erase(end, list.end());
            if (list.size() == 1) {
                json::value const only = list.front();
                object->erase("anyOf");
                if (only.is_object() && !only.get_object().contains("$ref"))
                    for (auto const& [key, said] : only.get_object()) object->emplace(key, said);
                else
                    (*object)["allOf"] = json::array{only};
            }
            (*object)["nullable"] = true;
        }
    }
    if (auto const* constant = object->if_contains("const")) {
        json::value const only = *constant;
        object->erase("const");
        (*object)["enum"] = json::array{only};
    }
    if (auto const* examples = object->if_contains("examples"); examples != nullptr && examples->is_array()) {
        json::value const first = examples->get_array().empty() ? json::value() : examples->get_array().front();
        object->erase("examples");
        if (!first.is_null()) (*object)["example"] = first;
    }
    bound_for_3_0(*object, "exclusiveMinimum", "minimum");
    bound_for_3_0(*object, "exclusiveMaximum", "maximum");
    return schema;
}

Result<json::object> openapi_document(const OpenApiInfo& info, std::span<const Endpoint> endpoints)
{
    Document document(info);
    for (auto const& endpoint : endpoints) PIX_CHECK(document.add(endpoint));
    return document.finish();
}

} // namespace pix::http

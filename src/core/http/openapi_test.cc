#include "core/http/openapi.h"

#include <gtest/gtest.h>

#include <list>

#include "core/base/described.h"

namespace pix::http {
namespace {

namespace json = core::json;

enum class State { queued, completed };
BOOST_DESCRIBE_ENUM(State, queued, completed)

struct Repository {
    std::string id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Repository, (), (id, name))

struct Scan {
    std::string id;
    State state;
    std::optional<State> before;
    std::optional<std::string> note;
    std::optional<Repository> repository;
    std::vector<Scan> parts;
};
BOOST_DESCRIBE_STRUCT(Scan, (), (id, state, before, note, repository, parts))

struct NewScan {
    std::string branch;
    State state = State::completed;
};
BOOST_DESCRIBE_STRUCT(NewScan, (), (branch, state))

struct ErrorBody {
    std::string code;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(ErrorBody, (), (code, message))

core::Result<Response> answer(const Request&)
{
    return Response();
}

/// Routes of one mount, as a router would hold them.
struct Table {
    std::list<Route> routes;
    Mount mount{DoorKind::security, "/api/v1", ""};
    std::vector<Endpoint> endpoints;

    Route& add(Method method, std::string path, std::string summary)
    {
        Route& route = routes.emplace_back();
        route.method = method;
        route.path = std::move(path);
        route.handler = QuickHandler(answer);
        route.doc.summary = std::move(summary);
        endpoints.push_back({&route, &mount, endpoints.size()});
        return route;
    }
};

Table scans()
{
    Table table;
    auto& list = table.add(Method::get, "/repositories/{id}/scans", "List scans");
    list.doc.tag = "Scans";
    list.doc.operation_id = "listScans";
    list.doc.query = {{"state", "Only these.", core::schema_of<State>(), false}};
    list.doc.responses = {{200, "The scans.", "application/json", core::schema_of<std::vector<Scan>>()}};
    auto& start = table.add(Method::post, "/repositories/{id}/scans", "Start a scan");
    start.doc.tag = "Scans";
    start.doc.body = core::schema_of<NewScan>();
    start.doc.responses = {{202, "Queued.", "application/json", core::schema_of<Scan>()}, {409, "", "", nullptr}};
    auto& health = table.add(Method::get, "/health/{path*}", "Say whether it works");
    health.access = Access::anyone;
    table.add(Method::get, "/page", "");
    return table;
}

OpenApiInfo info(OpenApiVersion format)
{
    OpenApiInfo made;
    made.format = format;
    made.title = "Pix";
    made.version = "1";
    made.servers = {"/"};
    made.tags = {{"Scans", "What was scanned."}};
    made.security_schemes = {{"bearerAuth", json::object{{"type", "http"}, {"scheme", "bearer"}}}};
    made.security = {json::object{{"bearerAuth", json::array()}}};
    made.error_schema = core::schema_of<ErrorBody>();
    return made;
}

/// Why there is no document of `table`; empty if there is one.
std::string refusal(const Table& table)
{
    auto const document = openapi_document(info(OpenApiVersion::v3_1), table.endpoints);
    return document ? "" : document.error().message;
}

/// A structural check of the whole document: what generators stumble over, one sentence each.
class Checker {
public:
    explicit Checker(const json::object& document) : whole_(document)
    {
        is_3_0_ = document.at("openapi").as_string().starts_with("3.0.");
        for (auto const& [path, item] : document.at("paths").as_object())
            for (auto const& [method, operation] : item.as_object())
                check_operation(path, method, operation.as_object());
        walk(whole_, "");
    }
    std::vector<std::string> problems;

private:
    void check_operation(std::string_view path, std::string_view method, const json::object& operation)
    {
        std::string const where = std::string(method) + " " + std::string(path);
        if (!ids_.insert(operation.at("operationId").as_string().c_str()).second) problems.push_back(where + ": id");
        std::set<std::string> named;
        if (auto const* parameters = operation.if_contains("parameters"))
            for (auto const& parameter : parameters->as_array())
                if (parameter.at("in") == "path") named.insert(parameter.at("name").as_string().c_str());
        std::set<std::string> used;
        for (std::size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1))
            used.emplace(path.substr(at + 1, path.find('}', at) - at - 1));
        if (named != used) problems.push_back(where + ": path parameters");
        for (auto const& [status, response] : operation.at("responses").as_object())
            if (status.size() != 3 ||
                (!response.as_object().contains("description") && !response.as_object().contains("$ref")))
                problems.push_back(where + ": response " + std::string(status));
    }

    void walk(const json::value& value, const std::string& where)
    {
        if (auto const* array = value.if_array()) {
            for (auto const& item : *array) walk(item, where + "/-");
            return;
        }
        auto const* object = value.if_object();
        if (object == nullptr) return;
        if (auto const* reference = object->if_contains("$ref")) {
            boost::system::error_code missing;
            std::string const place(reference->as_string());
            if (whole_.find_pointer(place.substr(1), missing) == nullptr) problems.push_back(where + ": " + place);
            if (is_3_0_ && object->size() > 1) problems.push_back(where + ": beside a reference");
        }
        auto const* type = object->if_contains("type");
        if (is_3_0_ && type && (type->is_array() || *type == "null")) problems.push_back(where + ": type of 3.1");
        if (!is_3_0_ && object->contains("nullable")) problems.push_back(where + ": nullable of 3.0");
        for (auto const& [key, member] : *object) walk(member, where + "/" + std::string(key));
    }

    json::value whole_;
    bool is_3_0_ = false;
    std::set<std::string> ids_;
};

TEST(OpenApi, both_versions_hold_together)
{
    Table const table = scans();
    for (auto const format : {OpenApiVersion::v3_0, OpenApiVersion::v3_1}) {
        auto const document = openapi_document(info(format), table.endpoints);
        ASSERT_TRUE(document) << document.error().message;
        EXPECT_EQ(Checker(*document).problems, std::vector<std::string>());
    }
}

TEST(OpenApi, lists_the_routes_that_say_what_they_do)
{
    Table const table = scans();
    auto const document = openapi_document(info(OpenApiVersion::v3_1), table.endpoints);
    auto const& paths = document->at("paths").as_object();
    EXPECT_EQ(paths.size(), 2U);
    EXPECT_TRUE(paths.contains("/api/v1/health/{path}"));
    auto const& operations = paths.at("/api/v1/repositories/{id}/scans").as_object();
    EXPECT_EQ(operations.at("get").at("operationId"), "listScans");
    EXPECT_EQ(operations.at("post").at("operationId"), "postApiV1RepositoriesByIdScans");
    EXPECT_EQ(operations.at("post").at("responses").at("409"),
              json::parse(R"({"$ref":"#/components/responses/Conflict"})"));
    std::string statuses;
    for (auto const& response : operations.at("post").at("responses").as_object())
        statuses += std::string(response.key()) + " ";
    EXPECT_EQ(statuses, "202 400 401 403 404 409 413 500 ");
    EXPECT_EQ(document->at("tags"), json::parse(R"([{"name":"Scans","description":"What was scanned."}])"));
}

TEST(OpenApi, only_what_needs_credentials_asks_for_them)
{
    Table const table = scans();
    auto const document = openapi_document(info(OpenApiVersion::v3_1), table.endpoints);
    auto const& paths = document->at("paths").as_object();
    auto const& health = paths.at("/api/v1/health/{path}").at("get").as_object();
    EXPECT_EQ(health.at("security"), json::value(json::array()));
    EXPECT_FALSE(health.at("responses").as_object().contains("401"));
    EXPECT_EQ(paths.at("/api/v1/repositories/{id}/scans").at("get").at("security"),
              json::parse(R"([{"bearerAuth":[]}])"));
    OpenApiInfo open = info(OpenApiVersion::v3_1);
    open.security_schemes.clear();
    auto const without = openapi_document(open, table.endpoints);
    auto const& get = without->at("paths").at("/api/v1/repositories/{id}/scans").at("get").as_object();
    EXPECT_FALSE(get.contains("security"));
    EXPECT_FALSE(get.at("responses").as_object().contains("401"));
}

TEST(OpenApi, named_schemas_are_shared)
{
    Table const table = scans();
    auto const document = openapi_document(info(OpenApiVersion::v3_1), table.endpoints);
    auto const& schemas = document->at("components").at("schemas").as_object();
    std::set<std::string> names;
    for (auto const& schema : schemas) names.emplace(schema.key());
    EXPECT_EQ(names, (std::set<std::string>{"ErrorBody", "NewScan", "Repository", "Scan", "State"}));
    auto const& scan = schemas.at("Scan").at("properties").as_object();
    EXPECT_EQ(scan.at("state"), json::parse(R"({"$ref":"#/components/schemas/State"})"));
    EXPECT_EQ(scan.at("parts").at("items"), json::parse(R"({"$ref":"#/components/schemas/Scan"})"));
    EXPECT_EQ(schemas.at("NewScan").at("properties").at("state"),
              json::parse(R"({"$ref":"#/components/schemas/State","default":"completed"})"));
}

TEST(OpenApi, says_null_in_the_words_of_its_version)
{
    Table const table = scans();
    auto const new_one = openapi_document(info(OpenApiVersion::v3_1), table.endpoints);
    auto const& in_3_1 = new_one->at("components").at("schemas").at("Scan").at("properties").as_object();
    EXPECT_EQ(in_3_1.at("note"), json::parse(R"({"type":["string","null"]})"));
    EXPECT_EQ(in_3_1.at("before"), json::parse(R"({"anyOf":[{"$ref":"#/components/schemas/State"},{"type":"null"}]})"));
    auto const old_one = openapi_document(info(OpenApiVersion::v3_0), table.endpoints);
    auto const& in_3_0 = old_one->at("components").at("schemas").at("Scan").at("properties").as_object();
    EXPECT_EQ(in_3_0.at("note"), json::parse(R"({"type":"string","nullable":true})"));
    auto const nullable = json::parse(R"({"allOf":[{"$ref":"#/components/schemas/State"}],"nullable":true})");
    EXPECT_EQ(in_3_0.at("before"), nullable);
    EXPECT_EQ(schema_for_3_0(json::parse(R"({"const":1,"exclusiveMinimum":2,"examples":[3]})")),
              json::parse(R"({"enum":[1],"exclusiveMinimum":true,"minimum":2,"example":3})"));
}

TEST(OpenApi, refuses_what_would_mislead_a_generator)
{
    Table twice = scans();
    twice.add(Method::put, "/other", "Again").doc.operation_id = "listScans";
    EXPECT_EQ(refusal(twice), "PUT /api/v1/other: another operation has the id listScans already");
    Table differs = scans();
    differs.add(Method::put, "/other", "Other").doc.body =
        json::parse(R"({"title":"Scan","type":"object","properties":{}})");
    EXPECT_EQ(refusal(differs), "two different schemas are named Scan");
    Table dangling = scans();
    dangling.add(Method::put, "/other", "Other").doc.body = json::parse(R"({"$ref":"#/components/schemas/None"})");
    EXPECT_EQ(refusal(dangling), "the reference #/components/schemas/None leads nowhere");
}

} // namespace
} // namespace pix::http

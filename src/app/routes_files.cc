#include "app/routes_files.h"

#include "app/route_rows.h"
#include "workbench/file/file_handlers.h"

namespace pix::app {

namespace json = boost::json;

namespace {

using workbench::Files;

/// A row with its description: operation id, query, answers.
struct Described {
    Route route;

    Described& named(std::string operation_id, std::string description = {})
    {
        route.doc.operation_id = std::move(operation_id);
        route.doc.description = std::move(description);
        route.doc.tag = "Files";
        return *this;
    }
    Described& query(std::string name, std::string description, json::object schema = {{"type", "string"}},
                     bool required = false)
    {
        route.doc.query.push_back({std::move(name), std::move(description), std::move(schema), required});
        return *this;
    }
    Described& body(json::value schema, std::string type = "application/json")
    {
        route.doc.body = std::move(schema);
        route.doc.body_type = std::move(type);
        return *this;
    }
    Described& answers(int status, std::string description, json::value schema = nullptr,
                       std::string type = "application/json")
    {
        route.doc.responses.push_back({status, std::move(description), std::move(type), std::move(schema)});
        return *this;
    }
};

json::object type_of(std::string_view name)
{
    return {{"type", name}};
}

json::object words(std::initializer_list<std::string_view> names)
{
    json::array list;
    for (std::string_view const name : names) list.push_back(json::value(name));
    return {{"type", "string"}, {"enum", std::move(list)}};
}

json::object object_of(json::object properties, std::initializer_list<std::string_view> required = {})
{
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (required.size() > 0) {
        json::array names;
        for (std::string_view const name : required) names.push_back(json::value(name));
        schema["required"] = std::move(names);
    }
    return schema;
}

json::object array_of(json::value items)
{
    return {{"type", "array"}, {"items", std::move(items)}};
}

json::object or_null(std::string_view type)
{
    return {{"type", json::array{type, "null"}}};
}

json::object entry_type()
{
    return words({"file", "directory"});
}

json::object done_schema()
{
    return object_of({{"success", type_of("boolean")}, {"path", type_of("string")}, {"message", type_of("string")}});
}

json::object listed_schema()
{
    return array_of(object_of({{"name", type_of("string")},
                               {"path", type_of("string")},
                               {"type", entry_type()},
                               {"size", or_null("integer")},
                               {"modified", type_of("string")},
                               {"permissions", type_of("string")},
                               {"permissionsRwx", type_of("string")},
                               {"isSymlink", type_of("boolean")}},
                              {"name", "path", "type"}));
}

constexpr const char* folder_url = "/api/projects/{projectName}";

std::string below(std::string_view rest)
{
    return folder_url + std::string(rest);
}

Route list_row(Files* files)
{
    Described described{get(below("/files"), on(workbench::list_files, files), "List files in a project subtree")};
    described.named("listFiles")
        .query("path", "Folder relative to the project; the project itself if absent.")
        .query("depth", "Levels to read, at most 10; folders that were read have children.", type_of("integer"))
        .query("respectGitignore", "Leave out what the .gitignore files name.", type_of("boolean"))
        .query("truncate", "What was read until a limit, instead of 413.", type_of("boolean"))
        .answers(200, "Directory listing.", listed_schema())
        .answers(413, "More entries than one answer holds, or reading took too long.");
    return described.route;
}

Route delete_row(Files* files)
{
    Described described{row(Method::delete_, below("/files"), on(workbench::delete_file, files),
                            "Delete a file or folder (path in body)", form_body)};
    described.named("deleteFile", "Folders go with all that is in them; links are removed, never followed.")
        .query("path", "For clients that cannot send a body.")
        .body(object_of({{"path", type_of("string")}, {"type", entry_type()}}))
        .answers(200, "Deleted.", done_schema());
    return described.route;
}

Route read_row(Files* files)
{
    Described described{get(below("/file"), on(workbench::read_file, files), "Read a single file")};
    described.named("readFile")
        .query("path", "Relative to the project.", type_of("string"), true)
        .query("decode", "Texts in UTF-16 and Latin-1 as text, with their charset.", type_of("boolean"))
        .answers(200, "File contents (utf-8 text or base64 binary).",
                 object_of({{"content", type_of("string")},
                            {"encoding", words({"utf-8", "base64"})},
                            {"path", type_of("string")},
                            {"size", type_of("integer")},
                            {"modified", type_of("string")},
                            {"etag", type_of("string")},
                            {"charset", words({"utf-16le", "utf-16be", "latin1"})}},
                           {"content", "encoding"}))
        .answers(413, "Too large to be answered as JSON.");
    return described.route;
}

Route write_row(Files* files)
{
    Described described{
        row(Method::put, below("/file"), on(workbench::write_file, files), "Overwrite a file", json_body)};
    described
        .named("writeFile", "All of the new content or none of it is kept. With If-Match, only if nobody has changed "
                            "the file since; with If-None-Match: *, only if there is none.")
        .body(object_of({{"path", type_of("string")},
                         {"content", type_of("string")},
                         {"encoding", words({"utf-8", "base64"})},
                         {"charset", words({"utf-8", "utf-16le", "utf-16be", "latin1"})}},
                        {"path", "content"}))
        .answers(200, "Saved.", done_schema())
        .answers(409, "The file was changed since it was read.");
    return described.route;
}

Route create_row(Files* files)
{
    Described described{row(Method::post, below("/files/create"), on(workbench::create_file, files),
                            "Create a new file or folder", json_body)};
    described.named("createFile", "Folders above that are missing are made.")
        .body(object_of({{"path", type_of("string")},
                         {"type", entry_type()},
                         {"content", type_of("string")},
                         {"name", type_of("string")}},
                        {"path", "type"}))
        .answers(201, "Created.", done_schema())
        .answers(409, "It is there already.");
    return described.route;
}

Route rename_row(Files* files)
{
    Described described{
        row(Method::put, below("/files/rename"), on(workbench::rename_file, files), "Rename / move a file", form_body)};
    described.named("renameFile")
        .body(
            object_of({{"oldPath", type_of("string")}, {"newPath", type_of("string")}, {"newName", type_of("string")}},
                      {"oldPath"}))
        .answers(200, "Renamed.", done_schema())
        .answers(409, "The new name is taken.");
    return described.route;
}

} // namespace

std::vector<http::Route> files_routes(Files* files)
{
    return {
        list_row(files), delete_row(files), read_row(files), write_row(files), create_row(files), rename_row(files),
    };
}

} // namespace pix::app

#include "app/routes_files.h"

#include "app/route_rows.h"
#include "workbench/file/file_handlers.h"
#include "workbench/file/filesystem_handlers.h"
#include "workbench/file/transfer_handlers.h"

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

json::object binary()
{
    return {{"type", "string"}, {"format", "binary"}};
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

/// Five images of 5 MiB, one attachment of 50 MiB, and what the form adds.
constexpr std::size_t images_body = 26UL * 1024 * 1024;
constexpr std::size_t asset_body = 51UL * 1024 * 1024;
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

Route content_row(Files* files)
{
    Described described{
        get(below("/files/content"), on(workbench::send_content, files), "The bytes of a file, in parts if asked for")};
    described.named("getFileContent", "Sandboxed and never HTML; what a browser cannot show is an attachment.")
        .query("path", "Relative to the project.", type_of("string"), true)
        .query("download", "As an attachment in any case.", type_of("boolean"))
        .answers(200, "All of it.", nullptr, "application/octet-stream")
        .answers(206, "The part that the Range header names.", nullptr, "application/octet-stream")
        .answers(416, "The file has no such part.");
    return described.route;
}

Route archive_row(Files* files)
{
    Described described{get(below("/files/archive"), on(workbench::send_archive, files), "A folder as a zip file")};
    described.named("getFolderArchive", "What the tree leaves out is left out.")
        .query("path", "Folder relative to the project; the project itself if absent.")
        .query("respectGitignore", "Leave out what the .gitignore files name.", type_of("boolean"))
        .query("all", "Leave out version control and installed packages only.", type_of("boolean"))
        .answers(200, "As it is made.", nullptr, "application/zip");
    return described.route;
}

Route upload_row(Files* files)
{
    Described described{row(Method::post, below("/files/upload"), on(workbench::upload_files, files),
                            "Store files in a project", run_body)};
    described.named("uploadFiles", "All of them are stored or none.")
        .query("overwrite", "Replace what is there.", type_of("boolean"))
        .body(object_of({{"files", array_of(binary())},
                         {"targetPath", type_of("string")},
                         {"relativePaths", type_of("string")},
                         {"overwrite", type_of("boolean")}},
                        {"files"}),
              "multipart/form-data")
        .answers(200, "Stored.",
                 object_of({{"success", type_of("boolean")},
                            {"files", array_of(object_of({{"name", type_of("string")},
                                                          {"path", type_of("string")},
                                                          {"size", type_of("integer")}}))},
                            {"targetPath", type_of("string")},
                            {"message", type_of("string")}}))
        .answers(409, "One of them is there already.")
        .answers(413, "One of them, or all together, are too large.");
    return described.route;
}

Route images_row(Files* files)
{
    Described described{row(Method::post, below("/upload-images"), on(workbench::upload_images, files),
                            "Images of a form as data URLs", images_body)};
    described.named("uploadImages")
        .body(object_of({{"images", array_of(binary())}}, {"images"}), "multipart/form-data")
        .answers(200, "The images; nothing is stored.",
                 object_of({{"images", array_of(object_of({{"name", type_of("string")},
                                                           {"data", type_of("string")},
                                                           {"size", type_of("integer")},
                                                           {"mimeType", type_of("string")}}))}}));
    return described.route;
}

Route attachment_row(Files* files)
{
    Described described{
        row(Method::post, "/api/assets", on(workbench::keep_attachment, files), "Keep a file for prompts", asset_body)};
    described.named("keepAttachment")
        .body(object_of({{"file", binary()}}, {"file"}), "multipart/form-data")
        .answers(200, "Kept.",
                 object_of({{"path", type_of("string")},
                            {"name", type_of("string")},
                            {"mimeType", type_of("string")},
                            {"size", type_of("integer")}}));
    return described.route;
}

Route search_row(Files* files)
{
    Described described{
        get(below("/files/search"), on(workbench::search_files, files), "Find files of a project by their names")};
    described.named("searchFiles")
        .query("q", "Words, each of which is in the path, at least letter by letter.")
        .query("limit", "At most 500.", type_of("integer"))
        .answers(
            200, "The best first.",
            object_of({{"results", array_of(object_of({{"name", type_of("string")}, {"path", type_of("string")}}))},
                       {"total", type_of("integer")},
                       {"files", type_of("integer")},
                       {"truncated", type_of("boolean")}}));
    return described.route;
}

Route trash_row(Files* files)
{
    Described described{get(below("/files/trash"), on(workbench::list_trash, files), "What was deleted and is kept")};
    described.named("listTrash")
        .answers(200, "The latest first.",
                 array_of(object_of({{"id", type_of("string")},
                                     {"name", type_of("string")},
                                     {"path", type_of("string")},
                                     {"type", entry_type()},
                                     {"deletedAt", type_of("string")}})));
    return described.route;
}

Route empty_trash_row(Files* files)
{
    Described described{row(Method::delete_, below("/files/trash"), on(workbench::empty_trash, files),
                            "Remove for good what was deleted", no_body)};
    described.named("emptyTrash")
        .answers(200, "Removed.", object_of({{"success", type_of("boolean")}, {"removed", type_of("integer")}}));
    return described.route;
}

Route restore_row(Files* files)
{
    Described described{post(below("/files/restore"), on(workbench::restore_file, files), "Undo a deletion")};
    described.named("restoreFile")
        .body(object_of({{"undo", type_of("string")}}, {"undo"}))
        .answers(200, "It is back where it was.", done_schema())
        .answers(409, "Something else is there now.");
    return described.route;
}

Route browse_row(Files* files)
{
    Described described{get("/api/browse-filesystem", on(workbench::show_filesystem, files),
                            "Native filesystem browser (outside project tree)")};
    described.named("browseFilesystem")
        .query("path", "Absolute, or below the home folder ~.", {{"type", "string"}, {"default", "~"}})
        .answers(200, "Directory listing.",
                 object_of({{"path", type_of("string")},
                            {"parent", or_null("string")},
                            {"entries", array_of(object_of({{"name", type_of("string")}, {"type", entry_type()}}))},
                            {"suggestions", array_of(object_of({{"path", type_of("string")},
                                                                {"name", type_of("string")},
                                                                {"type", type_of("string")}}))},
                            {"rootPath", type_of("string")}},
                           {"path", "parent", "entries"}));
    return described.route;
}

Route folder_row(Files* files)
{
    Described described{post("/api/create-folder", on(workbench::make_folder, files), "Make a folder for a project")};
    described.named("createFolder")
        .body(object_of({{"path", type_of("string")}}, {"path"}))
        .answers(200, "Made.", object_of({{"success", type_of("boolean")}, {"path", type_of("string")}}))
        .answers(409, "It is there already.");
    return described.route;
}

} // namespace

std::vector<http::Route> files_routes(Files* files)
{
    return {
        list_row(files),   delete_row(files),     read_row(files),    write_row(files),       create_row(files),
        rename_row(files), content_row(files),    archive_row(files), upload_row(files),      images_row(files),
        search_row(files), trash_row(files),      restore_row(files), empty_trash_row(files), browse_row(files),
        folder_row(files), attachment_row(files),
    };
}

} // namespace pix::app

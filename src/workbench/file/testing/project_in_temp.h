#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "core/http/request.h"
#include "workbench/file/file_handlers.h"

namespace pix::workbench::testing {

/// A folder of its own for a test, gone with it.
class TempFolder {
public:
    TempFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "pix-file-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        path = std::filesystem::canonical(name);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }

    std::filesystem::path path;
};

/// A project in a temporary folder, with a file outside beside it.
class ProjectInTemp {
public:
    ProjectInTemp()
    {
        std::filesystem::create_directory(path());
        outside("secret", "do not show");
    }

    std::filesystem::path path() const { return temp.path / "app"; }
    ProjectFolder open() const { return *ProjectFolder::open(path().string()); }
    void file(const std::string& name, std::string_view bytes = "") { write(path() / name, bytes); }
    void outside(const std::string& name, std::string_view bytes) { write(temp.path / name, bytes); }
    void folder(const std::string& name) { std::filesystem::create_directories(path() / name); }
    void link(const std::string& name, const std::string& target)
    {
        std::filesystem::create_directories((path() / name).parent_path());
        std::filesystem::create_symlink(target, path() / name);
    }
    std::string bytes(const std::string& name) const { return read(path() / name); }
    bool has(const std::string& name) const
    {
        return std::filesystem::exists(std::filesystem::symlink_status(path() / name));
    }
    static std::string read(const std::filesystem::path& path)
    {
        std::ifstream in(path, std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }
    /// Names in the project's folder, hidden ones, too: nothing may be left behind.
    std::size_t count() const
    {
        std::size_t found = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::recursive_directory_iterator(path())) ++found;
        return found;
    }

    TempFolder temp;

private:
    static void write(const std::filesystem::path& path, std::string_view bytes)
    {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << bytes;
    }
};

/// Knows one project, "app".
class OneProject : public ProjectFolders {
public:
    explicit OneProject(std::string path) : path_(std::move(path)) {}
    awaitable<core::Result<std::string>> folder_of(std::string name) override
    {
        if (name != "app") co_return core::fail(core::Errc::not_found, "there is no such project");
        co_return path_;
    }

private:
    std::string path_;
};

/// The files area over one project, asked as the router asks it.
class FilesInTemp : public ProjectInTemp {
public:
    using Handler = FileReply (*)(std::shared_ptr<http::Request>, Files&);

    FilesInTemp() : folders(path().string()), files(folders, pool, config(temp.path)) {}
    ~FilesInTemp() { pool.join(); }

    static FilesConfig config(const std::filesystem::path& temp)
    {
        FilesConfig config;
        std::filesystem::create_directories(temp / "user");
        config.browse.user_home = temp / "user";
        config.trash = temp / "home" / "trash";
        config.attachments = temp / "home" / "uploads" / "attachments";
        std::filesystem::create_directories(temp / "home");
        return config;
    }

    /// `body` is sent as JSON when it is not empty.
    core::Result<http::Response> ask(Handler handler, std::string target, std::string body = {},
                                     std::vector<std::pair<std::string, std::string>> headers = {})
    {
        http::RequestBuilder builder;
        builder.method = body.empty() ? http::Method::get : http::Method::post;
        builder.target = std::move(target);
        builder.headers = std::move(headers);
        builder.body = std::move(body);
        builder.params = {{"projectName", project}};
        return run(handler(builder.build(), files));
    }
    template <class T>
    T run(awaitable<T> work)
    {
        asio::io_context io;
        std::optional<T> result;
        std::exception_ptr thrown;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
            thrown = error;
            result = std::move(value);
        });
        io.run();
        if (thrown) std::rethrow_exception(thrown);
        return *std::move(result);
    }
    /// The body of an answer that is JSON.
    static boost::json::value json_of(const http::Response& response)
    {
        return boost::json::parse(std::get<std::string>(response.body));
    }

    asio::thread_pool pool{2};
    OneProject folders;
    Files files;
    std::string project = "app";
};

} // namespace pix::workbench::testing

#include "workbench/project/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/store/testing/test_database.h"
#include "workbench/project/clone.h"
#include "workbench/project/clone_handlers.h"
#include "workbench/project/forbidden_folders.h"
#include "workbench/project/project_handlers.h"
#include "workbench/project/session_handlers.h"
#include "workbench/project/usage_handlers.h"
#include "workbench/session_index/testing/line_agent.h"

namespace pix::workbench {
namespace {

using store::testing::TestDatabase;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::make_line_agent;
using testing::write_lines;
namespace json = boost::json;
namespace fs = std::filesystem;

/// A machine with two agents, and the service over it.
class Machine {
public:
    explicit Machine(store::Dialect dialect = store::Dialect::sqlite) : database_(dialect, project_migrations)
    {
        std::string pattern = "/tmp/pix-projects-XXXXXX";
        home_ = ::mkdtemp(pattern.data());
    }
    ~Machine()
    {
        close();
        std::error_code ignored;
        fs::remove_all(home_, ignored);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    fs::path home() const { return home_; }
    std::string folder(const std::string& name) const
    {
        fs::create_directories(home_ / name);
        return (home_ / name).string();
    }
    /// A conversation of an agent: "claude" or "codex".
    void conversation(const std::string& agent, const std::string& id, const std::string& cwd, const std::string& lines)
    {
        write_lines(home_ / ".agents" / agent / (id + ".txt"), "cwd|0|" + cwd + "\n" + lines);
    }

    void open()
    {
        SessionReaders readers;
        readers.push_back(make_line_agent(Provider::claude, home_ / ".agents/claude"));
        readers.push_back(make_line_agent(Provider::codex, home_ / ".agents/codex"));
        index_ = *SessionIndex::open(home_ / ".pix/cache/index.db", std::move(readers), pool_);
        ProjectsParts parts{io_, pool_, *database_, streams_, supervisor_, clock_, *index_};
        ProjectsConfig config;
        config.user_home = home_;
        config.environment = environment;
        projects_ = std::make_unique<Projects>(parts, config);
        ASSERT_TRUE(projects_->open());
        settle();
    }
    void close()
    {
        if (projects_) projects_->stop();
        projects_.reset();
        index_.reset();
    }
    /// Waits until everything is indexed and the lists say so.
    void settle()
    {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!index_->snapshot()->progress.is_whole() && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        ASSERT_TRUE(index_->snapshot()->progress.is_whole());
        run(projects_->refresh());
    }

    template <class T>
    T run(awaitable<T> work)
    {
        std::optional<T> outcome;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr, T result) { outcome = std::move(result); });
        io_.restart();
        while (!outcome && io_.run_one() > 0) {
        }
        return *std::move(outcome);
    }
    void run(awaitable<void> work)
    {
        bool done = false;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr) { done = true; });
        io_.restart();
        while (!done && io_.run_one() > 0) {
        }
    }

    using Handler = ProjectReply (*)(std::shared_ptr<http::Request>, Projects&);
    core::Result<http::Response> ask(Handler handler, std::string target = "/", std::string body = "",
                                     std::vector<std::pair<std::string, std::string>> params = {})
    {
        http::RequestBuilder builder;
        builder.target = std::move(target);
        if (!body.empty()) builder.headers.emplace_back("Content-Type", "application/json");
        builder.body = std::move(body);
        builder.params = std::move(params);
        return run(handler(builder.build(), *projects_));
    }
    json::value json_of(Handler handler, std::string target = "/", std::string body = "",
                        std::vector<std::pair<std::string, std::string>> params = {})
    {
        auto const reply = ask(handler, std::move(target), std::move(body), std::move(params));
        EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
        if (!reply) return nullptr;
        if (auto const* text = std::get_if<std::string>(&reply->body)) return *core::parse_json(*text);
        return *core::parse_json(*std::get<std::shared_ptr<const std::string>>(reply->body));
    }
    std::vector<std::string> names()
    {
        std::vector<std::string> names;
        auto const list = json_of(list_projects);
        for (auto const& project : list.as_array()) names.emplace_back(project.at("displayName").as_string());
        return names;
    }
    /// The name in URLs of the project of a folder.
    std::string name_of(const std::string& path)
    {
        auto const list = json_of(list_projects);
        for (auto const& project : list.as_array())
            if (project.at("path").as_string() == path) return std::string(project.at("name").as_string());
        return "";
    }

    std::map<std::string, std::string> environment{{"PATH", ::getenv("PATH")}, {"HOME", "/nonexistent"}};
    Projects& projects() { return *projects_; }

private:
    fs::path home_;
    TestDatabase database_;
    asio::io_context io_;
    asio::thread_pool pool_{2};
    events::LiveStreams streams_{io_, pool_, "/nonexistent/streams"};
    process::Supervisor supervisor_{io_.get_executor(), pool_, {}};
    core::ManualClock clock_{1'767'225'600'000};
    std::unique_ptr<SessionIndex> index_;
    std::unique_ptr<Projects> projects_;
};

std::string failure_of(const core::Result<http::Response>& reply)
{
    return reply ? "none" : reply.error().name;
}

TEST(Projects, join_what_several_agents_know_of_a_folder)
{
    Machine machine;
    std::string const app = machine.folder("my_app.v2");
    std::string const other = machine.folder("other");
    machine.conversation("claude", "c1", app, "user|1700000000000|hello\n");
    machine.conversation("codex", "x1", app + "/", "user|1700000005000|hi\n");
    machine.conversation("codex", "x2", other, "user|1700000003000|yo\n");
    machine.open();
    EXPECT_THAT(machine.names(), ElementsAre("my_app.v2", "other"));
    auto const project = machine.json_of(list_projects).at(0);
    EXPECT_EQ(project.at("name").as_string(), claude_folder_name(app));
    EXPECT_EQ(project.at("fullPath").as_string(), app);
    EXPECT_EQ(project.at("sessions").as_array().size(), 2U);
    EXPECT_EQ(project.at("sessions").at(0).at("id").as_string(), "x1");
    EXPECT_EQ(project.at("sessions").at(0).at("title").as_string(), "hi");
    EXPECT_EQ(project.at("sessionMeta").at("total").as_int64(), 2);
    EXPECT_EQ(project.at("codexSessions").as_array().size(), 1U);
}

TEST(Projects, whose_names_would_be_one_keep_different_ones_for_good)
{
    Machine machine;
    std::string const dot = machine.folder("a.b");
    std::string const dash = machine.folder("a-b");
    machine.conversation("codex", "one", dot, "user|1700000000000|hello\n");
    machine.open();
    std::string const first = machine.name_of(dot);
    auto const second = machine.json_of(quick_start, "/", json::serialize(json::object{{"path", dash}}));
    EXPECT_EQ(first, claude_folder_name(dot));
    EXPECT_THAT(std::string(second.at("name").as_string()), HasSubstr(first + "--"));
    machine.close();
    machine.open();
    EXPECT_EQ(machine.name_of(dot), first);
    EXPECT_EQ(machine.name_of(dash), second.at("name").as_string());
}

TEST(Projects, start_quickly_in_a_folder)
{
    Machine machine;
    machine.open();
    auto const body = [](std::string_view path) { return json::serialize(json::object{{"path", path}}); };
    auto const made = machine.json_of(quick_start, "/", body("~/fresh"));
    EXPECT_TRUE(fs::is_directory(machine.home() / "fresh"));
    EXPECT_EQ(made.at("path").as_string(), (machine.home() / "fresh").string());
    auto const again = machine.json_of(quick_start, "/", body((machine.home() / "x/../fresh").string()));
    EXPECT_EQ(again.at("name"), made.at("name"));
    EXPECT_EQ(machine.names().size(), 1U);

    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", body("relative"))), "INVALID_PATH");
    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", body("~/no/parent"))), "PATH_NOT_CREATABLE");
    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", body("/etc"))), "FORBIDDEN_PATH");
    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", body("/"))), "FORBIDDEN_PATH");
    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", R"({"path": 5})")), "INVALID_REQUEST");
    fs::create_symlink("/etc", machine.home() / "sly");
    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", body("~/sly"))), "FORBIDDEN_PATH");
    std::ofstream(machine.home() / "file") << "x";
    EXPECT_EQ(failure_of(machine.ask(quick_start, "/", body("~/file"))), "NOT_A_DIRECTORY");

    auto const numbered = machine.json_of(quick_start);
    EXPECT_EQ(numbered.at("suggestedName").as_string(), "pixcode-project-1");
    EXPECT_TRUE(numbered.at("success").as_bool());
}

TEST(Projects, are_renamed_for_the_eye_only)
{
    Machine machine;
    std::string const app = machine.folder("app");
    std::ofstream(app + "/package.json") << R"({"name": "from-package"})";
    machine.conversation("codex", "one", app, "user|1700000000000|hello\n");
    machine.open();
    EXPECT_THAT(machine.names(), ElementsAre("from-package"));
    std::string const name = machine.name_of(app);
    machine.json_of(rename_project, "/", R"({"displayName": " Mine "})", {{"projectName", name}});
    EXPECT_THAT(machine.names(), ElementsAre("Mine"));
    EXPECT_EQ(machine.name_of(app), name);
    machine.json_of(rename_project, "/", R"({"displayName": "  "})", {{"projectName", name}});
    EXPECT_THAT(machine.names(), ElementsAre("from-package"));
    EXPECT_EQ(failure_of(machine.ask(rename_project, "/", "{}", {{"projectName", "none"}})), "PROJECT_NOT_FOUND");
}

TEST(Projects, that_are_removed_stay_away_until_a_new_conversation)
{
    Machine machine;
    std::string const app = machine.folder("app");
    machine.conversation("codex", "one", app, "user|1700000000000|hello\n");
    machine.open();
    std::string const name = machine.name_of(app);
    machine.json_of(delete_project, "/", "", {{"projectName", name}});
    EXPECT_TRUE(machine.names().empty());
    EXPECT_TRUE(fs::exists(machine.home() / ".agents/codex/one.txt"));
    machine.close();
    machine.open();
    EXPECT_TRUE(machine.names().empty());
    machine.close();
    machine.conversation("codex", "two", app, "user|1800000000000|again\n");
    machine.open();
    EXPECT_THAT(machine.names(), ElementsAre("app"));
}

TEST(Projects, delete_data_only_when_forced)
{
    Machine machine;
    std::string const app = machine.folder("app");
    machine.conversation("codex", "one", app, "user|1700000000000|hello\n");
    machine.conversation("claude", "two", app, "user|1700000000000|hello\n");
    machine.open();
    std::string const name = machine.name_of(app);
    auto const refused = machine.ask(delete_project, "/?deleteData=true", "", {{"projectName", name}});
    EXPECT_EQ(failure_of(refused), "PROJECT_NOT_EMPTY");
    EXPECT_THAT(refused.error().message, HasSubstr("claude: 1, codex: 1"));
    machine.json_of(delete_project, "/?deleteData=true&force=true", "", {{"projectName", name}});
    EXPECT_FALSE(fs::exists(machine.home() / ".agents/codex/one.txt"));
    EXPECT_FALSE(fs::exists(machine.home() / ".agents/claude/two.txt"));
    EXPECT_TRUE(fs::is_directory(app));
    EXPECT_TRUE(machine.names().empty());
}

TEST(Projects, are_starred_and_archived)
{
    Machine machine;
    std::string const old = machine.folder("old");
    machine.conversation("codex", "one", old, "user|1600000000000|apple\n");
    machine.conversation("codex", "two", machine.folder("new"), "user|1700000000000|apple\n");
    machine.open();
    EXPECT_THAT(machine.names(), ElementsAre("new", "old"));
    std::string const name = machine.name_of(old);
    EXPECT_TRUE(machine.json_of(star_project, "/", "", {{"projectName", name}}).at("isStarred").as_bool());
    EXPECT_THAT(machine.names(), ElementsAre("old", "new"));
    machine.json_of(archive_project, "/", R"({"isArchived": true})", {{"projectName", name}});
    EXPECT_THAT(machine.names(), ElementsAre("new"));
    EXPECT_EQ(machine.json_of(search_conversations, "/?q=apple").at("total").as_int64(), 1);
    EXPECT_EQ(machine.json_of(list_projects, "/?archived=1").as_array().size(), 1U);
}

TEST(Sessions, are_listed_bare_or_in_an_envelope)
{
    Machine machine;
    std::string const app = machine.folder("app");
    for (int i = 1; i <= 3; ++i)
        machine.conversation("codex", "s" + std::to_string(i), app,
                             "user|170000000" + std::to_string(i) + "000|hello\n");
    machine.open();
    std::vector<std::pair<std::string, std::string>> const params{{"projectName", machine.name_of(app)}};
    EXPECT_EQ(machine.json_of(list_sessions, "/", "", params).as_array().size(), 3U);
    auto const page = machine.json_of(list_sessions, "/?envelope=1&limit=2", "", params);
    EXPECT_EQ(page.at("sessions").at(0).at("id").as_string(), "s3");
    EXPECT_EQ(page.at("total").as_int64(), 3);
    EXPECT_TRUE(page.at("hasMore").as_bool());
}

TEST(Sessions, give_pages_from_the_end)
{
    Machine machine;
    std::string lines;
    for (char const c : std::string("abcde")) lines += "user|1700000000000|" + std::string(1, c) + "\n";
    machine.conversation("codex", "one", machine.folder("app"), lines);
    machine.open();
    auto const page = [&](const std::string& query) {
        auto const answer = machine.json_of(list_messages, "/?" + query, "", {{"sessionId", "one"}});
        std::string text;
        for (auto const& message : answer.at("messages").as_array()) text += message.at("content").as_string();
        return text + (answer.at("hasMore").as_bool() ? "+" : "");
    };
    EXPECT_EQ(page("limit=2&offset=0"), "de+");
    EXPECT_EQ(page("limit=2&offset=2"), "bc+");
    EXPECT_EQ(page("limit=2&offset=4"), "a");
    EXPECT_EQ(page("limit=3&offset=10"), "");
    EXPECT_EQ(page("limit=0"), "+");
    EXPECT_EQ(page("limit="), "abcde");
    EXPECT_EQ(failure_of(machine.ask(list_messages, "/?limit=x", "", {{"sessionId", "one"}})), "INVALID_REQUEST");
    EXPECT_EQ(failure_of(machine.ask(list_messages, "/?provider=x", "", {{"sessionId", "one"}})), "INVALID_REQUEST");
    EXPECT_EQ(failure_of(machine.ask(list_messages, "/", "", {{"sessionId", "none"}})), "SESSION_NOT_FOUND");
    EXPECT_EQ(failure_of(machine.ask(list_messages, "/", "", {{"sessionId", "a/b"}})), "INVALID_SESSION_ID");
}

TEST(Sessions, are_renamed_by_us_and_found_by_their_new_title)
{
    Machine machine;
    std::string const app = machine.folder("app");
    machine.conversation("codex", "one", app, "user|1700000000000|hello\n");
    machine.open();
    machine.json_of(rename_session, "/", R"({"title": " Release notes "})", {{"sessionId", "one"}});
    auto const sessions = machine.json_of(list_sessions, "/", "", {{"projectName", machine.name_of(app)}});
    EXPECT_EQ(sessions.at(0).at("title").as_string(), "Release notes");
    auto const found = machine.json_of(search_conversations, "/?q=release");
    EXPECT_EQ(found.at("results").at(0).at("sessionId").as_string(), "one");
    EXPECT_EQ(failure_of(machine.ask(rename_session, "/", R"({"title": " "})", {{"sessionId", "one"}})),
              "INVALID_TITLE");
    EXPECT_EQ(failure_of(machine.ask(rename_session, "/", R"({"title": "x"})", {{"sessionId", "none"}})),
              "SESSION_NOT_FOUND");
}

TEST(Sessions, are_deleted_with_their_titles)
{
    Machine machine;
    std::string const app = machine.folder("app");
    machine.conversation("codex", "one", app, "user|1700000000000|hello\n");
    machine.conversation("codex", "two", app, "user|1700000000000|hello\n");
    machine.open();
    std::vector<std::pair<std::string, std::string>> const params{{"projectName", machine.name_of(app)},
                                                                  {"sessionId", "one"}};
    machine.json_of(delete_session, "/?provider=codex", "", params);
    EXPECT_FALSE(fs::exists(machine.home() / ".agents/codex/one.txt"));
    EXPECT_EQ(failure_of(machine.ask(delete_session, "/", "", params)), "SESSION_NOT_FOUND");
}

TEST(Sessions, say_their_tokens_and_sums)
{
    Machine machine;
    machine.conversation("claude", "one", machine.folder("app"),
                         "user|1700000000000|hello\nassistant|1700000001000|hi\n");
    machine.open();
    auto const usage = machine.json_of(show_token_usage, "/", "", {{"sessionId", "one"}});
    EXPECT_EQ(usage.at("used").as_int64(), 12);
    EXPECT_EQ(usage.at("total").as_int64(), 200'000);
    auto const sums = machine.json_of(show_usage);
    EXPECT_EQ(sums.at("days").at(0).at("date").as_string(), "2023-11-14");
    EXPECT_EQ(sums.at("models").at(0).at("model").as_string(), "scripted");
    EXPECT_DOUBLE_EQ(sums.at("total").at("cost").as_double(), 0.5);
}

TEST(Search, answers_with_snippets_and_projects)
{
    Machine machine;
    machine.conversation("codex", "one", machine.folder("app"),
                         "user|1700000000000|where is the needle\nassistant|1700000001000|The Needle is here\n"
                         "user|1700000002000|where is the needle\n");
    machine.open();
    auto const answer = machine.json_of(search_conversations, "/?q=needle&limit=x");
    ASSERT_EQ(answer.at("total").as_int64(), 1);
    auto const result = answer.at("results").at(0);
    EXPECT_EQ(result.at("projectDisplayName").as_string(), "app");
    ASSERT_EQ(result.at("matches").as_array().size(), 2U);
    for (auto const& match : result.at("matches").as_array()) {
        std::string const snippet(match.at("snippet").as_string());
        auto const mark = match.at("highlights").at(0);
        auto const start = static_cast<std::size_t>(mark.at("start").as_int64());
        auto const end = static_cast<std::size_t>(mark.at("end").as_int64());
        EXPECT_EQ(core::lower(snippet.substr(start, end - start)), "needle");
    }
    EXPECT_EQ(failure_of(machine.ask(search_conversations, "/?q=%20x%20")), "INVALID_QUERY");
    EXPECT_EQ(failure_of(machine.ask(search_conversations, "/?q=xx&provider=x")), "INVALID_REQUEST");
    EXPECT_EQ(machine.json_of(search_conversations, "/?q=needle&provider=claude").at("total").as_int64(), 0);
    EXPECT_EQ(machine.json_of(search_conversations, "/?q=needle&project=none").at("total").as_int64(), 0);
}

TEST(CloneUrl, has_the_form_of_a_remote_repository)
{
    for (const char* good : {"https://example.org/a/b.git", "ssh://git@example.org/a", "git@example.org:a/b.git"})
        EXPECT_TRUE(check_clone_url(good)) << good;
    for (const char* bad : {"-u./x", "--upload-pack=x", "file:///etc", "/etc", "ext::sh -c x", "http://example.org/a",
                            "https://-x/a", "git@-oProxyCommand=x:a", "a@b:-x", "https://example.org/a b",
                            "https://example.org", "git@x::y", "ssh://-oProxyCommand=x/a", "ssh://git@-x/a"})
        EXPECT_FALSE(check_clone_url(bad)) << bad;
    EXPECT_EQ(repository_name("https://example.org/a/b.git/"), "b");
    EXPECT_EQ(repository_name("git@example.org:b"), "b");
    EXPECT_EQ(repository_name("https://example.org/.."), "");
}

TEST(Clone, makes_a_project_of_a_repository)
{
    Machine machine;
    std::string const source = machine.folder("source");
    std::string const git = "git -c user.name=a -c user.email=a@b.c -C " + source;
    ASSERT_EQ(std::system((git + " init -q && " + git + " commit -q --allow-empty -m one").c_str()), 0);
    // Stands in for ssh: runs the command of the last argument here.
    fs::path const ssh = machine.home() / "ssh";
    std::ofstream(ssh) << "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n";
    fs::permissions(ssh, fs::perms::owner_all);
    machine.environment["GIT_SSH_COMMAND"] = ssh.string();
    machine.open();
    json::object const body{{"workspaceType", "new"}, {"path", "~/work"}, {"githubUrl", "git@host:" + source}};
    auto const made = machine.json_of(create_workspace, "/", json::serialize(body));
    EXPECT_EQ(made.at("project").at("path").as_string(), (machine.home() / "work/source").string());
    EXPECT_TRUE(fs::exists(machine.home() / "work/source/.git"));
    EXPECT_EQ(failure_of(machine.ask(create_workspace, "/", json::serialize(body))), "ALREADY_EXISTS");
}

TEST(Clone, that_fails_leaves_nothing)
{
    Machine machine;
    machine.environment["GIT_SSH_COMMAND"] = "false";
    machine.open();
    auto const reply = machine.ask(create_workspace, "/", R"({"path": "~/work", "githubUrl": "git@host:a/b"})");
    EXPECT_EQ(failure_of(reply), "CLONE_FAILED");
    EXPECT_FALSE(fs::exists(machine.home() / "work"));
    EXPECT_EQ(failure_of(machine.ask(create_workspace, "/", R"({"githubUrl": "git@host:a/b"})")),
              "WORKSPACE_PATH_REQUIRED");
    EXPECT_EQ(failure_of(machine.ask(clone_with_progress, "/?path=~/x&githubUrl=-x")), "INVALID_GITHUB_URL");
    EXPECT_EQ(failure_of(machine.ask(create_workspace, "/",
                                     R"({"path": "~/w", "githubUrl": "git@host:a/b", "githubTokenId": 7})")),
              "GITHUB_TOKEN_NOT_FOUND");
}

TEST(ForbiddenFolders, are_those_of_the_system)
{
    for (const char* path : {"/", "/etc", "/etc/x", "/usr/local", "/tmp", "/var", "/var/lib/x", "/root/x", "/run/x"})
        EXPECT_FALSE(check_project_folder(path, "/home/ann")) << path;
    for (const char* path : {"/home/ann/x", "/tmp/x", "/var/tmp/x", "/srv/x", "/data", "/etcetera"})
        EXPECT_TRUE(check_project_folder(path, "/home/ann")) << path;
    EXPECT_TRUE(check_project_folder("/root/x", "/root"));
}

} // namespace
} // namespace pix::workbench

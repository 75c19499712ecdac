"""Projects and their conversations at the workbench door, from outside, over stores written as the agents write them."""

import json
import os
import time

import pytest

from pix_server import wait_for

ADA = {"username": "Ada", "password": "correct horse"}


def claude_name(path):
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in str(path))


def claude_line(kind, session, cwd, text, number, **more):
    content = text if kind == "user" else [{"type": "text", "text": text}]
    message = {"role": kind, "content": content}
    if kind == "assistant":
        message |= {"id": f"msg_{number}", "model": "scripted-1", "usage": {"input_tokens": 100, "output_tokens": 30}}
    line = {"type": kind, "uuid": f"{session}-{number}", "parentUuid": None, "sessionId": session, "cwd": str(cwd),
            "timestamp": f"2026-01-01T10:00:{number:02d}.000Z", "version": "2.0.0", "isSidechain": False, "message": message}
    return json.dumps(line | more) + "\n"


def claude_file(server, cwd, session):
    folder = server.user_home / ".claude/projects" / claude_name(cwd)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{session}.jsonl"


def converse(server, cwd, session, *texts):
    """A conversation of Claude Code: what the user and the assistant say in turn."""
    os.makedirs(cwd, exist_ok=True)
    kinds = ("user", "assistant")
    lines = [claude_line(kinds[i % 2], session, cwd, text, i) for i, text in enumerate(texts)]
    claude_file(server, cwd, session).write_text("".join(lines), encoding="utf-8")


class Workbench:
    """A server whose owner has signed in."""

    def __init__(self, server):
        self.server = server
        reply = server.request("POST", "/api/auth/register", door="workbench", json_body=ADA)
        self.headers = {"Authorization": "Bearer " + reply.json()["token"]}

    def ask(self, method, target, body=None, status=200, **headers):
        reply = self.server.request(method, target, door="workbench", json_body=body, headers=self.headers | headers)
        assert reply.status == status, reply.text
        return reply

    def get(self, target, **options):
        return self.ask("GET", target, **options).json()

    def projects(self):
        return self.get("/api/projects")

    def wait_until_indexed(self):
        wait_for(lambda: self.get("/api/search/progress")["isWhole"], "the index to be whole")
        return self

    def code(self, method, target, status, body=None):
        return self.ask(method, target, body, status).json()["error"]["code"]


@pytest.fixture
def home(make_server):
    return make_server()


def start(server):
    server.start()
    return Workbench(server).wait_until_indexed()


def test_projects_and_pages_of_claude_code(home):
    app = home.user_home / "code/my_app.v2"
    converse(home, app, "11111111-1111-4111-8111-111111111111", "fix the parser", "I fixed it", "thanks")
    bench = start(home)
    project, = bench.projects()
    assert project["name"] == claude_name(app) and project["path"] == project["fullPath"] == str(app)
    session, = project["sessions"]
    assert session["provider"] == "claude" and session["lastActivity"] == "2026-01-01T10:00:02.000Z"

    target = f"/api/sessions/{session['id']}/messages?projectName={project['name']}"
    page = bench.get(target + "&limit=2")
    assert [message["content"] for message in page["messages"]] == ["I fixed it", "thanks"]
    assert page["total"] == 3 and page["hasMore"] is True
    assert [message["content"] for message in bench.get(target + "&limit=2&offset=2")["messages"]] == ["fix the parser"]

    usage = bench.get(f"/api/projects/{project['name']}/sessions/{session['id']}/token-usage")
    assert (usage["used"], usage["inputTokens"], usage["outputTokens"]) == (130, 100, 30)
    assert bench.get("/api/usage")["total"]["answers"] == 1


def test_the_list_has_an_etag(home):
    converse(home, home.user_home / "app", "a1", "hello")
    bench = start(home)
    etag = bench.ask("GET", "/api/projects").header("ETag")
    bench.ask("GET", "/api/projects", status=304, **{"If-None-Match": etag})
    name = bench.projects()[0]["name"]
    bench.ask("PUT", f"/api/projects/{name}/rename", {"displayName": "New"})
    assert bench.ask("GET", "/api/projects", **{"If-None-Match": etag}).json()[0]["displayName"] == "New"


def test_a_new_message_appears(home):
    app = home.user_home / "app"
    converse(home, app, "a1", "hello")
    bench = start(home)
    with claude_file(home, app, "a1").open("a", encoding="utf-8") as file:
        file.write(claude_line("assistant", "a1", app, "a freshly written zebra", 9))
    wait_for(lambda: bench.get("/api/search/conversations?q=zebra")["results"], "the new message to be found", 10)
    converse(home, home.user_home / "later", "b1", "another project")
    wait_for(lambda: len(bench.projects()) == 2, "the new project", 10)


def test_sessions_are_renamed_and_deleted(home):
    app = home.user_home / "app"
    converse(home, app, "a1", "hello")
    converse(home, app, "a2", "other")
    bench = start(home)
    name = bench.projects()[0]["name"]
    bench.ask("PUT", "/api/sessions/a1/rename", {"title": "Release"})
    titles = {session["id"]: session["title"] for session in bench.get(f"/api/projects/{name}/sessions")}
    assert titles["a1"] == "Release"
    bench.ask("DELETE", f"/api/projects/{name}/sessions/a1?provider=claude")
    assert not claude_file(home, app, "a1").exists()
    assert bench.code("DELETE", f"/api/projects/{name}/sessions/a1", 404) == "SESSION_NOT_FOUND"
    assert bench.code("DELETE", f"/api/projects/{name}/sessions/..%2F..%2Fx", 400) == "INVALID_SESSION_ID"
    envelope = bench.get(f"/api/projects/{name}/sessions?envelope=1")
    assert envelope["total"] == 1 and envelope["hasMore"] is False


def test_projects_are_added_and_removed(home):
    bench = start(home)
    made = bench.ask("POST", "/api/projects/quick-start", {"path": "~/fresh"}).json()
    assert made["path"] == str(home.user_home / "fresh")
    assert [project["name"] for project in bench.projects()] == [made["name"]]
    assert bench.code("POST", "/api/projects/quick-start", 403, {"path": "/etc"}) == "FORBIDDEN_PATH"
    assert bench.code("POST", "/api/projects/quick-start", 400, {"path": 1}) == "INVALID_REQUEST"
    assert bench.code("PUT", "/api/projects/none/rename", 404, {"displayName": "x"}) == "PROJECT_NOT_FOUND"
    assert bench.ask("POST", f"/api/projects/{made['name']}/star").json()["isStarred"] is True
    bench.ask("DELETE", f"/api/projects/{made['name']}")
    assert bench.projects() == [] and (home.user_home / "fresh").is_dir()


def test_clones_that_cannot_be(home):
    bench = start(home)
    base = "/api/projects/clone-progress?path=~/x"
    assert bench.code("GET", base, 400) == "GITHUB_URL_REQUIRED"
    assert bench.code("GET", base + "&githubUrl=--upload-pack%3Dx", 400) == "INVALID_GITHUB_URL"
    reply = bench.ask("GET", base + "&githubUrl=https://127.0.0.1:1/a/b.git")
    last = json.loads(reply.text.strip().splitlines()[-1].removeprefix("data: "))
    assert last["type"] == "error" and last["code"] == "CLONE_FAILED"
    assert not (home.user_home / "x").exists()


def test_the_index_survives_a_restart(home):
    converse(home, home.user_home / "app", "a1", "an unforgettable walrus")
    start(home)
    home.stop()
    began = time.monotonic()
    home.start()
    token = home.request("POST", "/api/auth/login", door="workbench", json_body=ADA).json()["token"]
    reply = home.request("GET", "/api/search/conversations?q=walrus", door="workbench",
                         headers={"Authorization": f"Bearer {token}"})
    assert reply.json()["total"] == 1 and time.monotonic() - began < 30

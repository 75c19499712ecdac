"""Real agents, unmodified, against the scripted model: each has a conversation, then Pix shows what they wrote.

Claude Code and Codex always; Gemini CLI, Qwen Code and OpenCode with PIX_FULL.
"""

import json
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from contract import tables
from npm_programs import installed
from pix_server import Server, wait_for

HERE = Path(__file__).resolve().parent / "agents"
SOURCES = {"claude": HERE, "codex": HERE, "gemini": HERE / "full", "qwen": HERE / "full", "opencode": HERE / "full"}
AGENTS = list(SOURCES) if os.environ.get("PIX_FULL") else ["claude", "codex"]
FORKING = {"claude", "codex", "qwen", "opencode"}
CONVERSATION_SECONDS = 300
FIRST = "Please look around in this folder and greet the world."
LAST = "`greetWorld` lives in greeting.py. 世界、こんにちは! It returns \"hello\"."

needs_projects = pytest.mark.skipif("list_projects" in tables.pending(), reason="the server does not list projects yet")


class Conversation:
    """What one agent did: its home, its project, and each run of it."""

    def __init__(self, agent, folder):
        self.agent = agent
        self.folder = folder
        self.home = folder / "user"
        self.project = folder / "project"
        name = "agents" if SOURCES[agent] == HERE else "agents-full"
        self.programs = installed(name, SOURCES[agent])
        self.report = self.hold("report.json")
        self.runs = {run["name"]: run for run in self.report["runs"]}

    def hold(self, name, *words):
        report = self.folder / name
        command = [sys.executable, str(HERE / "converse.py"), self.agent, "--programs", str(self.programs), *words]
        command += ["--home", str(self.home), "--project", str(self.project), "--report", str(report)]
        done = subprocess.run(without_network() + command, capture_output=True, text=True, timeout=CONVERSATION_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr + (report.read_text(encoding="utf-8")[-6000:] if report.exists() else "")
        return json.loads(report.read_text(encoding="utf-8"))

    def session(self, run):
        return self.runs[run]["session"]


def without_network():
    """Words before a command that leave it loopback alone, where the machine permits that."""
    words = ["bwrap", "--unshare-net", "--dev-bind", "/", "/", "--proc", "/proc"]
    return words if subprocess.run(words + ["true"], capture_output=True).returncode == 0 else []


@pytest.fixture(scope="module", params=AGENTS)
def conversation(request, tmp_path_factory):
    return Conversation(request.param, tmp_path_factory.mktemp(request.param))


class Reader:
    """A server on an agent's home, and somebody signed in."""

    def __init__(self, conversation):
        self.conversation = conversation
        self.server = Server(conversation.folder).start()
        answer = self.server.post("/api/auth/register", door="workbench", json_body={"username": "annabel", "password": "correct horse"})
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def get(self, path, **query):
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        reply = self.server.get(target, door="workbench", headers=self.headers)
        assert reply.status == 200, (target, reply.status, reply.text[:2000])
        return reply.json()

    def project(self):
        wanted = str(self.conversation.project)
        return wait_for(lambda: next((one for one in self.get("/api/projects") if one["fullPath"] == wanted), None), "the project")

    def sessions(self):
        return {one["id"]: one for one in self.get(f"/api/projects/{quoted(self.project()['name'])}/sessions")}

    def listed(self, run):
        """The id that a session is listed under: copies that began alike are one entry, by the newest of them."""
        session = self.conversation.session(run)
        for one in self.sessions().values():
            if session in [one["id"], *(other["id"] for other in one.get("groupSessions", []))]:
                return one["id"]
        return None

    def messages(self, run, **query):
        query = {"projectName": self.project()["name"], "limit": 1000} | query
        return self.get(f"/api/sessions/{quoted(self.conversation.session(run))}/messages", **query)

    def found(self, words):
        return {one["sessionId"] for one in self.get("/api/search/conversations", q=words)["results"]}


def quoted(name):
    return urllib.parse.quote(name, safe="")


@pytest.fixture(scope="module")
def reader(conversation):
    reader = Reader(conversation)
    yield reader
    reader.server.kill()


# --- the agents themselves ------------------------------------------------------------------------------------------


def test_an_agent_works_in_its_project(conversation):
    assert "hello, dear world" in (conversation.project / "greeting.py").read_text(encoding="utf-8")
    assert (conversation.project / "notes.md").read_text(encoding="utf-8") == "# Notes\n\nFriendlier now.\n"


def test_an_agent_goes_on_with_its_session(conversation):
    assert conversation.session("edit") == conversation.session("look")
    others = [conversation.session(run) for run in ("fork", "refused") if run in conversation.runs]
    assert len({conversation.session("look"), *others}) == 1 + len(others)


def test_an_agent_reaches_nothing_but_the_model(conversation):
    assert [asked for asked in conversation.report["asked"] if asked.startswith("CONNECT") and not asked.endswith("403")] == []
    assert any(asked.startswith("POST") and asked.endswith(" 200") for asked in conversation.report["asked"])


# --- what Pix shows of them -----------------------------------------------------------------------------------------


@needs_projects
def test_the_project_is_found_with_its_sessions(reader):
    project = reader.project()
    assert project["sessions"], project
    assert {one["provider"] for one in project["sessions"]} == {reader.conversation.agent}
    runs = [run for run in ("look", "fork") if run in reader.conversation.runs]
    wait_for(lambda: all(reader.listed(run) for run in runs), "both sessions")
    wait_for(lambda: [reader.listed(run) for run in runs] == [reader.conversation.session(run) for run in runs], "a fork of its own")
    assert reader.sessions()[reader.listed("look")]["title"]


@needs_projects
def test_a_conversation_is_shown_as_it_was(reader):
    answer = reader.messages("look")
    messages = answer["messages"]
    texts = [one["content"] for one in messages if one["kind"] == "text"]
    assert [text for text in texts if "look around in this folder" in text] == [FIRST]
    assert texts.count("I look around.") == 1
    assert any(text == LAST for text in texts)
    assert texts.index(FIRST) < texts.index("I look around.") < texts.index(LAST)
    assert "The greeting is friendlier now." in texts
    assert any("The folder first, then the file." in one["content"] for one in messages if one["kind"] == "thinking")
    assert answer["total"] == len([one for one in messages if one["kind"] != "tool_result"])
    assert answer["hasMore"] is False
    assert len({one["id"] for one in messages}) == len(messages)


@needs_projects
def test_calls_are_shown_with_their_results(reader):
    calls = [one for one in reader.messages("look")["messages"] if one["kind"] == "tool_use"]
    results = [(json.dumps(one["toolInput"]), one.get("toolResult") or {}) for one in calls]
    listing = [result for given, result in results if "ls -1" in given]
    assert len(listing) == 1 and "greeting.py\npicture.png" in text_of(listing[0])
    failing = [result for given, result in results if "cat missing_file.txt" in given]
    assert len(failing) == 1 and "No such file" in text_of(failing[0])
    if reader.conversation.agent not in ("gemini", "opencode"):  # these two call a command that ends with 1 a success
        assert failing[0]["isError"] is True
    assert any("hello, dear world" in given for given, _ in results)
    assert not any(one.get("parentToolUseId") for one in calls), "a helper's calls are not in the main thread"


def text_of(result):
    content = result["content"]
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


@needs_projects
def test_a_picture_is_shown(reader):
    asked = [one for one in reader.messages("look")["messages"] if one["kind"] == "text" and "What does this picture show" in one["content"]]
    assert len(asked) == 1 and asked[0]["role"] == "user"
    if reader.conversation.agent != "qwen":  # it does not keep the picture
        assert len(asked[0]["images"]) == 1, asked


@needs_projects
def test_pages_come_from_the_end(reader):
    whole = [one for one in reader.messages("look")["messages"] if one["kind"] != "tool_result"]
    pages, offset = [], 0
    while True:
        page = reader.messages("look", limit=3, offset=offset)
        pages = [one for one in page["messages"] if one["kind"] != "tool_result"] + pages
        offset += 3
        if not page["hasMore"]:
            break
    assert [one["id"] for one in pages] == [one["id"] for one in whole]


@needs_projects
def test_a_fork_has_its_history_and_its_own_words(reader):
    if reader.conversation.agent not in FORKING:
        pytest.skip("this agent cannot fork a session")
    texts = [one["content"] for one in reader.messages("fork")["messages"] if one["kind"] == "text"]
    assert FIRST in texts and texts[-1] == "Günaydın dünya: in Turkish then."
    assert "Günaydın dünya: in Turkish then." not in [one.get("content") for one in reader.messages("look")["messages"]]


@needs_projects
def test_a_refusal_of_the_model_is_shown(reader):
    if reader.conversation.agent == "gemini":
        pytest.skip("this agent takes a refused request out of its file")
    messages = reader.messages("refused")["messages"]
    assert any("too odd for the model" in one["content"] for one in messages if one["kind"] == "text")
    assert any("will not have it" in one["content"] for one in messages if one["kind"] == "error"), messages


@needs_projects
def test_conversations_are_found(reader):
    look = reader.listed("look")
    for words in ("greetWorld", "greet world", "世界", "friendlier now", '"lives in greeting"'):
        wait_for(lambda words=words: look in reader.found(words), f"a hit for {words}")
    if reader.conversation.agent in FORKING:
        wait_for(lambda: reader.conversation.session("fork") in reader.found("günaydın"), "the fork")
        assert reader.conversation.session("look") not in reader.found("günaydın")


@needs_projects
def test_a_session_is_followed_as_it_grows(reader):
    look = reader.conversation.session("look")
    assert look not in reader.found("zebra crossing")
    reader.conversation.hold("more.json", "--more", look)
    wait_for(lambda: look in reader.found("zebra crossing"), "the new words")
    assert reader.messages("look")["messages"][-1]["content"] == "A zebra crossing, then."

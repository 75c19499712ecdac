"""Search over conversations at the workbench door, from outside."""

import json
from urllib.parse import quote

import pytest

from workbench_projects_test import converse, start


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    from pix_server import Server

    server = Server(tmp_path_factory.mktemp("search"))
    app = server.user_home / "app"
    converse(server, app, "a1", "please fix the parser in getUserName", "the lexer of parse_http_head was wrong")
    converse(server, app, "a2", "fix something, then the parser", "done")
    converse(server, server.user_home / "ja", "j1", "全文検索を作る 😀 needle")
    found = start(server)
    yield found
    server.stop()


def search(bench, text, more=""):
    return bench.get(f"/api/search/conversations?q={quote(text)}{more}")


def ids(bench, text, more=""):
    return [result["sessionId"] for result in search(bench, text, more)["results"]]


def test_words_prefixes_and_phrases(bench):
    assert sorted(ids(bench, "parser fix")) == ["a1", "a2"]
    assert ids(bench, "lex") == ["a1"]
    assert ids(bench, "fix the parser")[0] == "a1"
    assert ids(bench, '"fix the parser"') == ["a1"]
    assert ids(bench, "nowhere") == []


def test_parts_of_names_and_scripts_without_spaces(bench):
    assert ids(bench, "getusername") == ["a1"]
    assert ids(bench, "http head") == ["a1"]
    assert ids(bench, "検索") == ["j1"]


def test_filters(bench):
    assert ids(bench, "role:assistant parser") == []
    assert ids(bench, "role:assistant lexer") == ["a1"]
    assert ids(bench, "provider:codex parser") == []
    assert ids(bench, "parser", "&provider=codex") == []
    assert ids(bench, "project:ja needle") == ["j1"]
    assert ids(bench, "project:app needle") == []
    assert ids(bench, "before:2025-01-01 parser") == []
    assert len(ids(bench, "after:2025-01-01 parser")) == 2
    assert bench.code("GET", "/api/search/conversations?q=role:nobody%20x", 400) == "INVALID_QUERY"


def test_highlights_count_in_utf16_units(bench):
    match = search(bench, "needle")["results"][0]["matches"][0]
    units = match["snippet"].encode("utf-16-le")
    mark = match["highlights"][0]
    assert units[2 * mark["start"]:2 * mark["end"]].decode("utf-16-le") == "needle"


def test_limits_and_short_queries(bench):
    assert len(ids(bench, "parser", "&limit=1")) == 1
    assert len(ids(bench, "parser", "&limit=none")) == 2
    for query in ("", "x", "%20x%20"):
        assert bench.code("GET", f"/api/search/conversations?q={query}", 400) == "INVALID_QUERY"
    for hostile in ('"', '""', "* AND (", "NEAR(a b)", "a" * 900, "\U0001F600\U0001F600", "%' OR 1"):
        assert search(bench, hostile + "  zz")["results"] == []


def test_as_events(bench):
    reply = bench.ask("GET", "/api/search/conversations?q=parser", Accept="text/event-stream")
    frames = [frame.splitlines() for frame in reply.text.strip().split("\n\n")]
    names = [frame[0].removeprefix("event: ") for frame in frames]
    assert names[0] == "result" and names[-2:] == ["progress", "done"]
    result = json.loads(frames[0][1].removeprefix("data: "))
    assert {session["sessionId"] for session in result["projectResult"]["sessions"]} == {"a1", "a2"}
    assert result["totalMatches"] == 2
    progress = json.loads(frames[-2][1].removeprefix("data: "))
    assert progress["scannedProjects"] == progress["totalProjects"] == 2
    assert progress["totalMatches"] == 2

"""The tools door from outside: every route of the contract, with the tools that ship with Pix and with shims."""

import html
import json
import re
import subprocess
import uuid

import pytest

from pix_server import ROOT, attribute, wait_for
from tool_folders import text_input, text_output, write_tool

LORENZ = {"sigma": "10", "rho": "28", "beta": "2.667", "t_end": "40", "steps": "8000"}
EXAMPLES = ["cpp-mandelbrot", "disk-usage", "long-job", "lorenz-ode-solver", "node-text-stats", "streaming-chat"]
UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
CHECKS = [
    "folder_structure", "tool_json_parses", "schemas_coherent", "pyproject_ok", "venv_exists", "tool_spawns",
    "schema_matches_disk", "sample_run_succeeds", "output_conforms", "streaming_check", "reference_fixtures_match",
    "clean_shutdown",
]  # fmt: skip


@pytest.fixture
def shims(make_server, tools_folder):
    """start(tool, ...) writes a shim tool; the server starts with the first request of a test that asks for it."""
    server = make_server(tools=tools_folder)

    def start(*tools):
        for name, options in tools:
            write_tool(tools_folder, name, **options)
        return server.start()

    return start


# --- the seed's own examples, as they stand -------------------------------------------------------------------------


def shell(examples, line):
    """A line of the contract with this server's port in the place of the default one."""
    port = examples.address()[2]
    line = line.replace("127.0.0.1:7860", f"127.0.0.1:{port}")
    done = subprocess.run(["bash", "-c", "set -o pipefail; " + line], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_seed_lists_all_tools(examples):
    examples.get("/api/tools")
    listed = shell(examples, "curl -s http://127.0.0.1:7860/api/tools | jq -c '.[] | {id, status: .validation.overall}'")
    rows = [json.loads(line) for line in listed.splitlines()]
    assert sorted(row["id"] for row in rows) == EXAMPLES
    assert all(row["status"] in ("pass", "warn", "fail", "unchecked") for row in rows)


@pytest.mark.slow
def test_the_seed_validates_one(examples):
    examples.get("/api/tools/lorenz-ode-solver/validate")
    out = shell(examples, "curl -s http://127.0.0.1:7860/api/tools/lorenz-ode-solver/validate | jq '.overall'")
    assert out == '"pass"\n'


def test_the_seed_runs_the_lorenz_solver(examples):
    page = shell(
        examples,
        "curl -s -X POST http://127.0.0.1:7860/tool/lorenz-ode-solver/run"
        " -d sigma=10 -d rho=28 -d beta=2.667 -d t_end=40 -d steps=8000",
    )
    for key in ("attractor", "coordinates", "exponent", "summary", "integration"):
        assert f'id="out-{key}"' in page
    assert "pixie-error" not in page


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_healthz_is_exactly_ok(examples):
    reply = examples.get("/api/healthz")
    assert reply.status == 200
    assert reply.headers.get_content_type() == "application/json"
    assert reply.json() == {"ok": True}


def test_a_listed_tool_has_the_contracts_keys(examples):
    reply = examples.get("/api/tools")
    assert reply.headers.get_content_type() == "application/json"
    lorenz = next(tool for tool in reply.json() if tool["id"] == "lorenz-ode-solver")
    assert lorenz["name"] == "Lorenz attractor"
    assert lorenz["category"] == "science/dynamics"
    assert lorenz["status"] in ("running", "dormant")
    validation = lorenz["validation"]
    assert set(validation) == {"overall", "timestamp", "counts"}
    assert set(validation["counts"]) == {"pass", "warn", "fail", "skip"}


@pytest.mark.slow
@pytest.mark.parametrize("tool", EXAMPLES)
def test_an_example_passes_every_check(examples, tool):
    reply = examples.get(f"/api/tools/{tool}/validate", timeout=180)
    assert reply.status == 200
    report = reply.json()
    assert report["overall"] == "pass", [check for check in report["checks"] if check["status"] not in ("pass", "skip")]
    assert report["tool_id"] == tool
    assert [check["name"] for check in report["checks"]] == CHECKS
    assert isinstance(report["sample_inputs"], dict) and isinstance(report["sample_output"], dict)
    assert set(report) >= {"tool_path", "timestamp", "spawn_log", "warnings"}
    assert any(row["id"] == tool and row["validation"]["overall"] == "pass" for row in examples.get("/api/tools").json())


def test_validating_an_unknown_tool_is_404(examples):
    for name, statuses in (("no-such-tool", [404]), ("..", [400, 404]), ("%2e%2e%2fetc", [400, 404])):
        reply = examples.get(f"/api/tools/{name}/validate")
        assert reply.status in statuses
        assert isinstance(reply.json()["detail"], str)


def test_stopping_never_fails(examples):
    for tool in ("node-text-stats", "no-such-tool"):
        reply = examples.post(f"/api/tools/{tool}/stop")
        assert reply.status == 200
        assert reply.json() == {"status": "stopped", "tool_id": tool}


def test_a_stopped_tool_is_gone_and_starts_again(shims):
    server = shims(("plain", {}))
    server.post("/tool/plain/run", form={"phrase": "one"})
    assert {tool["id"]: tool["status"] for tool in server.get("/api/tools").json()} == {"plain": "running"}
    server.post("/api/tools/plain/stop")
    assert {tool["id"]: tool["status"] for tool in server.get("/api/tools").json()} == {"plain": "dormant"}
    assert 'id="out-said"' in server.post("/tool/plain/run", form={"phrase": "two"}).text


def test_the_launchers_state_is_for_developers(examples, make_server, tools_folder):
    assert examples.get("/api/launcher/state").status == 404
    write_tool(tools_folder, "plain")
    server = make_server(tools=tools_folder, toml="[tools]\ndeveloper_mode = true\n").start()
    assert server.get("/api/launcher/state").json()["warm"] == {}
    server.post("/tool/plain/run", form={})
    state = server.get("/api/launcher/state").json()
    assert state["warm_count"] == 1 and state["warm_keep_max"] == 5 and state["uptime_seconds"] >= 0
    plain = state["warm"]["plain"]
    assert plain["port"] > 0 and plain["pid"] > 0 and plain["in_flight"] == 0
    assert set(plain) >= {"started_at", "last_used", "idle_seconds", "warm_keep_seconds", "pinned_warm", "max_memory_mb", "rss_mb"}


# --- pages ------------------------------------------------------------------------------------------------------------


def assert_is_page(reply, status=200):
    assert reply.status == status
    assert reply.headers.get_content_type() == "text/html"
    assert reply.text.lstrip().lower().startswith("<!doctype html>")
    assert "<title>" in reply.text and "<main" in reply.text
    policy = reply.header("Content-Security-Policy")
    assert "default-src" in policy and "'unsafe-eval'" not in policy
    assert "'unsafe-inline'" not in next(part for part in policy.split(";") if "script-src" in part or "default-src" in part)
    assert reply.header("X-Content-Type-Options") == "nosniff"
    assert reply.header("Referrer-Policy")
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))", reply.text), "an inline script"
    assert not re.search(r"\son\w+=\"", reply.text), "an inline handler"


def test_the_dashboard_names_every_tool(examples):
    reply = examples.get("/")
    assert_is_page(reply)
    for tool in EXAMPLES:
        assert f'id="sidebar-dot-{tool}"' in reply.text


def test_the_empty_page_explains_how_to_add_a_tool(examples, make_server):
    assert_is_page(examples.get("/empty"))
    empty = make_server().start()
    assert_is_page(empty.get("/"))
    assert "tool.json" in empty.get("/").text
    assert empty.get("/api/tools").json() == []


def test_a_tools_page_has_its_form(examples):
    reply = examples.get("/tool/lorenz-ode-solver")
    assert_is_page(reply)
    assert 'id="run-form"' in reply.text and 'id="output-panel"' in reply.text
    for key in LORENZ:
        assert f'name="{key}"' in reply.text
    assert 'form="run-form"' in reply.text


def test_an_unknown_tool_is_a_page_that_says_so(examples):
    assert_is_page(examples.get("/tool/no-such-tool"), status=404)
    assert_is_page(examples.get("/no/such/page"), status=404)


def test_an_unknown_api_route_is_a_json_404(examples):
    reply = examples.get("/api/no-such-route")
    assert reply.status == 404
    assert isinstance(reply.json()["detail"], str)


def test_a_wrong_method_is_405_and_names_the_right_one(examples):
    reply = examples.request("DELETE", "/api/tools")
    assert reply.status == 405
    assert "GET" in reply.header("Allow")


def test_the_sidebar_follows_the_folder(shims, tools_folder):
    server = shims(("first", {}))
    reply = server.get("/tools-changed?active=first")
    assert reply.status == 200 and "first" in reply.text and "<html" not in reply.text
    write_tool(tools_folder, "second", name="The second one")
    wait_for(lambda: "The second one" in server.get("/tools-changed").text, "the new tool in the sidebar")
    wait_for(lambda: len(server.get("/api/tools").json()) == 2, "the new tool in the list")
    assert_is_page(server.get("/tool/second"))


def test_a_name_with_markup_is_text_on_every_page(shims):
    nasty = '</script><img src=x onerror=alert(1)>"\'&'
    server = shims(("nasty", {"name": nasty, "description": nasty, "inputs": [text_input(label=nasty, default=nasty)]}))
    for target in ("/", "/tool/nasty", "/tools-changed"):
        assert "<img src=x" not in server.get(target).text
    page = server.post("/tool/nasty/run", form={"phrase": nasty}).text
    assert "<img src=x" not in page


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_answers_with_a_card_for_each_output(examples):
    reply = examples.post("/tool/lorenz-ode-solver/run", form=LORENZ)
    assert reply.status == 200 and reply.headers.get_content_type() == "text/html"
    assert reply.header("X-Pixie-Run-Done") == "1"
    assert reply.header("X-Pixie-Tool-Id") == "lorenz-ode-solver"
    run = reply.header("X-Pixie-Run-Id")
    assert UUID4.match(run)
    cards = re.findall(r'<[^>]*class="[^"]*output-card[^"]*"[^>]*>', reply.text)
    assert [attribute(card, "data-output-key") for card in cards] == ["attractor", "coordinates", "exponent", "summary", "integration"]
    assert [attribute(card, "data-output-type") for card in cards] == ["chart_line", "chart_line", "number", "table", "kv"]
    assert 'id="sidebar-dot-lorenz-ode-solver"' in reply.text
    stored = next(row for row in examples.runs("lorenz-ode-solver") if row["run_id"] == run)
    assert stored["status"] == "ok" and stored["finished_at"]


def test_fields_that_are_no_inputs_are_ignored_and_defaults_fill_in(examples):
    reply = examples.post("/tool/lorenz-ode-solver/run", form={"rho": "14", "t_max": "3", "dt": "0.1"})
    assert "pixie-error" not in reply.text
    assert 'id="out-attractor"' in reply.text


def test_a_run_takes_json_and_multipart_too(examples):
    body = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nsea sea sun\r\n--b--\r\n'
    multipart = examples.post("/tool/node-text-stats/run", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    typed = examples.post("/tool/node-text-stats/run", json_body={"text": "sea sea sun", "most": 3})
    for reply in (multipart, typed):
        assert reply.status == 200
        assert "sea" in reply.text and "pixie-error" not in reply.text


def test_the_tool_gets_the_contracts_headers_and_body(shims):
    inputs = [
        text_input(),
        {"key": "count", "type": "number", "label": "Count", "step": 1, "default": 1},
        {"key": "ratio", "type": "number", "label": "Ratio", "step": 0.1, "required": False},
        {"key": "upper", "type": "toggle", "label": "Upper", "default": True, "required": False},
        {"key": "kind", "type": "select", "label": "Kind", "options": [{"value": 1, "label": "one"}, {"value": 2, "label": "two"}]},
    ]
    server = shims(("echo", {"inputs": inputs, "outputs": [text_output(type="code")]}))
    reply = server.post("/tool/echo/run", form={"phrase": "stressed", "count": "7", "ratio": "5", "kind": "2"})
    seen = json.loads(html.unescape(re.search(r"\{&quot;inputs&quot;.*\}|\{\"inputs\".*\}", text_of(reply.text))[0]))
    body, headers = seen["body"], seen["headers"]
    assert body["inputs"] == {"phrase": "stressed", "count": 7, "ratio": 5.0, "upper": False, "kind": 2}
    assert {key: body[key] for key in body["inputs"]} == body["inputs"]
    assert body["run_id"] == headers["x-pixie-run-id"] == body["_pixie"]["run_id"] == reply.header("X-Pixie-Run-Id")
    assert headers["content-type"] == "application/json"
    assert body["_pixie"]["artefacts_dir"] == headers["x-pixie-artefacts-dir"]
    assert body["_pixie"]["artefacts_dir"].startswith("/")
    assert '"ratio": 5.0' in json.dumps(body["inputs"])


def text_of(page):
    """A fragment without its tags; what a tag's text says stays as it is."""
    return re.sub(r"<[^>]*>", "", page)


def test_a_missing_required_input_is_named(shims):
    server = shims(("strict", {"inputs": [{"key": "amount", "type": "number", "label": "Amount"}]}))
    reply = server.post("/tool/strict/run", form={})
    assert reply.status == 200
    assert attribute(reply.text, "data-error-kind") == "run"
    assert attribute(reply.text, "data-tool-id") == "strict"
    assert 'role="alert"' in reply.text and "ValidationError" in reply.text and "amount" in reply.text


def test_a_hidden_required_input_does_not_block(shims):
    inputs = [
        {"key": "mode", "type": "text", "label": "Mode", "default": "simple"},
        {"key": "depth", "type": "number", "label": "Depth", "show_if": {"key": "mode", "equals": "full"}},
    ]
    server = shims(("hiding", {"inputs": inputs}))
    assert "pixie-error" not in server.post("/tool/hiding/run", form={"mode": "simple"}).text


def test_what_the_tool_refuses_is_shown_with_its_reason(examples):
    reply = examples.post("/tool/lorenz-ode-solver/run", form={**LORENZ, "rho": "1000"})
    assert reply.status == 200
    assert attribute(reply.text, "data-error-kind") == "run"
    assert "less than or equal to 400" in reply.text and "rho" in reply.text
    assert examples.runs("lorenz-ode-solver")[0]["status"] == "error"


def test_running_an_unknown_tool_is_a_404_fragment(examples):
    reply = examples.post("/tool/no-such-tool/run", form={})
    assert reply.status == 404
    assert attribute(reply.text, "data-error-kind") == "spawn"
    assert "<html" not in reply.text


def test_history_is_a_fragment_or_json_as_asked(examples):
    examples.post("/tool/node-text-stats/run", form={"text": "one two"})
    fragment = examples.get("/tool/node-text-stats/runs")
    assert fragment.headers.get_content_type() == "text/html" and "<html" not in fragment.text
    newest = examples.runs("node-text-stats")[0]
    assert set(newest) >= {"run_id", "tool_id", "started_at", "finished_at", "status", "summary"}
    assert newest["summary"] == "text: one two"
    assert newest["run_id"][:8] in fragment.text
    assert len(examples.runs("node-text-stats", limit=1)) == 1
    assert examples.runs("no-such-tool") == []


def test_a_past_run_has_a_page_and_a_fragment(examples):
    run = examples.post("/tool/node-text-stats/run", form={"text": "alpha beta"}).header("X-Pixie-Run-Id")
    page = examples.get(f"/tool/node-text-stats/runs/{run}")
    assert_is_page(page)
    assert run[:8] in page.text and "alpha beta" in page.text and 'id="out-overview"' in page.text
    fragment = examples.get(f"/tool/node-text-stats/runs/{run}", headers={"HX-Request": "true", "HX-Target": "output-panel"})
    assert 'id="out-overview"' in fragment.text and "<html" not in fragment.text
    assert_is_page(examples.get(f"/tool/node-text-stats?run={run}"))
    assert examples.get(f"/tool/lorenz-ode-solver/runs/{run}").status == 404
    assert examples.get(f"/tool/node-text-stats/runs/{uuid.uuid4()}").status == 404
    assert examples.get("/tool/node-text-stats/runs/no-uuid").status == 404


def test_runs_of_one_tool_go_in_parallel_unless_it_says_otherwise(shims):
    slow = {"run": "slow", "seconds": 1.0}
    server = shims(("many", {"behaviour": slow}), ("single", {"behaviour": slow, "concurrent": False}))
    for tool in ("many", "single"):
        server.post(f"/tool/{tool}/run", form={})
    spans = {}
    for tool in ("many", "single"):
        port = server.address()[2]
        line = f"for i in 1 2 3; do curl -s -o /dev/null -X POST -d phrase=$i http://127.0.0.1:{port}/tool/{tool}/run & done; wait"
        subprocess.run(["bash", "-c", line], check=True, timeout=60)
        rows = sorted(server.runs(tool)[:3], key=lambda row: row["finished_at"])
        assert all(row["status"] == "ok" for row in rows)
        spans[tool] = [row["finished_at"] for row in rows]
    # One after the other means a second between two ends.
    assert seconds_between(spans["single"][0], spans["single"][-1]) > 1.5
    assert seconds_between(spans["many"][0], spans["many"][-1]) < 1.5


def seconds_between(earlier, later):
    from datetime import datetime

    stamps = [datetime.fromisoformat(stamp.replace("Z", "+00:00")) for stamp in (earlier, later)]
    return (stamps[1] - stamps[0]).total_seconds()


# --- streaming and cancelling -------------------------------------------------------------------------------------------


def start_streaming(server, tool, form):
    reply = server.post(f"/tool/{tool}/run", form=form)
    assert reply.status == 200 and "output-streaming" in reply.text, reply.text[:2000]
    return attribute(reply.text, "data-run-id")


def test_a_streamed_run_sends_its_words_and_keeps_them(examples):
    run = start_streaming(examples, "streaming-chat", {"message": "Hello", "words_per_second": "60"})
    assert UUID4.match(run)
    events = examples.events(f"/tool/streaming-chat/stream?run_id={run}")
    values = [json.loads(event["data"]) for event in events if "reply" in event["data"]]
    text = "".join(value["value"] for value in values if value.get("output_key") == "reply")
    assert text.startswith("Good to see you.")
    assert events[-1]["event"] == "done" and json.loads(events[-1]["data"]) == {}
    wait_for(lambda: examples.runs("streaming-chat")[0]["status"] == "ok", "the run's end")
    assert text in html.unescape(examples.get(f"/tool/streaming-chat/runs/{run}").text)


def test_a_stream_can_be_read_again_and_from_an_event_on(examples):
    run = start_streaming(examples, "streaming-chat", {"message": "Hello", "words_per_second": "60"})
    first = examples.events(f"/tool/streaming-chat/stream?run_id={run}")
    numbered = [event for event in first if event["id"]]
    assert numbered, "events of a stream carry numbers"
    again = examples.events(f"/tool/streaming-chat/stream?run_id={run}", headers={"Last-Event-ID": numbered[2]["id"]})
    assert [event["data"] for event in again if event["id"]] == [event["data"] for event in numbered[3:]]


def test_a_run_goes_on_without_anybody_watching(examples):
    run = start_streaming(examples, "long-job", {"stages": "3", "seconds_per_stage": "0", "digits": "5"})
    row = wait_for(lambda: ended(examples, "long-job", run), "the run's end")
    assert row["status"] == "ok"
    assert "Stage 3 of 3" in examples.get(f"/tool/long-job/runs/{run}").text


def ended(server, tool, run):
    return next((row for row in server.runs(tool) if row["run_id"] == run and row["status"] != "running"), None)


def test_cancelling_ends_a_long_job_and_keeps_what_it_found(examples):
    run = start_streaming(examples, "long-job", {"stages": "200", "seconds_per_stage": "0.05", "digits": "5"})
    examples.events(f"/tool/long-job/stream?run_id={run}", until=lambda event: "Stage 2" in event["data"])
    reply = examples.post(f"/tool/long-job/cancel?run_id={run}")
    assert reply.status == 200 and "<html" not in reply.text
    assert wait_for(lambda: ended(examples, "long-job", run), "the run's end")["status"] == "cancelled"
    assert "Stage 2" in examples.get(f"/tool/long-job/runs/{run}").text
    # A second one changes nothing.
    assert examples.post(f"/tool/long-job/cancel?run_id={run}").status == 200
    assert ended(examples, "long-job", run)["status"] == "cancelled"


def test_cancelling_stops_a_tool_that_does_not_listen(shims):
    server = shims(("deaf", {"behaviour": {"run": "stubborn", "seconds": 300, "on_term": "ignore"}, "max_runtime_seconds": 300}))
    port = server.address()[2]
    poster = subprocess.Popen(["curl", "-s", "-X", "POST", "-d", "phrase=x", f"http://127.0.0.1:{port}/tool/deaf/run"], stdout=subprocess.PIPE)
    wait_for((server.tools / "deaf" / "started").exists, "the tool to have got the run")
    run = server.runs("deaf")[0]["run_id"]
    assert server.post(f"/tool/deaf/cancel?run_id={run}").status == 200
    assert ended(server, "deaf", run)["status"] == "cancelled"
    poster.communicate(timeout=60)
    wait_for(lambda: server.get("/api/tools").json()[0]["status"] == "dormant", "the end of its process", 15)


def test_cancel_wants_a_run_and_a_tool(examples):
    assert examples.post("/tool/long-job/cancel").status == 422
    assert examples.post(f"/tool/no-such-tool/cancel?run_id={uuid.uuid4()}").status == 404


def test_an_unknown_run_has_a_stream_that_says_so(examples):
    for target in (f"/tool/long-job/stream?run_id={uuid.uuid4()}", f"/tool/no-such-tool/stream?run_id={uuid.uuid4()}"):
        reply = examples.get(target)
        assert reply.status == 404
        assert reply.headers.get_content_type() == "text/event-stream"
        assert "event: error" in reply.text and "event: done" in reply.text and '"message"' in reply.text
    assert examples.get("/tool/long-job/stream").status == 422


STREAM_SHAPES = {
    "keyed": (['data: {"output_key": "said", "value": "a{n}", "done": false}\n\n'], "a0a1a2"),
    "many": (['data: {"said": "b{n}", "done": false}\n\n'], "b0b1b2"),
    "chunk": (['data: {"chunk": "c{n}", "done": false}\n\n'], "c0c1c2"),
    "named": (["event: said\ndata: d{n}\n\n", "event: end\ndata: ignored\n\n"], "d0d1d2"),
}


@pytest.mark.parametrize("shape", STREAM_SHAPES)
def test_every_shape_of_stream_adds_up(shims, shape):
    events, expected = STREAM_SHAPES[shape]
    outputs = [text_output(type="stream_text", streaming=True)]
    behaviour = {"run": "start_stream", "events": events, "repeat": 3, "answer": {"said": ""}}
    server = shims(("streamer", {"outputs": outputs, "behaviour": behaviour}))
    run = start_streaming(server, "streamer", {"phrase": "x"})
    server.events(f"/tool/streamer/stream?run_id={run}")
    assert wait_for(lambda: ended(server, "streamer", run), "the run's end")["status"] == "ok"
    assert expected in server.get(f"/tool/streamer/runs/{run}").text


# --- autocomplete -------------------------------------------------------------------------------------------------------


def test_autocomplete_is_passed_on(shims):
    inputs = [{"key": "city", "type": "autocomplete", "label": "City", "endpoint": "/autocomplete/cities"}]
    server = shims(("cities", {"inputs": inputs, "provides_autocomplete": True}))
    reply = server.get("/tool/cities/autocomplete/cities?q=ber")
    assert reply.status == 200
    assert reply.json() == ["ber1", {"value": "ber2", "label": "/autocomplete/cities"}]
    assert server.get("/tool/no-such-tool/autocomplete/cities?q=b").status == 404
    assert server.get("/tool/cities/autocomplete/a%20b?q=b").status in (404, 422)


def test_autocomplete_tells_a_broken_tool_from_a_slow_one(shims):
    inputs = [{"key": "city", "type": "autocomplete", "label": "City", "endpoint": "cities"}]
    options = {"inputs": inputs, "provides_autocomplete": True}
    server = shims(
        ("broken", {**options, "behaviour": {"autocomplete_status": 500}}), ("slow", {**options, "behaviour": {"seconds": 8}})
    )
    for tool, status in (("broken", 502), ("slow", 504)):
        reply = server.get(f"/tool/{tool}/autocomplete/cities?q=b")
        assert reply.status == status
        assert isinstance(reply.json()["detail"], str)


# --- every type ---------------------------------------------------------------------------------------------------------


def test_every_input_type_is_on_the_form(shims):
    catalogue = json.loads((ROOT / "tests" / "data" / "every_input.json").read_text(encoding="utf-8"))
    assert len({spec["type"] for spec in catalogue}) == 28
    server = shims(("inputs", {"inputs": catalogue, "outputs": [text_output(type="code")]}))
    assert server.get("/api/tools").json()[0]["status"] == "dormant"
    page = server.get("/tool/inputs")
    assert_is_page(page)
    for spec in catalogue:
        if spec["type"] != "hidden":
            assert html.escape(spec["label"]) in page.text, spec
    assert "pixie-error" not in server.post("/tool/inputs/run", form={}).text


def test_every_output_type_is_a_card(shims):
    catalogue = json.loads((ROOT / "tests" / "data" / "every_output.json").read_text(encoding="utf-8"))
    outputs = [spec["spec"] for spec in catalogue]
    assert len({spec["type"] for spec in outputs}) == 39
    answer = {spec["spec"]["key"]: spec["value"] for spec in catalogue}
    server = shims(("outputs", {"outputs": outputs, "behaviour": {"run": "answer", "answer": answer}}))
    page = server.post("/tool/outputs/run", form={}).text
    for spec in outputs:
        assert f'id="out-{spec["key"]}"' in page, spec
    assert "pixie-error" not in page
    # Nothing is a value too: a card that says so.
    empty = {key: None for key in answer}
    (server.tools / "outputs" / "behaviour.json").write_text(json.dumps({"run": "answer", "answer": empty}))
    server.post("/api/tools/outputs/stop")
    page = server.post("/tool/outputs/run", form={}).text
    assert page.count("output-card") >= len(outputs)


# --- who may ask --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil"])
def test_a_foreign_host_is_refused(examples, host):
    for target in ("/api/tools", "/", "/tool/lorenz-ode-solver", "/no/such/page"):
        reply = examples.get(target, headers={"Host": host})
        assert reply.status in (400, 403, 421), target
        assert "lorenz" not in reply.text.lower()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", "http://localhost.evil"])
def test_another_sites_page_cannot_post(examples, origin):
    before = len(examples.runs("node-text-stats"))
    reply = examples.post("/tool/node-text-stats/run", form={"text": "x"}, headers={"Origin": origin})
    assert reply.status == 403
    assert len(examples.runs("node-text-stats")) == before


def test_another_sites_page_cannot_make_the_browser_fetch(examples):
    crossing = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert examples.post("/tool/node-text-stats/run", form={"text": "x"}, headers=crossing).status == 403
    assert examples.get("/api/tools/node-text-stats/validate", headers=crossing).status == 403


def test_our_own_page_may_post(examples):
    port = examples.address()[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert examples.post("/tool/node-text-stats/run", form={"text": "x"}, headers=headers).status == 200


def test_a_host_that_is_not_loopback_is_refused_at_start(make_server):
    for address in ("0.0.0.0", "localhost", "::"):
        server = make_server(f"host-{len(address)}", flags=["--tools-host", address])
        server.launch()
        assert server.process.wait(30) != 0
        assert address in server.log()

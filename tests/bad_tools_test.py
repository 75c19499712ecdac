"""Tools that misbehave: each gets a clear message, the server stays up, other runs go on, nothing is left running."""

import json
import re
import subprocess
import time

import pytest

from pix_server import attribute, is_alive, processes_naming, wait_for
from tool_folders import schema, text_input, text_output, write_broken_tool, write_tool


@pytest.fixture
def server(make_server, tools_folder):
    write_tool(tools_folder, "healthy")
    return make_server(tools=tools_folder).start()


def add(server, tool, **options):
    write_tool(server.tools, tool, **options)
    wait_for(lambda: any(row["id"] == tool for row in server.get("/api/tools").json()), f"{tool} in the list")


def assert_healthy(server):
    """The server answers, and the tool beside the bad one runs."""
    assert server.get("/api/healthz").json() == {"ok": True}
    assert 'id="out-said"' in server.post("/tool/healthy/run", form={"phrase": "x"}).text


def failed_run(server, tool, kind, timeout=120):
    """Runs the tool, checks that it failed with that kind of message, and returns the fragment."""
    reply = server.post(f"/tool/{tool}/run", form={"phrase": "x"}, timeout=timeout)
    assert reply.status == 200
    assert attribute(reply.text, "data-error-kind") == kind, reply.text[:3000]
    assert attribute(reply.text, "data-tool-id") == tool
    assert 'role="alert"' in reply.text
    rows = server.runs(tool)
    if rows:
        assert rows[0]["status"] == "error"
    assert_healthy(server)
    return reply.text


# --- how a tool starts --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_tool_that_never_opens_its_port(server):
    add(server, "closed", behaviour={"healthz": "closed"}, validator_timeout_override=3)
    page = failed_run(server, "closed", "timeout")
    assert "never opens its port" in page, "the end of stderr"
    wait_for(lambda: not running(server, "closed"), "the end of the process", 15)


def running(server, tool):
    return [row for row in server.get("/api/tools").json() if row["id"] == tool and row["status"] == "running"]


@pytest.mark.slow
def test_a_tool_that_is_never_healthy(server):
    add(server, "unwell", behaviour={"healthz": "never"}, validator_timeout_override=3)
    failed_run(server, "unwell", "timeout")


def test_a_tool_that_opens_its_port_late(server):
    add(server, "late", behaviour={"start_seconds": 2})
    reply = server.post("/tool/late/run", form={"phrase": "x"})
    assert 'id="out-said"' in reply.text


def test_a_tool_that_dies_while_it_starts(server):
    add(server, "stillborn", behaviour={"dies_at_start": "no module named wisdom"})
    page = failed_run(server, "stillborn", "spawn")
    assert "no module named wisdom" in page
    assert "7" in page, "its exit code"
    # A failure is not remembered: the next click tries again.
    (server.tools / "stillborn" / "behaviour.json").write_text("{}")
    assert 'id="out-said"' in server.post("/tool/stillborn/run", form={"phrase": "x"}).text


def test_a_tool_without_an_entrypoint(server):
    add(server, "hollow")
    (server.tools / "hollow" / "tool").unlink()
    failed_run(server, "hollow", "spawn")


def test_an_entrypoint_outside_the_folder_is_refused(server):
    for number, path in enumerate(("../healthy/tool", "/bin/true", "a/../../healthy/tool")):
        name = f"escaping-{number}"
        write_tool(server.tools, name, entrypoint=path)
        wait_for(lambda name=name: any(row["id"] == name for row in server.get("/api/tools").json()), name)
        reply = server.post(f"/tool/{name}/run", form={})
        assert "pixie-error" in reply.text and 'id="out-said"' not in reply.text


# --- how it answers -------------------------------------------------------------------------------------------------------


def test_a_tool_that_dies_mid_run(server):
    add(server, "dying", behaviour={"run": "die"})
    page = failed_run(server, "dying", "run")
    assert "the shim dies now" in page
    failed_run(server, "dying", "run")


def test_a_tool_that_dies_in_the_middle_of_its_answer(server):
    add(server, "half", behaviour={"run": "half"})
    failed_run(server, "half", "run")


@pytest.mark.parametrize(
    "status, answer, expected",
    [
        (500, {"detail": "the kettle is cold"}, "the kettle is cold"),
        (422, {"detail": [{"loc": ["body", "phrase"], "msg": "is too short", "type": "x"}]}, "is too short"),
        (503, {"other": "no detail here"}, "no detail here"),
        (500, "<b>markup</b>", "&lt;b&gt;markup"),
    ],
)
def test_a_tool_that_answers_an_error(server, status, answer, expected):
    add(server, "refusing", behaviour={"run": "answer", "status": status, "answer": answer})
    assert expected in failed_run(server, "refusing", "run")


@pytest.mark.parametrize(
    "text",
    ["{", '{"said": "x"', "", "nonsense", '{"said": "\\ud800"}', "[1, 2]", "null", '"said"', "{} {}"],
)
def test_a_tool_that_answers_no_json_object(server, text):
    add(server, "garbled", behaviour={"run": "raw", "answer": text})
    failed_run(server, "garbled", "run")


def test_a_tool_that_answers_deep_json(server):
    add(server, "deep", behaviour={"run": "raw", "answer": '{"said": ' + "[" * 100_000 + "]" * 100_000 + "}"})
    reply = server.post("/tool/deep/run", form={"phrase": "x"})
    assert reply.status == 200
    assert_healthy(server)


@pytest.mark.parametrize(
    "kind, value",
    [
        ("number", "many"),
        ("chart_line", {"x": "no", "series": 3}),
        ("chart_line", {"x": [1], "series": [{"y": {"a": 1}}]}),
        ("table", {"rows": "none"}),
        ("table", {"columns": 4, "rows": [1, None, "x"]}),
        ("kv", 17),
        ("image", "javascript:alert(1)"),
        ("image", {"url": ["x"]}),
        ("file", {"filename": "../../etc/passwd", "data": "data:text/plain;base64,???"}),
        ("progress", "half"),
        ("log", {"lines": {"a": 1}}),
        ("chart_heatmap", {"z": [[1, "x"], None]}),
        ("boolean", []),
    ],
)
def test_a_value_of_the_wrong_shape(server, kind, value):
    outputs = [text_output(type=kind), text_output("other")]
    add(server, "misshapen", outputs=outputs, behaviour={"run": "answer", "answer": {"said": value, "other": "the other one"}})
    page = server.post("/tool/misshapen/run", form={"phrase": "x"})
    assert page.status == 200
    assert "the other one" in page.text, "the outputs beside it are shown"
    assert "javascript:alert" not in re.sub(r"data-[a-z-]+=\"[^\"]*\"", "", page.text)
    assert_healthy(server)


def test_a_key_that_is_missing_and_one_too_many(server):
    add(server, "partial", outputs=[text_output(), text_output("other")], behaviour={"run": "answer", "answer": {"other": "here", "more": "unasked"}})
    page = server.post("/tool/partial/run", form={"phrase": "x"}).text
    assert 'id="out-said"' in page and "here" in page and "unasked" not in page


@pytest.mark.slow
def test_a_tool_that_answers_200_megabytes(server):
    add(server, "huge", behaviour={"run": "huge", "bytes": 200 * 1024 * 1024}, max_runtime_seconds=120)
    before = resident(server)
    reply = server.post("/tool/huge/run", form={"phrase": "x"}, timeout=180)
    assert reply.status == 200
    assert len(reply.body) < 20 * 1024 * 1024, "a page is not 200 MB long"
    assert_healthy(server)
    assert wait_for(lambda: resident(server) < before + 100 * 1024 * 1024, "its memory to be given back")


def resident(server):
    status = open(f"/proc/{server.pid}/status", encoding="ascii").read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


@pytest.mark.slow
def test_a_tool_whose_answer_has_no_end(make_server, tools_folder):
    write_tool(tools_folder, "healthy")
    write_tool(tools_folder, "endless", behaviour={"run": "endless"})
    server = make_server(tools=tools_folder, toml="[tools]\nresponse_bytes = 10000000\n").start()
    failed_run(server, "endless", "run")
    assert resident(server) < 200 * 1024 * 1024


def test_a_tool_that_floods_stderr(server):
    add(server, "flooding", behaviour={"run": "flood", "stderr_bytes": 50_000_000})
    reply = server.post("/tool/flooding/run", form={"phrase": "x"})
    assert "flooded" in reply.text
    assert resident(server) < 200 * 1024 * 1024
    assert_healthy(server)


def test_a_run_that_takes_too_long(server):
    add(server, "endless", behaviour={"run": "stubborn", "on_term": "ignore"}, max_runtime_seconds=1)
    page = failed_run(server, "endless", "timeout")
    assert "6" in page or "1" in page, "the limit"
    wait_for(lambda: not running(server, "endless"), "the end of the process")


# --- how it streams -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behaviour",
    [
        {"events": ['data: {"output_key": "said", "value": "a", "done": false}\n\n'], "dies_in_stream": True},
        {},  # no /stream at all, though an output says that it streams
    ],
)
def test_a_stream_that_breaks(server, behaviour):
    add(server, "breaking", outputs=[text_output(type="stream_text", streaming=True)], behaviour={"run": "start_stream", "answer": {"said": ""}, **behaviour})
    run = attribute(server.post("/tool/breaking/run", form={"phrase": "x"}).text, "data-run-id")
    events = server.events(f"/tool/breaking/stream?run_id={run}")
    if behaviour:
        assert any(event["event"] == "error" and "message" in json.loads(event["data"]) for event in events)
        wait_for(lambda: server.runs("breaking")[0]["status"] == "error", "the run's end")
    assert events[-1]["event"] == "done"
    assert_healthy(server)


def test_a_stream_of_nonsense(server):
    events = ["data: {\n\n", "data: [1]\n\n", "data: " + "x" * 300_000 + "\n\n", ": comment\n\n", "event: nobody\ndata: {}\n\n", "\n\n\n",
              'data: {"output_key": "no such key", "value": 1}\n\n', 'data: {"output_key": "said", "value": "kept"}\r\n\r\n']  # fmt: skip
    add(server, "nonsense", outputs=[text_output(type="stream_text", streaming=True)], behaviour={"run": "start_stream", "answer": {"said": ""}, "events": events})
    run = attribute(server.post("/tool/nonsense/run", form={"phrase": "x"}).text, "data-run-id")
    assert server.events(f"/tool/nonsense/stream?run_id={run}")[-1]["event"] == "done"
    wait_for(lambda: server.runs("nonsense")[0]["status"] != "running", "the run's end")
    assert "kept" in server.get(f"/tool/nonsense/runs/{run}").text
    assert_healthy(server)


# --- what it leaves behind --------------------------------------------------------------------------------------------------


def test_a_tool_that_ignores_sigterm(server):
    add(server, "deaf", behaviour={"on_term": "ignore"})
    server.post("/tool/deaf/run", form={"phrase": "x"})
    pids = tool_processes(server, "deaf")
    assert pids
    assert server.post("/api/tools/deaf/stop").json()["status"] == "stopped"
    wait_for(lambda: not any(map(is_alive, pids)), "the end of the process", 20)
    assert_healthy(server)


def tool_processes(server, tool):
    """Processes with the tool's id in their environment, as the contract puts it there, below this server's home."""
    return [pid for pid in processes_naming(f"PIXIE_TOOL_ID={tool}\0") if str(server.home) in environment_of(pid)]


def environment_of(pid):
    try:
        return open(f"/proc/{pid}/environ", encoding="utf-8", errors="replace").read()
    except OSError:
        return ""


def test_a_tool_that_forks_daemons(server):
    add(server, "forking", behaviour={"run": "daemons", "daemons": 5})
    assert "forked" in server.post("/tool/forking/run", form={"phrase": "x"}).text
    pids = wait_for(lambda: tool_processes(server, "forking"), "its processes")
    server.post("/api/tools/forking/stop")
    wait_for(lambda: not any(map(is_alive, pids)) and not tool_processes(server, "forking"), "the end of them all", 20)
    assert_healthy(server)


def test_daemons_end_with_the_server(make_server, tools_folder):
    write_tool(tools_folder, "forking-too", behaviour={"run": "daemons", "daemons": 5, "on_term": "ignore"})
    server = make_server(tools=tools_folder).start()
    server.post("/tool/forking-too/run", form={"phrase": "x"})
    assert tool_processes(server, "forking-too")
    assert server.stop() == 0
    assert not tool_processes(server, "forking-too")


def test_a_tool_that_writes_outside_its_folder(server):
    add(server, "roaming", behaviour={"run": "outside"})
    run = server.post("/tool/roaming/run", form={"phrase": "x"}).header("X-Pixie-Run-Id")
    assert run
    page = server.get(f"/tool/roaming/runs/{run}").text
    assert "root:x:0" not in page
    assert_healthy(server)


def test_a_tool_above_its_memory_limit(server):
    add(server, "greedy", behaviour={"run": "huge", "bytes": 100 * 1024 * 1024}, max_memory_mb=8)
    reply = server.post("/tool/greedy/run", form={"phrase": "x"})
    assert reply.status == 200
    assert_healthy(server)


def test_other_runs_go_on_beside_a_stuck_one(server):
    add(server, "stuck", behaviour={"run": "stubborn"}, max_runtime_seconds=300)
    port = server.address()[2]
    stuck = subprocess.Popen(["curl", "-s", "-X", "POST", "-d", "phrase=x", f"http://127.0.0.1:{port}/tool/stuck/run"], stdout=subprocess.DEVNULL)
    wait_for(lambda: server.runs("stuck"), "the stuck run")
    for _ in range(20):
        assert_healthy(server)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 40
    stuck.wait(10)


# --- tool.json ----------------------------------------------------------------------------------------------------------------

GOOD = schema("good")
BROKEN = {
    "wrong-type": json.dumps({**GOOD, "inputs": "none"}),
    "wrong-field-type": json.dumps({**GOOD, "warm_keep_seconds": "long"}),
    "unknown-key": json.dumps({**GOOD, "colour": "red"}),
    "unknown-input-key": json.dumps({**GOOD, "inputs": [{**text_input(), "colour": "red"}]}),
    "unknown-input-type": json.dumps({**GOOD, "inputs": [text_input(type="telepathy")]}),
    "no-id": json.dumps({key: GOOD[key] for key in GOOD if key != "id"}),
    "duplicate-key": '{"id": "a", "id": "b", "name": "x", "inputs": [], "outputs": []}',
    "no-json": '{"id": "x",',
    "nothing": "",
    "not-utf8": b'{"id": "x", "name": "\xff\xfe", "inputs": [], "outputs": []}',
    "an-array": "[]",
    "deep": '{"id":' * 5000 + "1" + "}" * 5000,
    "long": '{"id": "' + "x" * 20_000_000 + '"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_tool_json_is_shown_with_its_error(make_server, tools_folder, name):
    write_tool(tools_folder, "healthy")
    write_broken_tool(tools_folder, f"broken-{name}", BROKEN[name])
    server = make_server(tools=tools_folder).start()
    rows = {row["id"]: row for row in server.get("/api/tools").json()}
    assert rows[f"broken-{name}"]["status"] == "failed"
    assert rows["healthy"]["status"] == "dormant"
    page = server.get(f"/tool/broken-{name}")
    assert page.status == 200 and "tool.json" in page.text
    run = server.post(f"/tool/broken-{name}/run", form={})
    assert run.status == 404 and "pixie-error" in run.text
    report = server.get(f"/api/tools/broken-{name}/validate").json()
    assert report["overall"] == "fail"
    failed = next(check for check in report["checks"] if check["status"] == "fail")
    assert failed["name"] in ("folder_structure", "tool_json_parses", "schemas_coherent")
    assert failed["message"]
    assert f"broken-{name}" in server.get("/").text
    assert_healthy(server)


INCOHERENT = {
    "cyclic-show-if": {
        "inputs": [
            text_input("a", show_if={"key": "b", "equals": "x"}),
            text_input("b", show_if={"key": "a", "equals": "x"}),
        ]
    },
    "show-if-nobody": {"inputs": [text_input("a", show_if={"key": "nobody", "equals": 1})]},
    "same-key-twice": {"inputs": [text_input("a"), text_input("a")]},
    "hidden-without-default": {"inputs": [{"key": "h", "type": "hidden", "label": "H"}]},
}


@pytest.mark.parametrize("name", INCOHERENT)
def test_an_incoherent_schema_is_reported(server, name):
    write_tool(server.tools, name, **INCOHERENT[name])
    wait_for(lambda: any(row["id"] == name for row in server.get("/api/tools").json()), name)
    page = server.get(f"/tool/{name}")
    assert page.status == 200
    report = server.get(f"/api/tools/{name}/validate").json()
    assert report["overall"] == "fail"
    assert any(check["name"] in ("schemas_coherent", "tool_json_parses") and check["status"] == "fail" for check in report["checks"])
    assert_healthy(server)


def test_a_thousand_inputs(server):
    inputs = [text_input(f"field_{number}") for number in range(1000)]
    add(server, "wide", inputs=inputs)
    page = server.get("/tool/wide")
    assert page.status == 200 and 'name="field_999"' in page.text
    reply = server.post("/tool/wide/run", form={f"field_{number}": str(number) for number in range(1000)})
    assert 'id="out-said"' in reply.text
    assert_healthy(server)


def test_a_folder_that_cannot_be_read_or_is_no_folder(server):
    (server.tools / "a-file").write_text("not a folder")
    (server.tools / "no-json").mkdir()
    (server.tools / "dangling").symlink_to("/no/such/place")
    (server.tools / ".hidden").mkdir()
    wait_for(lambda: any(row["id"] == "no-json" for row in server.get("/api/tools").json()), "the folder without tool.json")
    ids = {row["id"] for row in server.get("/api/tools").json()}
    assert "a-file" not in ids and ".hidden" not in ids
    assert_healthy(server)

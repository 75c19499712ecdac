"""Power cuts: the server is killed at random points of its runs, and each start finds a state that makes sense."""

import json
import os
import random
import re
import signal
import sqlite3
import threading

import pytest

from pix_server import is_alive, processes_naming, wait_for
from tool_folders import text_output, write_tool

RUNS = 200
RUNS_A_LIFE = 4  # started at once before each kill


def tools_for_crashes(folder):
    write_tool(folder, "quick", behaviour={})
    write_tool(folder, "slow", behaviour={"run": "slow", "seconds": 0.2})
    write_tool(folder, "forking", behaviour={"run": "daemons", "daemons": 1, "on_term": "ignore"})
    event = 'data: {"output_key": "said", "value": "{n} ", "done": false}\n\n'
    write_tool(
        folder,
        "streaming",
        outputs=[text_output(type="stream_text", streaming=True)],
        behaviour={"run": "start_stream", "answer": {"said": ""}, "events": [event], "repeat": 20, "pause": 0.02},
    )


@pytest.mark.slow
def test_every_run_of_200_is_in_one_state_after_a_kill_and_no_process_is_left(make_server, tools_folder):
    tools_for_crashes(tools_folder)
    server = make_server(tools=tools_folder)
    chance = random.Random(20260304)
    answered = {}  # run id -> tool, of the runs whose answer reached the client
    for life in range(RUNS // RUNS_A_LIFE):
        server.start()
        threads = [threading.Thread(target=one_run, args=(server, chance.choice(TOOLS), answered)) for _ in range(RUNS_A_LIFE)]
        for thread in threads:
            thread.start()
        threading.Event().wait(chance.uniform(0, 0.6))
        lost_guardian = life % 10 == 9
        os.kill(server.process.pid if lost_guardian else server.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(60)
        server.process.wait(30)
        wait_for(lambda: not is_alive(server.pid), f"the end of the server in life {life}", 10)
        if lost_guardian:
            # Nobody is left who could know of daemons: the next start finds them.
            left = children_left(server)
            server.start()
            wait_for(lambda: not any(map(is_alive, left)), f"the end of what life {life} left", 10)
            server.stop()
        wait_for(lambda: not children_left(server), f"the end of the children in life {life}", 10)
        (server.home / "doors.json").unlink(missing_ok=True)

    server.start()
    wait_for(lambda: not any(row["status"] == "running" for row in all_rows(server)), "the sweep of what was running")
    rows = all_rows(server)
    by_id = {row["run_id"]: row for row in rows}
    assert len(by_id) == len(rows), "a run stands once in the history"
    assert len(rows) > RUNS / 4
    for row in rows:
        assert row["status"] in ("ok", "error", "cancelled")
        assert row["finished_at"]
    # Whoever was told that a run had been done finds it done.
    for run, (tool, outcome) in answered.items():
        assert run in by_id, "a run that was answered is not forgotten"
        if outcome == "ok":
            assert by_id[run]["status"] == "ok"
    interrupted = [row for row in rows if row["status"] == "error"]
    assert interrupted, "the kills hit running work"
    page = server.get(f"/tool/{interrupted[0]['tool_id']}/runs/{interrupted[0]['run_id']}").text
    assert "stopped" in page
    assert server.run_command("jobs", "list", "--output", "json").returncode == 0
    server.stop()
    check_database(server)


TOOLS = ["quick", "slow", "streaming", "forking"]


def all_rows(server):
    return [row for tool in TOOLS for row in server.runs(tool, limit=1000)]


def one_run(server, tool, answered):
    try:
        reply = server.post(f"/tool/{tool}/run", form={"phrase": "x"}, timeout=30)
    except OSError:
        return
    except Exception as problem:  # the connection broke in the middle of an answer
        assert "Incomplete" in type(problem).__name__ or "Bad" in type(problem).__name__ or "Remote" in type(problem).__name__
        return
    run = reply.header("X-Pixie-Run-Id")
    if run and reply.status == 200:
        done = reply.header("X-Pixie-Run-Done") == "1" and "pixie-error" not in reply.text
        answered[run] = (tool, "ok" if done else "unknown")
    elif found := re.search(r'data-run-id="([^"]+)"', reply.text):
        answered[found[1]] = (tool, "unknown")


def children_left(server):
    """Whatever carries PIX_JOB in its environment and belongs to this home, or runs from its tools folder."""
    left = []
    for pid in processes_naming(str(server.home)) + processes_naming(str(server.tools)):
        try:
            environment = open(f"/proc/{pid}/environ", "rb").read()
        except OSError:
            continue
        if b"PIX_JOB=" in environment or b"PIXIE_TOOL_ID=" in environment:
            left.append(pid)
    return left


def check_database(server):
    database = sqlite3.connect(f"file:{server.home}/pix.db?mode=ro", uri=True)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    streams = database.execute("SELECT stream, count(*), max(number), min(number) FROM events GROUP BY stream").fetchall()
    for stream, count, last, first in streams:
        assert count == last - first + 1, f"a gap in {stream}"
    database.close()


def test_a_killed_server_takes_its_tools_along(make_server, tools_folder):
    tools_for_crashes(tools_folder)
    server = make_server(tools=tools_folder).start()
    for tool in TOOLS:
        server.post(f"/tool/{tool}/run", form={"phrase": "x"})
    assert children_left(server)
    os.kill(server.pid, signal.SIGKILL)
    wait_for(lambda: not children_left(server), "the end of the tools", 6)
    server.process.wait(30)


def test_a_killed_guardian_takes_everything_along(make_server, tools_folder):
    for tool in ("first", "second"):
        write_tool(tools_folder, tool)
    server = make_server(tools=tools_folder).start()
    for tool in ("first", "second"):
        server.post(f"/tool/{tool}/run", form={"phrase": "x"})
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    wait_for(lambda: not is_alive(server.pid) and not children_left(server), "the end of all", 10)


def test_daemons_that_outlive_a_killed_guardian_end_with_the_next_start(make_server, tools_folder):
    tools_for_crashes(tools_folder)
    server = make_server(tools=tools_folder).start()
    server.post("/tool/forking/run", form={"phrase": "x"})
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    wait_for(lambda: not is_alive(server.pid), "the end of the server", 10)
    left = children_left(server)
    (server.home / "doors.json").unlink(missing_ok=True)
    server.start()
    wait_for(lambda: not any(map(is_alive, left)), "the end of the daemons", 10)


def test_a_locked_database_is_said_and_nothing_is_half_stored(make_server, tools_folder):
    write_tool(tools_folder, "quick")
    server = make_server(tools=tools_folder).start()
    server.post("/tool/quick/run", form={"phrase": "x"})
    before = server.runs("quick")
    other = sqlite3.connect(server.home / "pix.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        reply = server.post("/tool/quick/run", form={"phrase": "locked"})
        assert reply.status in (200, 503)
        assert "pixie-error" in reply.text and re.search(r"locked|busy|database", reply.text)
        assert server.get("/api/healthz").json() == {"ok": True}
    finally:
        other.execute("ROLLBACK")
        other.close()
    wait_for(lambda: not any(row["status"] == "running" for row in server.runs("quick")), "no run that hangs")
    assert 'id="out-said"' in server.post("/tool/quick/run", form={"phrase": "again"}).text
    rows = server.runs("quick")
    assert len(rows) <= len(before) + 2
    assert rows[0]["status"] == "ok"


def test_a_broken_home_is_refused_with_a_reason(make_server):
    server = make_server()
    (server.home / "pix.db").write_bytes(b"this is no database, but it is longer than the header of one" * 100)
    server.launch()
    assert server.process.wait(30) != 0
    assert "pix.db" in server.log()
    assert (server.home / "pix.db").read_bytes().startswith(b"this is no database"), "it is left as it was"


def test_pix_toml_with_a_mistake_is_named(make_server):
    server = make_server(toml="[tools]\nport = \n")
    server.launch()
    assert server.process.wait(30) != 0
    assert "pix.toml" in server.log() and "2" in server.log()


def test_doors_json_is_never_half_written(make_server):
    server = make_server().start()
    assert json.loads((server.home / "doors.json").read_text())["pid"] == server.pid
    assert [path.name for path in server.home.glob("doors*")] == ["doors.json"]

"""The command line, beside a running server and without one."""

import json
import subprocess

import pytest

from pix_server import PIX, wait_for
from tool_folders import write_broken_tool, write_tool


@pytest.fixture
def server(make_server, tools_folder):
    write_tool(tools_folder, "plain", behaviour={"run": "slow", "seconds": 0})
    write_broken_tool(tools_folder, "broken", "{")
    return make_server(tools=tools_folder).start()


def test_the_routes_are_printed_without_a_server(make_server):
    server = make_server()
    done = server.run_command("routes", "--output", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert all(set(row) >= {"door", "method", "path"} for row in rows)
    table = {(row["door"], row["method"], row["path"]) for row in rows}
    assert ("tools", "POST", "/tool/{tool_id}/run") in table
    assert ("tools", "GET", "/api/healthz") in table
    assert len(table) == len(rows)


def test_help_and_version_go_to_standard_output(make_server):
    server = make_server()
    for words in (["--help"], ["serve", "--help"], ["--version"]):
        done = subprocess.run([str(PIX), *words], capture_output=True, text=True, timeout=30, env=server.environment())
        assert done.returncode == 0 and done.stdout.strip() and not done.stderr
    assert server.run_command("no-such-command").returncode not in (0, -11)


def test_tools_are_listed(server):
    done = server.run_command("tools", "list", "--output", "json")
    assert done.returncode == 0, done.stderr
    rows = {row["id"]: row for row in json.loads(done.stdout)}
    assert rows["broken"]["status"] == "failed" and rows["plain"]["validation"]["overall"]
    text = server.run_command("tools", "list")
    assert "plain" in text.stdout and "broken" in text.stdout


@pytest.mark.slow
def test_a_tool_is_validated(server):
    done = server.run_command("tools", "validate", "plain", "--output", "json", timeout=120)
    report = json.loads(done.stdout)
    assert (done.returncode, report["overall"]) == (0, "pass"), report
    assert server.run_command("tools", "validate", "broken").returncode == 1
    assert server.run_command("tools", "validate", "nobody").returncode == 2


def test_jobs_are_listed_shown_and_cancelled(server):
    server.post("/tool/plain/run", form={"phrase": "x"})
    jobs = json.loads(server.run_command("jobs", "list", "--output", "json").stdout)
    rows = jobs if isinstance(jobs, list) else jobs["items"]
    mine = next(row for row in rows if row["area"] == "tools" and "run" in row["kind"])
    assert mine["state"] == "succeeded"
    shown = server.run_command("jobs", "show", mine["id"], "--output", "json")
    assert shown.returncode == 0 and json.loads(shown.stdout)["id"] == mine["id"]
    assert server.run_command("jobs", "show", "job_nobody").returncode != 0
    assert server.run_command("jobs", "cancel", "job_nobody").returncode != 0


def test_a_running_job_is_cancelled_from_the_command_line(make_server, tools_folder):
    write_tool(tools_folder, "long", behaviour={"run": "slow", "seconds": 100}, max_runtime_seconds=200)
    server = make_server(tools=tools_folder).start()
    with server.raw() as connection:
        name = f"127.0.0.1:{server.address()[2]}".encode()
        connection.sendall(b"POST /tool/long/run HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % name)
        wait_for(lambda: server.runs("long"), "the run")
        rows = json.loads(server.run_command("jobs", "list", "--output", "json").stdout)
        job = next(row for row in (rows if isinstance(rows, list) else rows["items"]) if row["state"] == "running")
        assert server.run_command("jobs", "cancel", job["id"]).returncode == 0
        wait_for(lambda: server.runs("long")[0]["status"] == "cancelled", "the run's end")


def test_doctor_finds_a_sound_home_sound(make_server):
    server = make_server()
    server.start()
    running = server.run_command("doctor")
    assert running.returncode == 0, running.stdout + running.stderr
    server.stop()
    done = server.run_command("doctor", "--output", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    json.loads(done.stdout)


def test_doctor_finds_a_broken_database(make_server):
    server = make_server()
    (server.home / "pix.db").write_bytes(b"no database at all, only a text" * 200)
    done = server.run_command("doctor")
    assert done.returncode != 0
    assert "pix.db" in done.stdout + done.stderr or "database" in (done.stdout + done.stderr).lower()


def test_a_command_that_needs_a_server_says_so(make_server):
    done = make_server().run_command("tools", "list")
    assert done.returncode != 0
    assert "pix serve" in done.stderr or "running" in done.stderr


def test_a_forgotten_password_is_reset_on_the_machine(make_server):
    server = make_server().start()
    first = {"username": "ann", "password": "first-secret"}
    assert server.post("/api/auth/register", door="workbench", json_body=first).status == 200

    def reset(name, text):
        return subprocess.run(
            server.command("user", "reset-password", name), input=text, capture_output=True, text=True, timeout=60, env=server.environment()
        )

    def log_in(password):
        return server.post("/api/auth/login", door="workbench", json_body={**first, "password": password}).status

    assert reset("ann", "second-secret\n").returncode == 0
    assert (log_in("first-secret"), log_in("second-secret")) == (401, 200)
    server.stop()
    assert reset("ann", "third-secret\n").returncode == 0, "without a server, too"
    refused = reset("nobody", "some-secret\n")
    assert refused.returncode == 1 and "nobody" in refused.stderr
    server.start()
    assert log_in("third-secret") == 200

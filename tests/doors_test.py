"""Starting, publishing the doors, holding the home, stopping."""

import json
import os
import shutil
import signal
import socket
import stat
import time

import pytest

from pix_server import is_alive, wait_for
from tool_folders import write_tool


def test_the_doors_are_published_once_all_answer(make_server):
    server = make_server().start()
    assert set(server.doors) == {"tools", "workbench", "security", "pid"}
    assert server.doors["tools"].startswith("http://127.0.0.1:")
    assert server.doors["workbench"].startswith("http://127.0.0.1:")
    assert server.doors["security"].startswith("https://127.0.0.1:")
    for door in ("tools", "workbench", "security"):
        scheme, host, port = server.address(door)
        with socket.create_connection((host, port), timeout=5):
            pass
    assert server.get("/api/healthz").json() == {"ok": True}


def test_the_pid_is_the_servers_and_the_guardian_is_its_parent(make_server):
    server = make_server().start()
    assert is_alive(server.pid)
    parent = int(open(f"/proc/{server.pid}/stat", encoding="ascii").read().rpartition(")")[2].split()[1])
    assert parent == server.process.pid
    assert server.pid != server.process.pid


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_leaves_nothing(make_server, tools_folder, how):
    write_tool(tools_folder, "plain", behaviour={"run": "daemons"})
    server = make_server(tools=tools_folder).start()
    server.post("/tool/plain/run", form={"phrase": "x"})
    assert server.stop(how) == 0
    assert not (server.home / "doors.json").exists()
    assert server.left_over() == []


def test_a_stop_during_runs_is_polite_and_a_second_signal_ends_at_once(make_server, tools_folder):
    write_tool(tools_folder, "stuck", behaviour={"run": "stubborn", "on_term": "ignore"}, max_runtime_seconds=600)
    server = make_server(tools=tools_folder).start()
    with server.raw() as connection:
        name = f"127.0.0.1:{server.address()[2]}".encode()
        connection.sendall(b"POST /tool/stuck/run HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % name)
        wait_for(lambda: server.runs("stuck"), "the run")
        server.process.send_signal(signal.SIGINT)
        wait_for(lambda: "stopping" in server.log(), "the begin of the stop")
        assert is_alive(server.pid), "it waits for what runs"
        server.process.send_signal(signal.SIGINT)
        server.process.wait(5)
    wait_for(lambda: server.left_over() == [], "the end of all children", 10)


def test_ctrl_c_reaches_both_processes_and_counts_once(make_server, tools_folder):
    write_tool(tools_folder, "slow", behaviour={"run": "slow", "seconds": 1.5})
    server = make_server(tools=tools_folder).start()
    server.post("/tool/slow/run", form={"phrase": "warm"})
    with server.raw() as connection, connection.makefile("rb") as reader:
        name = f"127.0.0.1:{server.address()[2]}".encode()
        connection.sendall(b"POST /tool/slow/run HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % name)
        wait_for(lambda: server.runs("slow")[0]["status"] == "running", "the run")
        os.killpg(server.process.pid, signal.SIGINT)
        assert b"200" in reader.readline(), "the run that was under way is answered"
    assert server.process.wait(30) == 0
    assert not (server.home / "doors.json").exists()


def test_a_second_server_on_a_home_names_the_first(make_server):
    first = make_server().start()
    second = make_server()
    second.launch()
    assert second.process.wait(30) == 1
    assert str(first.pid) in second.log()
    assert first.get("/api/healthz").status == 200
    assert (first.home / "doors.json").exists(), "the second one leaves the first one's doors alone"


def test_a_port_that_is_taken_is_named(make_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = make_server(flags=["--tools-port", str(port)])
        server.launch()
        assert server.process.wait(30) != 0
        assert str(port) in server.log()
        assert not (server.home / "doors.json").exists()
    assert server.left_over() == []


def test_what_a_crash_left_behind_does_not_hinder_the_next_start(make_server):
    server = make_server().start()
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait(30)
    assert (server.home / "doors.json").exists()
    (server.home / "doors.json").write_text('{"pid": 1, "tools": "http://127.0.0.1:1"}')
    server.launch()
    wait_for(lambda: json.loads((server.home / "doors.json").read_text()).get("pid") != 1, "new doors")
    server.wait_until_ready()
    assert server.get("/api/healthz").status == 200


def test_secrets_and_sockets_are_for_the_owner_only(make_server):
    server = make_server().start()
    for name in ("control.sock", "secret.key", "tls/key.pem", "tls/ca.pem", "lock"):
        path = server.home / name
        if name in ("control.sock", "tls/key.pem") or path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            if name != "tls/ca.pem" and name != "lock":
                assert mode & 0o077 == 0, (name, oct(mode))


def test_the_examples_come_with_the_first_start_only(make_server):
    server = make_server()
    server.tools = server.home / "tools"
    command = server.serve_command()
    at = command.index("--tools-dir")
    del command[at : at + 2]
    server.serve_command = lambda: command
    server.start()
    names = {path.name for path in server.tools.iterdir()}
    assert {"lorenz-ode-solver", "cpp-mandelbrot", "node-text-stats"} <= names
    assert os.access(server.tools / "cpp-mandelbrot" / "mandelbrot", os.X_OK)
    assert 'id="out-inside"' in server.post("/tool/cpp-mandelbrot/run", form={}).text
    server.stop()
    # A person may throw them away.
    shutil.rmtree(server.tools / "node-text-stats")
    server.start()
    assert not (server.tools / "node-text-stats").exists()


def test_an_explicit_folder_gets_no_examples(make_server):
    server = make_server().start()
    assert list(server.tools.iterdir()) == []


def test_a_wrong_flag_is_named(make_server):
    for flags in (["--tools-port", "70000"], ["--tools-port", "x"], ["--no-such-flag"], ["--database", "mysql://x"]):
        server = make_server(f"wrong-{flags[-1].strip('-').replace(':', '').replace('/', '')}", flags=flags)
        server.launch()
        assert server.process.wait(30) != 0
        assert flags[0].strip("-").split("=")[0] in server.log()


@pytest.mark.slow
def test_many_idle_connections_do_not_keep_it_from_stopping(make_server):
    server = make_server().start()
    connections = [socket.create_connection(server.address()[1:], timeout=5) for _ in range(300)]
    assert server.get("/api/healthz").status == 200
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 30
    for connection in connections:
        connection.close()


def test_the_workbench_lets_nobody_in_who_has_no_account(make_server):
    server = make_server().start()
    page = server.get("/", door="workbench", headers={"Accept": "text/html"})
    assert (page.status, page.headers["Location"]) == (303, "/login?next=%2F")
    form = server.get("/setup", door="workbench", headers={"Accept": "text/html"})
    assert form.status == 200 and "lorenz" not in form.text.lower()
    assert server.get("/api/tools", door="workbench").status == 404
    assert server.get("/tools/api/tools", door="workbench").json()["error"]["code"] == "UNAUTHORIZED"

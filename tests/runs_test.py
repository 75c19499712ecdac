"""The one history of whatever runs, the live socket that keeps it current, the settings and what a browser asks for."""

import asyncio
import json
import re

import pytest
import websockets

from pix_server import note, wait_for
from tool_folders import write_tool


@pytest.fixture
def server(make_server, tools_folder):
    write_tool(tools_folder, "plain", name="Plain tool")
    write_tool(tools_folder, "long", name="Long tool", behaviour={"run": "slow", "seconds": 300}, max_runtime_seconds=600)
    return make_server(tools=tools_folder).start()


def job_link(page, title):
    """The link of the newest run with this title in the Runs list."""
    found = re.search(rf'href="(/runs/job_\w+)"[^>]*>(?:<[^>]*>)*{re.escape(title)}', page)
    assert found, page[:3000]
    return found[1]


def start_long_run(server):
    connection = server.connection()
    connection.request("POST", "/tool/long/run", body="phrase=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
    wait_for(lambda: [row for row in server.runs("long") if row["status"] == "running"], "the run")
    return connection


def test_runs_are_listed_filtered_and_shown(server):
    server.post("/tool/plain/run", form={"phrase": "x"})
    page = server.get("/runs").text
    link = job_link(page, "Plain tool")
    assert "Plain tool" in server.get("/runs/list").text
    assert "Plain tool" not in server.get("/runs/list?state=failed").text
    assert "Plain tool" in server.get("/runs?text=plain&area=tools&state=succeeded").text
    shown = server.get(link)
    assert shown.status == 200 and "Plain tool" in shown.text and "/tool/plain" in shown.text
    assert server.get("/runs/job_nobody").status == 404
    assert server.get(f"{link}/log").status in (200, 404)


def test_a_run_is_cancelled_and_repeated_from_the_history(server):
    connection = start_long_run(server)
    link = job_link(server.get("/runs").text, "Long tool")
    assert server.post(f"{link}/cancel").status in (200, 204, 303)
    wait_for(lambda: server.runs("long")[0]["status"] == "cancelled", "the run's end")
    connection.close()
    server.post("/tool/plain/run", form={"phrase": "once more"})
    link = job_link(server.get("/runs").text, "Plain tool")
    before = len(server.runs("plain"))
    assert server.post(f"{link}/repeat").status in (200, 204, 303)
    wait_for(lambda: len(server.runs("plain")) == before + 1 and server.runs("plain")[0]["status"] == "ok", "the repeated run")
    assert server.runs("plain")[0]["summary"] == "phrase: once more"


def test_another_site_cannot_cancel(server):
    connection = start_long_run(server)
    link = job_link(server.get("/runs").text, "Long tool")
    assert server.post(f"{link}/cancel", headers={"Origin": "https://evil.example"}).status == 403
    assert server.runs("long")[0]["status"] == "running"
    connection.close()


def test_the_live_socket_tells_of_a_run_as_it_happens_and_replays_what_was_missed(server):
    note("tools", "GET", "/live")

    async def walk():
        origin = server.doors["tools"]
        async with websockets.connect(origin.replace("http", "ws") + "/live", origin=origin) as socket:
            await socket.send(json.dumps({"subscribe": {"jobs": 0}}))
            await asyncio.to_thread(server.post, "/tool/plain/run", form={"phrase": "x"})
            seen = []
            while not any(event["kind"] == "job_finished" for event in seen):
                seen += json.loads(await asyncio.wait_for(socket.recv(), 30))
        async with websockets.connect(origin.replace("http", "ws") + "/live", origin=origin) as socket:
            await socket.send(json.dumps({"subscribe": {"jobs": seen[0]["number"]}}))
            again = []
            while not any(event["kind"] == "job_finished" for event in again):
                again += json.loads(await asyncio.wait_for(socket.recv(), 30))
        return seen, again

    seen, again = asyncio.run(walk())
    seen, again = ([event for event in events if event["kind"].startswith("job_")] for events in (seen, again))
    numbers = [event["number"] for event in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "no gap, no repeat"
    assert [event["number"] for event in again] == numbers[1:]
    assert all(event["stream"] == "jobs" for event in seen)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"subscribe": 3}', '{"subscribe": {"jobs": "x"}}', '{"other": 1}', '{"subscribe": {"../x": 0}}', "x" * 2_000_000])
def test_nonsense_on_the_live_socket_does_no_harm(server, text):
    async def walk():
        origin = server.doors["tools"]
        async with websockets.connect(origin.replace("http", "ws") + "/live", origin=origin, max_size=None) as socket:
            try:
                await socket.send(text)
                await asyncio.wait_for(socket.recv(), 0.5)
            except (websockets.ConnectionClosed, TimeoutError, asyncio.TimeoutError):
                pass

    asyncio.run(walk())
    assert server.get("/api/healthz").json() == {"ok": True}


def test_the_appearance_is_kept(server):
    assert 'data-theme="dark"' not in server.get("/").text
    assert server.get("/settings").status == 200
    reply = server.post("/settings/appearance", form={"theme": "dark", "density": "compact"}, headers={"Accept": "text/html"})
    assert reply.status == 303
    kept = reply.header("Set-Cookie").partition(";")[0]
    page = server.get("/", headers={"Cookie": kept}).text
    assert 'data-theme="dark"' in page and 'data-density="compact"' in page
    name = kept.partition("=")[0]
    for nonsense in ("sunset.plaid.huge", '"><script>', "", "dark", "." * 5000):
        assert 'data-theme="system"' in server.get("/", headers={"Cookie": f"{name}={nonsense}"}).text


def test_runs_have_json_for_other_programs(server):
    run = server.post("/tool/plain/run", form={"phrase": "x"}).header("X-Pixie-Run-Id")
    row = server.get(f"/api/runs/{run}").json()
    assert row["status"] == "ok" and row["tool_id"] == "plain"
    assert "inputs_json" not in row and "outputs_json" not in row
    assert server.get("/api/tools/plain/runs?limit=5").json()[0]["run_id"] == run
    assert server.get("/api/runs/00000000-0000-4000-8000-000000000000").status == 404


def test_a_warm_tools_log_is_readable_and_a_cold_ones_is_404(make_server, tools_folder):
    write_tool(tools_folder, "noisy", behaviour={"run": "flood", "stderr_bytes": 2000})
    server = make_server(tools=tools_folder).start()
    assert server.get("/api/tools/noisy/logs").status == 404
    server.post("/tool/noisy/run", form={})
    log = wait_for(lambda: (lines := server.get("/api/tools/noisy/logs?limit=3").json()["lines"]) and "last line" in lines[-1] and lines, "the log")
    assert len(log) == 3


def test_an_artefact_is_sent_as_it_is_and_nothing_beside_it(server):
    for number in ("1", "999999", "x", "-1", "99999999999999999999999"):
        assert server.get(f"/api/artefacts/{number}/file").status in (404, 422)


def test_a_browser_can_install_it(server):
    manifest = server.get("/manifest.webmanifest")
    assert manifest.status == 200
    described = manifest.json()
    assert described["name"] and described["start_url"] and described["display"] == "standalone"
    for icon in described["icons"]:
        assert server.get(icon["src"]).status == 200
    assert server.get("/worker.js").headers.get_content_type() in ("text/javascript", "application/javascript")
    assert server.get("/docs").status in (200, 303)


@pytest.mark.parametrize("door, target", [("tools", "/api/openapi.json"), ("workbench", "/api/openapi.json"), ("security", "/api/v1/openapi.json")])
def test_each_door_describes_itself(server, door, target):
    document = server.get(target, door=door).json()
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] and document["info"]["version"]
    if door == "tools":
        assert "/api/tools" in document["paths"]
        assert "get" in document["paths"]["/api/tools/{tool_id}/validate"]


def test_the_validator_answers_a_post_too(server):
    report = server.post("/api/tools/plain/validate", timeout=120).json()
    assert report["overall"] == "pass"


def routes(server):
    return json.loads(server.run_command("routes", "--output", "json").stdout)


def test_no_stranger_gets_past_the_other_doors(server):
    """Everything that a door does not give to anyone answers 401 or 403, in that door's shape of an error."""
    for route in routes(server):
        target = re.sub(r"\{[^}]*\}", "x", route["path"])
        if route["door"] == "tools" or route["access"] == "anyone" or route["access"].startswith("loopback"):
            if route["door"] != "tools":
                assert server.request(route["method"], target, door=route["door"]).status < 500
            continue
        reply = server.request(route["method"], target, door=route["door"], headers={"Accept": "application/json"})
        assert reply.status in (401, 403), (route, reply.status, reply.text[:300])
        if route["door"] == "workbench":
            assert reply.json()["success"] is False

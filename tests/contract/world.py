"""A server with an account, projects, sessions and repositories, and how an operation is asked of it."""

import itertools
import json
import os
import re
import subprocess
import urllib.parse
import uuid
from dataclasses import dataclass, field, replace

from pix_server import Server, wait_for

ACCOUNT = {"username": "annabel", "password": "correct horse battery"}
SIGNED_IN = object()
TOKENS = 8


@dataclass
class Call:
    """What is sent: names of the contract, values to go there."""

    path: dict = field(default_factory=dict)
    query: dict = field(default_factory=dict)
    body: object = None
    raw: bytes | None = None  # instead of body
    headers: dict = field(default_factory=dict)
    credential: object = SIGNED_IN

    def with_value(self, place, name, value):
        return replace(self, **{place: {**getattr(self, place), name: value}})

    def without(self, place, name):
        return replace(self, **{place: {key: value for key, value in getattr(self, place).items() if key != name}})


class World:
    def __init__(self, folder, with_account):
        self.server = Server(folder)
        self.home = self.server.user_home
        self.numbers = itertools.count(1)
        (self.home / ".gitconfig").write_text(
            "[user]\nname = Annabel\nemail = annabel@example.org\n[init]\ndefaultBranch = main\n", encoding="utf-8"
        )
        self.server.start()
        self.registration = self.token = None
        if with_account:
            self.registration = self.server.post("/api/auth/register", door="workbench", json_body=ACCOUNT)
            assert self.registration.status == 200, self.registration.text
            self.token = self.registration.json()["token"]
            # Now, as hostile values will use up what failures an address has.
            self.tokens = [self.log_in() for _ in range(TOKENS)]

    def ask(self, operation, call):
        target = operation.path
        for name, value in call.path.items():
            target = target.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        if call.query:
            target += "?" + urllib.parse.urlencode(call.query)
        headers = {**self.credential(call.credential), **call.headers}
        body = call.raw if call.raw is not None else None if call.body is None else json.dumps(call.body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        return self.server.request(operation.method, target, door="workbench", body=body, headers=headers)

    def credential(self, given):
        if given is SIGNED_IN:
            return {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return dict(given or {})

    def post(self, target, body, status=200):
        reply = self.server.post(target, door="workbench", json_body=body, headers=self.credential(SIGNED_IN))
        assert reply.status == status, (target, reply.status, reply.text)
        return reply.json()

    def get(self, target):
        reply = self.server.get(target, door="workbench", headers=self.credential(SIGNED_IN))
        assert reply.status == 200, (target, reply.status, reply.text)
        return reply.json()

    # --- things to work on ------------------------------------------------------------------------------------------

    def log_in(self):
        reply = self.server.post("/api/auth/login", door="workbench", json_body=ACCOUNT)
        assert reply.status == 200, reply.text
        return reply.json()["token"]

    def another_token(self):
        return self.tokens.pop()

    def api_key(self):
        return self.post("/api/settings/api-keys", {"name": "for a test"}, status=201)

    def folder(self):
        """A working folder with a repository in it, one file changed."""
        folder = self.home / "work" / f"garden{next(self.numbers)}"
        (folder / "docs").mkdir(parents=True)
        (folder / "a.txt").write_text("one\n", encoding="utf-8")
        (folder / "docs" / "read me.md").write_text("# Garden\n", encoding="utf-8")
        self.git(folder, "init", "-q")
        self.git(folder, "add", ".")
        self.git(folder, "commit", "-q", "-m", "Begin")
        self.git(folder, "branch", "other")
        (folder / "a.txt").write_text("two\n", encoding="utf-8")
        return folder

    def git(self, folder, *words):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        return subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout

    def project(self, folder=None):
        """The name of a project, registered."""
        return self.post("/api/projects/quick-start", {"path": str(folder or self.folder())})["name"]

    def published(self):
        """The name of a project whose branch has an upstream in a bare repository beside it."""
        folder = self.folder()
        remote = folder.parent / f"{folder.name}.git"
        self.git(folder.parent, "init", "-q", "--bare", str(remote))
        self.git(folder, "remote", "add", "origin", str(remote))
        self.git(folder, "push", "-q", "-u", "origin", "main")
        self.git(folder, "commit", "-q", "-a", "-m", "Two")
        return self.project(folder)

    def session(self):
        """(project name, session id) of a conversation that Claude Code could have had."""
        folder = self.folder()
        name = self.project(folder)
        session = str(uuid.uuid4())
        encoded = re.sub(r"[^A-Za-z0-9]", "-", str(folder))
        file = self.home / ".claude" / "projects" / encoded / f"{session}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(line) + "\n" for line in transcript(session, str(folder))), encoding="utf-8")
        target = f"/api/projects/{urllib.parse.quote(name, safe='')}/sessions"
        wait_for(lambda: session in [one["id"] for one in self.get(target)], f"session {session}")
        return name, session


def transcript(session, folder):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    common = {"sessionId": session, "cwd": folder, "version": "2.1.330", "isSidechain": False, "userType": "external"}
    asked = {"role": "user", "content": "Where do zebras sleep?"}
    said = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Standing up, mostly."}], "usage": {"input_tokens": 10, "output_tokens": 5},
    }  # fmt: skip
    return [
        {"type": "user", "uuid": first, "parentUuid": None, "timestamp": "2026-11-20T10:00:00.000Z", "message": asked, **common},
        {"type": "assistant", "uuid": second, "parentUuid": first, "timestamp": "2026-11-20T10:00:05.000Z", "message": said, **common},
    ]

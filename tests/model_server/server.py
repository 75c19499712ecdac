"""The scripted model's HTTP side: which protocol a request speaks, streaming, and a record of what was asked."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from . import anthropic_messages, gemini_content, openai_chat, openai_responses
from .script import Failure, Script

MODELS = ["claude-sonnet-4-5", "gpt-5.5", "gemini-2.5-pro", "qwen3-coder-plus"]
BODY_LIMIT = 64 * 1024 * 1024
PROTOCOLS = [
    (re.compile(r"/v1/messages"), anthropic_messages),
    (re.compile(r"(/v1)?/responses"), openai_responses),
    (re.compile(r"(/v1)?/chat/completions"), openai_chat),
    (re.compile(r"/v1(beta|alpha)?/models/[^/:]+:(generateContent|streamGenerateContent)"), gemini_content),
]


class ModelServer(ThreadingHTTPServer):
    """Serves a script on a free port of 127.0.0.1; `requests` is what was asked so far."""

    daemon_threads = True

    def __init__(self, script_text, record=None):
        super().__init__(("127.0.0.1", 0), Talk)
        self.script = Script(script_text)
        self.requests = []
        self.record = open(record, "a", encoding="utf-8") if record else None
        self.lock = threading.Lock()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_port}"

    def note(self, method, path, status, body):
        with self.lock:
            line = {"method": method, "path": path, "status": status, "body": body}
            self.requests.append(line)
            if self.record:
                self.record.write(json.dumps(line) + "\n")
                self.record.flush()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        if self.record:
            self.record.close()

    def handle_error(self, request, client_address):
        """An agent that is ended in the middle of an answer is nothing to print."""


class Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def do_GET(self):
        path = urlsplit(self.path).path
        if self.headers.get("Upgrade", "").lower() == "websocket":  # Codex asks for one first, and takes this for an answer
            return self.note_and_send(426, None, {"error": {"message": "no WebSocket here"}})
        if path == "/requests":
            return self.send_json(200, self.server.requests)
        if path.rstrip("/").endswith("/models"):
            listing = gemini_content if "beta" in path else anthropic_messages if self.headers.get("anthropic-version") else openai_chat
            return self.note_and_send(200, None, listing.models(MODELS))
        return self.note_and_send(404, None, {"error": {"message": f"nothing at {path}"}})

    def do_HEAD(self):
        self.server.note("HEAD", self.path, 200, None)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_CONNECT(self):
        """Where an agent that honours a proxy would leave the machine; nobody does."""
        self.note_and_send(403, None, {"error": {"message": "loopback only"}})
        self.close_connection = True

    def do_POST(self):
        body = self.body()
        path = urlsplit(self.path).path
        if path.endswith("/count_tokens"):
            return self.note_and_send(200, body, {"input_tokens": 1000})
        if path.endswith(":countTokens"):
            return self.note_and_send(200, body, {"totalTokens": 1000})
        for pattern, protocol in PROTOCOLS:
            if pattern.fullmatch(path):
                return self.answer(protocol, path, body)
        return self.note_and_send(404, body, {"error": {"message": f"nothing at {path}"}})

    def answer(self, protocol, path, body):
        try:
            answer = self.server.script.answer(protocol.conversation(body), protocol.has_tools(body))
        except Failure as failure:
            return self.note_and_send(failure.status, body, protocol.failure(failure.status, failure.message))
        self.server.note("POST", self.path, 200, body)
        if body.get("stream") or path.endswith(":streamGenerateContent"):
            return self.stream(protocol.events(answer, body))
        return self.send_json(200, protocol.whole(answer, body))

    def stream(self, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event, data in events:
            if data is None:
                self.wfile.flush()
                time.sleep(event)
                continue
            text = data if isinstance(data, str) else json.dumps(data)
            frame = (f"event: {event}\n" if event else "") + f"data: {text}\n\n"
            self.chunk(frame.encode())
        self.chunk(b"")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def body(self):
        """The JSON of a request; agents send it with a length, or in chunks."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), BODY_LIMIT))
        try:
            return json.loads(data or b"{}")
        except ValueError:
            return {"unreadable": len(data)}

    def note_and_send(self, status, body, answer):
        self.server.note(self.command, self.path, status, body)
        self.send_json(status, answer)

    def send_json(self, status, answer):
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        """Requests are in `requests`, not on the terminal."""

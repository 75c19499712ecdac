"""The tools door's HTTP, spoken by hand: what a client library would never send, and what it would not notice."""

import gzip
import json
import re
import socket
import zlib

import pytest

from pix_server import note, wait_for
from tool_folders import write_tool


def exchange(server, data, door="tools"):
    """Sends bytes and returns everything that comes until the server closes or has been silent for a while."""
    with server.raw(door) as connection:
        connection.sendall(data)
        connection.settimeout(5)
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return received


def statuses(data):
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", data)]


def host(server):
    _, name, port = server.address()
    return f"{name}:{port}".encode()


def read_response(reader):
    """One response from a buffered reader: status, headers (lower case), body."""
    status = int(reader.readline().split()[1])
    headers = {}
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(reader.readline(), 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    else:
        body = reader.read(int(headers.get("content-length", 0)))
    return status, headers, body


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_connection_serves_many_requests(examples):
    with examples.raw() as connection, connection.makefile("rb") as reader:
        for _ in range(50):
            connection.sendall(b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % host(examples))
            status, headers, body = read_response(reader)
            assert (status, json.loads(body)) == (200, {"ok": True})
            assert headers.get("connection", "keep-alive").lower() != "close"


def test_pipelined_requests_are_answered_in_order(examples):
    targets = [b"/api/healthz", b"/api/nothing", b"/api/tools"] * 10
    with examples.raw() as connection, connection.makefile("rb") as reader:
        connection.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, host(examples)) for target in targets))
        assert [read_response(reader)[0] for _ in targets] == [200, 404, 200] * 10


def test_a_request_may_come_byte_by_byte(examples):
    request = b"POST /tool/node-text-stats/run HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\ntext=sea" % host(examples)
    with examples.raw() as connection, connection.makefile("rb") as reader:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            connection.sendall(bytes([byte]))
        status, _, body = read_response(reader)
        assert status == 200 and b'id="out-overview"' in body


def test_a_chunked_body_is_read(examples):
    chunks = b"4\r\ntext\r\n5;note=1\r\n=sea+\r\n3\r\nsea\r\n0\r\n\r\n"
    request = b"POST /tool/node-text-stats/run HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n" % host(examples)
    with examples.raw() as connection, connection.makefile("rb") as reader:
        connection.sendall(request + chunks + b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % host(examples))
        status, _, body = read_response(reader)
        assert status == 200 and b"pixie-error" not in body
        assert read_response(reader)[0] == 200


def test_close_and_http_1_0_end_the_connection(examples):
    answer = exchange(examples, b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host(examples))
    assert statuses(answer) == [200] and b"connection: close" in answer.lower()
    assert statuses(exchange(examples, b"GET /api/healthz HTTP/1.0\r\nHost: %s\r\n\r\n" % host(examples)))[:1] in ([200], [400], [505])


def test_head_has_the_headers_of_get_and_no_body(examples):
    with examples.raw() as connection:
        connection.sendall(b"HEAD /api/healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host(examples))
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert statuses(head) == [200] and body == b"" and b"content-length: " in head.lower()


def test_expect_continue_is_answered(examples):
    with examples.raw() as connection, connection.makefile("rb") as reader:
        connection.sendall(b"POST /tool/node-text-stats/run HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n" % host(examples))
        assert reader.readline().startswith(b"HTTP/1.1 100")
        assert reader.readline() == b"\r\n"
        connection.sendall(b"text=sea")
        assert read_response(reader)[0] == 200


# --- requests that two servers could read differently ------------------------------------------------------------------

MALFORMED = [
    b"GET / HTTP/1.1\r\n\r\n",  # no Host
    b"GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nHost: other\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : HOST\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST/path\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: user@HOST\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: HOST\r\n\r\n",
    b"GET / HTTP/1.2\r\nHost: HOST\r\n\r\n",
    b"GET / http/1.1\r\nHost: HOST\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: HOST\r\n\r\n",
    b"GET /\tx HTTP/1.1\r\nHost: HOST\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: HOST\r\n\r\n",
    b"GET / HTTP/1.1\nHost: HOST\n\n",
    b"GET / HTTP/1.1\r\nHost: HOST\nX: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\rX: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: HOST\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX: a\x00b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX: a\x7fb\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\n: empty\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX y: z\r\n\r\n",
    b"G@T / HTTP/1.1\r\nHost: HOST\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS at a plain door
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2, 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: +2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: -2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0x2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1_0\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2 \x0b\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: \r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n",
]
MALFORMED_CHUNKS = [b"z\r\n", b"-1\r\n\r\n", b"+1\r\na\r\n0\r\n\r\n", b"1\r\naXX0\r\n\r\n", b"0x1\r\na\r\n0\r\n\r\n", b"1_0\r\n", b"fffffffffffffffff\r\n", b"1\na\n0\n\n"]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_a_malformed_request_is_refused_and_the_connection_closed(examples, number):
    request = MALFORMED[number].replace(b"HOST", host(examples))
    follow = b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % host(examples)
    answer = exchange(examples, request + follow)
    codes = statuses(answer)
    assert len(codes) <= 1, "what follows a refused request is never read as a request"
    assert not codes or 400 <= codes[0] < 600
    assert b'"ok"' not in answer


@pytest.mark.parametrize("chunks", MALFORMED_CHUNKS)
def test_a_malformed_chunk_is_refused(examples, chunks):
    request = b"POST /tool/node-text-stats/run HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n" % host(examples)
    follow = b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % host(examples)
    answer = exchange(examples, request + chunks + follow)
    assert b'{"ok"' not in answer
    assert b"output-card" not in answer


# --- limits -------------------------------------------------------------------------------------------------------------


def test_headers_beyond_16_kib_are_refused(examples):
    within = exchange(examples, b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nX: %s\r\n\r\n" % (host(examples), b"x" * 12_000))
    beyond = exchange(examples, b"GET /api/healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nX: %s\r\n\r\n" % (host(examples), b"x" * 17_000))
    assert statuses(within) == [200]
    assert statuses(beyond) in ([431], [400])


def test_a_body_beyond_its_route_is_refused_without_reading_it(examples):
    head = b"POST /api/tools/x/stop HTTP/1.1\r\nHost: %s\r\nContent-Length: 9000000000\r\n\r\n" % host(examples)
    assert statuses(exchange(examples, head)) == [413]


def test_a_path_cannot_leave_the_static_folder(examples):
    for target in (b"/static/../../../etc/passwd", b"/static/%2e%2e/%2e%2e/etc/passwd", b"/static/..%2f..%2fetc/passwd", b"/static//etc/passwd", b"/static/%00"):
        answer = exchange(examples, b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (target, host(examples)))
        assert statuses(answer) and statuses(answer)[0] in (400, 404)
        assert b"root:" not in answer


@pytest.mark.slow
def test_a_client_that_stops_sending_is_dropped(make_server):
    server = make_server().start()
    with server.raw() as connection:
        connection.sendall(b"GET /api/healthz HTTP/1.1\r\nHost: ")
        connection.settimeout(50)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        assert statuses(answer) in ([], [408], [400])


# --- assets and compression ------------------------------------------------------------------------------------------------


def assets(examples):
    page = examples.get("/").text
    found = sorted(set(re.findall(r'(?:href|src)="(/static/[^"#?]+)', page)))
    assert found, "a page links its style and scripts"
    return found


def test_assets_are_kept_by_their_tag(examples):
    for target in assets(examples):
        first = examples.get(target)
        assert first.status == 200 and first.header("ETag"), target
        assert "max-age" in first.header("Cache-Control")
        again = examples.get(target, headers={"If-None-Match": first.header("ETag")})
        assert again.status == 304 and again.body == b""
        assert examples.get(target, headers={"If-None-Match": '"other"'}).status == 200


def test_assets_come_compressed_as_asked(examples):
    target = next(target for target in assets(examples) if target.endswith((".css", ".js")))
    plain = examples.get(target, headers={"Accept-Encoding": "identity"})
    packed = examples.get(target, headers={"Accept-Encoding": "gzip"})
    brotli = examples.get(target, headers={"Accept-Encoding": "br, gzip"})
    assert plain.header("Content-Encoding") is None
    assert packed.header("Content-Encoding") == "gzip" and gzip.decompress(packed.body) == plain.body
    assert brotli.header("Content-Encoding") == "br" and len(brotli.body) < len(plain.body)
    assert "Accept-Encoding" in packed.header("Vary")
    refused = examples.get(target, headers={"Accept-Encoding": "gzip;q=0, br;q=0"})
    assert refused.header("Content-Encoding") is None


def test_a_range_of_an_asset(examples):
    target = assets(examples)[0]
    headers = {"Accept-Encoding": "identity"}
    whole = examples.get(target, headers=headers).body
    part = examples.get(target, headers={**headers, "Range": "bytes=2-5"})
    assert part.status == 206 and part.body == whole[2:6]
    assert part.header("Content-Range") == f"bytes 2-5/{len(whole)}"
    assert examples.get(target, headers={**headers, "Range": "bytes=-3"}).body == whole[-3:]
    beyond = examples.get(target, headers={**headers, "Range": f"bytes={len(whole)}-"})
    assert beyond.status == 416 and beyond.header("Content-Range") == f"bytes */{len(whole)}"
    assert examples.get(target, headers={**headers, "Range": "bytes=x"}).body == whole


def test_large_pages_are_compressed(examples):
    plain = examples.get("/tool/lorenz-ode-solver", headers={"Accept-Encoding": "identity"})
    packed = examples.get("/tool/lorenz-ode-solver", headers={"Accept-Encoding": "gzip"})
    assert packed.header("Content-Encoding") == "gzip"
    assert len(packed.body) < len(plain.body) / 2
    assert b"<form" in zlib.decompress(packed.body, 31)


# --- what a person who runs it looks at --------------------------------------------------------------------------------------


def test_metrics_count_what_was_asked(examples):
    examples.get("/api/healthz")
    reply = examples.get("/metrics")
    assert reply.status == 200 and reply.headers.get_content_type() == "text/plain"
    assert re.search(r"^pix_\w+.* \d", reply.text, re.M)
    assert "# TYPE" in reply.text


def test_each_request_is_one_structured_line_with_an_id(make_server, tools_folder):
    write_tool(tools_folder, "plain")
    server = make_server(tools=tools_folder).start()
    reply = server.get("/api/tools?secret=hidden", headers={"X-Request-Id": "from-outside"})
    request_id = reply.header("X-Request-Id")
    assert request_id
    log = server.home / "logs" / "access.jsonl"
    line = wait_for(lambda: next((line for line in log.read_text().splitlines() if request_id in line), None), "the line")
    row = json.loads(line)
    assert (row["method"], row["path"], row["status"], row["door"]) == ("GET", "/api/tools", 200, "tools")
    assert "hidden" not in line, "a query may hold what nobody should read"


def test_the_other_doors_answer(examples):
    health = examples.get("/health", door="workbench")
    assert health.status == 200 and health.json()["version"]
    security = examples.get("/api/v1/no-such-route", door="security")
    assert security.status in (401, 404)
    assert set(security.json()["error"]) == {"code", "message", "request_id"}
    workbench = examples.get("/api/no-such-route", door="workbench", headers={"Accept": "application/json"})
    assert workbench.status in (401, 404)
    assert workbench.json()["success"] is False and set(workbench.json()["error"]) >= {"code", "message"}


def test_the_live_socket_speaks_websocket(examples):
    note("tools", "GET", "/live")
    request = (
        b"GET /live HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://%s\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    ) % (host(examples), host(examples))
    with examples.raw() as connection, connection.makefile("rb") as reader:
        connection.sendall(request)
        assert b" 101 " in reader.readline()
        head = b""
        while (line := reader.readline()) != b"\r\n":
            head += line.lower()
        assert b"sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=" in head
        assert b"permessage-deflate" not in head, "/live refuses compression"


def test_another_sites_live_socket_is_refused(examples):
    request = (
        b"GET /live HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n"
    ) % host(examples)
    assert statuses(exchange(examples, request)) in ([403], [400])

"""Many clients of one server in one process: sockets and epoll, counting bytes and nothing else."""

import base64
import os
import resource
import select
import socket
import time

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: {key}\r\nOrigin: http://{host}\r\n\r\n"
)
EVENT_STREAM = "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n"


class Crowd:
    """Connections that have sent one request and got the head of its answer."""

    def __init__(self, address, request, path, count):
        allow_files(count + 1000)
        host = f"{address[0]}:{address[1]}"
        key = base64.b64encode(bytes(16)).decode()
        self.sockets = []
        self.request = request.format(path=path, host=host, key=key).encode()
        self.poll = select.epoll()
        self.by_number = {}
        for _ in range(count):
            self.sockets.append(self.connected(address))

    def connected(self, address):
        connection = socket.create_connection(address, timeout=30)
        connection.sendall(self.request)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionError(f"refused: {head[:300]!r}")
            head += piece
        if head.split(b" ", 2)[1] not in (b"101", b"200"):
            raise ConnectionError(f"refused: {head[:300]!r}")
        return connection

    def send_frame(self, text):
        """One masked text frame from every connection (RFC 6455, section 5)."""
        for connection in self.sockets:
            connection.sendall(frame(text))

    def listen(self):
        for connection in self.sockets:
            connection.setblocking(False)
            self.by_number[connection.fileno()] = connection
            self.poll.register(connection.fileno(), select.EPOLLIN)

    def count(self, marker, wanted, seconds):
        """How often the marker arrived, over all connections, until it was wanted times or time is up."""
        buffer = bytearray(1 << 18)
        view = memoryview(buffer)
        found = 0
        deadline = time.monotonic() + seconds
        while found < wanted and time.monotonic() < deadline:
            for number, _ in self.poll.poll(0.2):
                try:
                    size = self.by_number[number].recv_into(view)
                except BlockingIOError:
                    continue
                if size == 0:
                    self.poll.unregister(number)
                found += buffer.count(marker, 0, size)
        return found

    def close(self):
        for connection in self.sockets:
            connection.close()
        self.poll.close()


def frame(text):
    data = text.encode()
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + data


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
    if min(count, hard) < count:
        raise OSError(f"this process may open {hard} files; {count} are needed")


def private_memory(pid):
    return memory(pid, "RssAnon")


def memory(pid, field):
    for line in open(f"/proc/{pid}/status", encoding="ascii"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


def processor_seconds(pid):
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

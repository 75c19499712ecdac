"""Runs one program with a list of arguments, a bound on its output and a way to end it."""

import asyncio
from dataclasses import dataclass

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass
class Outcome:
    code: int
    output: bytes
    complaints: bytes
    cut: bool  # the output was longer than its bound; the program was ended there


class Command:
    """A program that may still be running. It never goes through a shell."""

    def __init__(self, *argv):
        self.argv = argv
        self.process = None
        self.ended_early = False

    async def run(self, most_bytes):
        self.process = await asyncio.create_subprocess_exec(
            *self.argv,
            env=ENVIRONMENT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        if self.ended_early:
            self.kill()
        try:
            (output, cut), (complaints, _) = await asyncio.gather(
                self.read(self.process.stdout, most_bytes, end_when_full=True),
                self.read(self.process.stderr, 64 * 1024, end_when_full=False),
            )
            return Outcome(await self.process.wait(), output, complaints, cut)
        finally:
            self.kill()

    def end(self):
        self.ended_early = True
        self.kill()

    def kill(self):
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def read(self, pipe, most_bytes, end_when_full):
        """Everything the pipe brings, of which the first `most_bytes` are kept."""
        kept = bytearray()
        cut = False
        while piece := await pipe.read(64 * 1024):
            cut = cut or len(kept) + len(piece) > most_bytes
            kept += piece[: most_bytes - len(kept)]
            if cut and end_when_full:
                self.end()
        return bytes(kept), cut

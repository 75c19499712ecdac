"""Long job: a tool that answers /healthz, /schema, /run, /stream and /cancel on 127.0.0.1."""

import argparse
import asyncio
import json
import random
import time
from collections import OrderedDict
from pathlib import Path

import uvicorn
from dotenv import load_dotenv
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

import primes

FOLDER = Path(__file__).resolve().parent
SCHEMA = json.loads((FOLDER / "tool.json").read_text(encoding="utf-8"))
MAX_SEARCHES = 64

load_dotenv(FOLDER / ".env")
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Inputs(BaseModel):
    stages: int = Field(12, ge=1, le=200)
    seconds_per_stage: float = Field(0.25, ge=0, le=10)
    digits: int = Field(30, ge=5, le=120)


class RunRequest(BaseModel):
    run_id: str
    inputs: Inputs


class Search:
    def __init__(self, inputs):
        self.inputs = inputs
        self.cancelled = asyncio.Event()


searches = OrderedDict()  # by run id, the oldest first; never more than MAX_SEARCHES


@app.get("/healthz")
async def healthz():
    return {"ok": True}


@app.get("/schema")
async def schema():
    return SCHEMA


@app.post("/run")
async def run(request: RunRequest):
    searches[request.run_id] = Search(request.inputs)
    while len(searches) > MAX_SEARCHES:
        searches.popitem(last=False)
    return {"run_id": request.run_id, "progress": 0, "log": {"lines": []}, "primes": {"rows": []}}


@app.get("/stream")
async def stream(run_id: str):
    search = searches.get(run_id)
    if search is None:
        raise HTTPException(status_code=404, detail="No search is waiting for this run.")
    return StreamingResponse(events_of(run_id, search), media_type="text/event-stream")


@app.post("/cancel", status_code=204)
async def cancel(run_id: str):
    if run_id in searches:
        searches[run_id].cancelled.set()
    return Response(status_code=204)


async def events_of(run_id, search):
    given = search.inputs
    rows = []
    chance = random.Random(run_id)
    yield logged("info", f"Searching for {given.stages} primes of {given.digits} digits")
    for stage in range(1, given.stages + 1):
        start = chance.randrange(10 ** (given.digits - 1), 9 * 10 ** (given.digits - 1))
        began = time.monotonic()
        prime, tried = await asyncio.get_running_loop().run_in_executor(None, primes.next_prime, start)
        rows.append({"stage": stage, "prime": str(prime), "tried": tried})
        yield logged("info", f"Stage {stage} of {given.stages}: {prime}")
        yield event({"output_key": "primes", "value": {"rows": rows}, "done": False})
        yield event({"output_key": "progress", "value": round(stage / given.stages, 4), "done": False})
        rest = given.seconds_per_stage - (time.monotonic() - began)
        if await within(search.cancelled, max(rest, 0)):
            yield logged("warning", f"Cancelled after stage {stage}")
            break
    else:
        yield logged("info", "Done")
    searches.pop(run_id, None)
    yield event({"primes": {"rows": rows}, "done": True})


def logged(level, message):
    line = {"level": level, "message": message, "t": round(time.time(), 3)}
    return event({"output_key": "log", "value": {"lines": [line]}, "done": False})


def event(value):
    return "data: " + json.dumps(value) + "\n\n"


async def within(happened, seconds):
    """Whether the event happened, waiting for it at most that long."""
    try:
        await asyncio.wait_for(happened.wait(), timeout=seconds)
    except asyncio.TimeoutError:
        pass
    return happened.is_set()


class Server(uvicorn.Server):
    """Ends open streams as soon as it is asked to stop; uvicorn itself waits for them."""

    def handle_exit(self, sig, frame):
        for search in searches.values():
            search.cancelled.set()
        super().handle_exit(sig, frame)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=arguments.port,
            log_level="warning",
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
        )
    ).run()

"""Streaming chat: a tool that answers /healthz, /schema, /run, /stream and /cancel on 127.0.0.1."""

import argparse
import asyncio
import json
from collections import OrderedDict
from pathlib import Path

import uvicorn
from dotenv import load_dotenv
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

import listener

FOLDER = Path(__file__).resolve().parent
SCHEMA = json.loads((FOLDER / "tool.json").read_text(encoding="utf-8"))
MAX_REPLIES = 64

load_dotenv(FOLDER / ".env")
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Inputs(BaseModel):
    message: str = Field(..., max_length=2000)
    words_per_second: float = Field(12, ge=1, le=60)


class RunRequest(BaseModel):
    run_id: str
    inputs: Inputs


class Reply:
    def __init__(self, text, pause):
        self.words = text.split()
        self.pause = pause  # seconds between two words
        self.cancelled = asyncio.Event()


replies = OrderedDict()  # by run id, the oldest first; never more than MAX_REPLIES


@app.get("/healthz")
async def healthz():
    return {"ok": True}


@app.get("/schema")
async def schema():
    return SCHEMA


@app.post("/run")
async def run(request: RunRequest):
    given = request.inputs
    replies[request.run_id] = Reply(listener.reply_to(given.message), 1 / given.words_per_second)
    while len(replies) > MAX_REPLIES:
        replies.popitem(last=False)
    return {"run_id": request.run_id, "reply": "", "words": 0}


@app.get("/stream")
async def stream(run_id: str):
    reply = replies.get(run_id)
    if reply is None:
        raise HTTPException(status_code=404, detail="No reply is waiting for this run.")
    return StreamingResponse(events_of(run_id, reply), media_type="text/event-stream")


@app.post("/cancel", status_code=204)
async def cancel(run_id: str):
    if run_id in replies:
        replies[run_id].cancelled.set()
    return Response(status_code=204)


async def events_of(run_id, reply):
    sent = 0
    for word in reply.words:
        yield event({"output_key": "reply", "value": word if sent == 0 else " " + word, "done": False})
        sent += 1
        yield event({"output_key": "words", "value": sent, "done": False})
        if await within(reply.cancelled, reply.pause):
            break
    replies.pop(run_id, None)
    yield event({"words": sent, "done": True})


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
        for reply in replies.values():
            reply.cancelled.set()
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

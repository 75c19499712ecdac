"""Disk usage: a tool around the command du that answers /healthz, /schema, /run and /cancel on 127.0.0.1."""

import argparse
import json
import os
import shlex
from pathlib import Path

import uvicorn
from dotenv import load_dotenv
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field

from command import Command

FOLDER = Path(__file__).resolve().parent
SCHEMA = json.loads((FOLDER / "tool.json").read_text(encoding="utf-8"))
MAX_OUTPUT = 4 * 1024 * 1024  # bytes of du's list; a longer one is cut and says so
MAX_COMPLAINTS = 20

load_dotenv(FOLDER / ".env")
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
running = {}  # run id -> Command


class Inputs(BaseModel):
    folder: str = Field(..., min_length=1, max_length=4096)
    depth: int = Field(1, ge=1, le=3)
    most: int = Field(25, ge=1, le=500)
    apparent: bool = False


class RunRequest(BaseModel):
    run_id: str
    inputs: Inputs


@app.get("/healthz")
async def healthz():
    return {"ok": True}


@app.get("/schema")
async def schema():
    return SCHEMA


@app.post("/run")
async def run(request: RunRequest):
    given = request.inputs
    folder = checked(given.folder)
    sizes = ["--apparent-size"] if given.apparent else []
    command = Command("du", "-0", "-x", "-k", f"--max-depth={given.depth}", *sizes, "--", folder)
    running[request.run_id] = command
    try:
        outcome = await command.run(MAX_OUTPUT)
    except OSError as problem:
        raise HTTPException(status_code=500, detail=f"du could not be started: {problem.strerror}")
    finally:
        del running[request.run_id]
    if command.ended_early and not outcome.cut:
        raise HTTPException(status_code=409, detail="Cancelled before du had finished.")
    rows = rows_of(outcome.output, folder)
    if not rows:
        raise HTTPException(status_code=422, detail=said(command, outcome))
    total = max(row["kib"] for row in rows)
    for row in rows:
        row["share"] = round(row["kib"] / total, 4) if total else 0
    return {
        "total": total,
        "folders": {"rows": sorted(rows, key=lambda row: -row["kib"])[: given.most]},
        "command": said(command, outcome),
    }


@app.post("/cancel", status_code=204)
async def cancel(run_id: str):
    if run_id in running:
        running[run_id].end()
    return Response(status_code=204)


def checked(folder):
    """The folder as du gets it, or a refusal that says what is wrong with it."""
    if not os.path.isabs(folder) or "\0" in folder:
        raise HTTPException(status_code=422, detail="The folder has to be an absolute path, such as /var/log.")
    if not os.path.isdir(folder):
        raise HTTPException(status_code=422, detail=f"There is no folder {folder}.")
    return os.path.normpath(folder)


def rows_of(output, folder):
    rows = []
    for line in output.split(b"\0")[:-1]:
        kib, _, path = line.partition(b"\t")
        name = os.path.relpath(path.decode(errors="replace"), folder)
        rows.append({"path": name, "kib": int(kib)})
    return rows


def said(command, outcome):
    lines = ["$ " + shlex.join(command.argv)]
    complaints = outcome.complaints.decode(errors="replace").splitlines()
    lines += complaints[:MAX_COMPLAINTS]
    if len(complaints) > MAX_COMPLAINTS:
        lines.append(f"… and {len(complaints) - MAX_COMPLAINTS} more")
    if outcome.cut:
        lines.append("The list was too long and has been cut: choose fewer levels.")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    uvicorn.run(
        app, host="127.0.0.1", port=arguments.port, log_level="warning", loop="asyncio", http="h11", ws="none", lifespan="off"
    )

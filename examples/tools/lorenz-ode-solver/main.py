"""Lorenz attractor: a tool that answers /healthz, /schema and /run on 127.0.0.1."""

import argparse
import json
import threading
from pathlib import Path

import uvicorn
from dotenv import load_dotenv
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

import lorenz

FOLDER = Path(__file__).resolve().parent
SCHEMA = json.loads((FOLDER / "tool.json").read_text(encoding="utf-8"))
MAX_PATH_POINTS = 4000
MAX_TIME_POINTS = 1500

load_dotenv(FOLDER / ".env")
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Inputs(BaseModel):
    sigma: float = Field(10, ge=0, le=100)
    rho: float = Field(28, ge=0, le=400)
    beta: float = Field(2.667, ge=0, le=100)
    t_end: float = Field(40, ge=0.1, le=1000)
    steps: int = Field(8000, ge=100, le=200_000)


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
def run(request: RunRequest):
    import numpy  # a tenth of a second that /healthz need not wait for

    given = request.inputs
    try:
        solution = lorenz.solve(given.sigma, given.rho, given.beta, given.t_end, given.steps)
    except lorenz.Diverged as problem:
        raise HTTPException(status_code=422, detail=str(problem))

    path = numpy.array(solution.path)
    drawn = numpy.round(path[:: stride(len(path), MAX_PATH_POINTS)], 4)
    every = stride(len(path), MAX_TIME_POINTS)
    timed = numpy.round(path[::every], 4)
    times = numpy.round(numpy.arange(len(timed)) * (every * solution.step), 6)
    return {
        "attractor": {"x": drawn[:, 0].tolist(), "series": [{"name": "z", "y": drawn[:, 2].tolist()}]},
        "coordinates": {
            "x": times.tolist(),
            "series": [{"name": name, "y": timed[:, axis].tolist()} for axis, name in enumerate("xyz")],
        },
        "exponent": round(solution.exponent, 4),
        "summary": {"rows": [summary_of(name, path[:, axis]) for axis, name in enumerate("xyz")]},
        "integration": {
            "pairs": {
                "Method": "Runge-Kutta, fourth order",
                "Step": f"{solution.step:.6g}",
                "Start": "({:g}, {:g}, {:g})".format(*lorenz.START),
                "Points solved": len(path),
                "Points drawn": len(drawn),
            }
        },
    }


def stride(count, most):
    """Every how many points to keep so that at most `most` of `count` remain."""
    return -(-count // most)


def summary_of(name, values):
    return {
        "coordinate": name,
        "least": round(float(values.min()), 4),
        "greatest": round(float(values.max()), 4),
        "mean": round(float(values.mean()), 4),
        "deviation": round(float(values.std()), 4),
        "last": round(float(values[-1]), 4),
    }


def import_numpy():
    import numpy  # noqa: F401  the first run then finds it loaded


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    threading.Thread(target=import_numpy, daemon=True).start()
    uvicorn.run(
        app, host="127.0.0.1", port=arguments.port, log_level="warning", loop="asyncio", http="h11", ws="none", lifespan="off"
    )

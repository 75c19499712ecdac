"""Reads the tables of the contract.

How a type is written: `string`, `integer`, `number`, `boolean`, `object` (any keys) or the name of a schema, then in this
order what applies: a format (`string date-time`), the allowed values (`string (a|b)`), the bounds (`integer 1..12`), the
default (`boolean = false`), `[]` for a list of it, `?` when it may be null. A TOML table is an object with these fields,
`field*` is required, `<any>` stands for all other names. A TOML list with one type in it is a list of that.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TYPE = re.compile(
    r"(?P<type>\w+)(?P<list>\[\])?(?: (?P<format>[a-z][\w-]*))?(?: \((?P<values>[^)]*)\))?"
    r"(?: (?P<low>\d+)\.\.(?P<high>\d+))?(?: = (?P<default>.+?))?(?P<null>\?)?"
)
PLAIN = {"string", "integer", "number", "boolean", "object"}
MEDIA = {"json": "application/json", "events": "text/event-stream"}


@dataclass
class Parameter:
    name: str
    place: str  # path or query
    required: bool
    schema: dict


@dataclass
class Operation:
    name: str
    area: str
    method: str
    path: str
    access: str  # anyone, any (credential) or key (an API key)
    parameters: list = field(default_factory=list)
    body: dict | None = None
    body_required: bool = True
    answers: dict = field(default_factory=dict)  # status -> {media type: schema}

    @property
    def success(self):
        return min(self.answers)

    def schema_of(self, status):
        """The schema of a JSON answer; None where the contract describes none."""
        return self.answers.get(status, {}).get("application/json")

    def __str__(self):
        return self.name


def operations():
    return [operation(row) for row in read("operations.toml")["operation"]]


def schemas():
    return {name: schema(fields) for name, fields in read("schemas.toml").items()}


def pending():
    """The names of the operations that the server does not have yet, with the work that they belong to."""
    return {name: work for work, names in read("pending.toml").items() for name in names}


def read(name):
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def operation(row):
    method, path = row["call"].split(" ")
    parameters = [Parameter(name, "path", True, schema(kind)) for name, kind in row.get("path", {}).items()]
    for name, kind in row.get("query", {}).items():
        parameters.append(Parameter(name.rstrip("*"), "query", name.endswith("*"), schema(kind)))
    answers = {int(status): {MEDIA[media]: schema(kind) for media, kind in said.items()} for status, said in row["answer"].items()}
    body = schema(row["body"]) if "body" in row else None
    required = body is not None and not row.get("body_optional", False)
    return Operation(row["name"], row["area"], method, path, row["access"], parameters, body, required, answers)


def schema(written):
    if isinstance(written, list):
        return {"type": "array", "items": schema(written[0])}
    if isinstance(written, dict):
        return object_schema(written)
    return text_schema(written)


def object_schema(fields):
    made = {"type": "object"}
    if "<any>" in fields:
        return made | {"additionalProperties": schema(fields["<any>"])}
    made["properties"] = {name.rstrip("*"): schema(kind) for name, kind in fields.items()}
    required = sorted(name.rstrip("*") for name in fields if name.endswith("*"))
    return made | ({"required": required} if required else {})


def text_schema(written):
    found = TYPE.fullmatch(written)
    if not found:
        raise ValueError(f"not a type: {written}")
    if found["list"]:
        return {"type": "array", "items": text_schema(found["type"])}
    if found["type"] not in PLAIN:
        return {"$ref": f"#/$defs/{found['type']}"}
    made = {"type": found["type"]}
    if found["format"]:
        made["format"] = found["format"]
    if found["values"]:
        made["enum"] = [value_of(found["type"], value) for value in found["values"].split("|")]
    if found["low"]:
        made |= {"minimum": int(found["low"]), "maximum": int(found["high"])}
    if found["default"]:
        made["default"] = value_of(found["type"], found["default"])
    return nullable(made) if found["null"] else made


def nullable(made):
    made["type"] = [made["type"], "null"]
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


def value_of(kind, text):
    return {"integer": int, "number": float, "boolean": lambda word: word == "true"}.get(kind, str)(text)

"""Whether an answer is one that the contract allows."""

import datetime
import json
import re

import jsonschema

from . import tables

FORMATS = jsonschema.FormatChecker(formats=())
SCHEMAS = tables.schemas()


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value):
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value):
        return False
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")) is not None


@FORMATS.checks("email")
def is_address(value):
    return not isinstance(value, str) or "@" in value


def fits(value, schema):
    """What of a value does not fit a schema; empty if all does."""
    validator = jsonschema.Draft202012Validator({**schema, "$defs": SCHEMAS}, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def check_success(operation, reply):
    """Exactly what the contract promises."""
    assert reply.status == operation.success, told(operation, reply)
    check_answer(operation, reply)


def check_answer(operation, reply):
    """An answer of a status that the contract lists, or an error."""
    if reply.status >= 400:
        return check_error(operation, reply)
    assert reply.status in operation.answers, told(operation, reply)
    schema = operation.schema_of(reply.status)
    if schema is None and not reply.body:
        return None
    assert reply.headers.get_content_type() == "application/json", told(operation, reply)
    value = parsed(operation, reply)
    wrong = fits(value, schema) if schema else []
    assert not wrong, f"{told(operation, reply)}\n" + "\n".join(wrong)
    return value


def check_error(operation, reply, statuses=None, codes=None):
    assert 400 <= reply.status, told(operation, reply)
    assert statuses is None or reply.status in statuses, told(operation, reply)
    assert reply.headers.get_content_type() == "application/json", told(operation, reply)
    value = parsed(operation, reply)
    assert not fits(value, {"$ref": "#/$defs/Error"}), told(operation, reply)
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", value["error"]["code"]), told(operation, reply)
    assert value["error"]["message"].strip(), told(operation, reply)
    assert codes is None or value["error"]["code"] in codes, told(operation, reply)
    return value


def parsed(operation, reply):
    try:
        return json.loads(reply.body.decode("utf-8"), parse_constant=refuse_constant)
    except ValueError as error:
        raise AssertionError(f"{told(operation, reply)}\nnot JSON: {error}") from None


def refuse_constant(word):
    raise ValueError(f"{word} is not JSON")


def told(operation, reply):
    return f"{operation.method} {operation.path} answered {reply.status} {reply.headers.get('Content-Type')}: {reply.body[:1500]!r}"

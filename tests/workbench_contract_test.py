"""Walks every operation of the workbench's contract: right, missing, ill-typed and hostile values, and who may ask.

The contract is in tests/contract; what is not served yet is listed in tests/contract/pending.toml.
"""

import base64
import json
import subprocess

import jsonschema
import pytest

from contract import checks, examples, hostile, superset, tables
from contract.world import ACCOUNT, Call, World
from npm_programs import installed, with_node
from pix_server import ROOT

PENDING = tables.pending()
SERVED = [operation for operation in tables.operations() if operation.name not in PENDING]
GUARDED = [operation for operation in SERVED if operation.access != "anyone"]
WITH_BODY = [operation for operation in SERVED if operation.body]

# Where the server may do more than the contract asks for: a missing value that has a meaning of its own.
MAY_BE_MISSING = {("quick_start", "path"), ("list_messages", "projectName")}
# Registering is over once there is an account, whatever is sent.
ONLY_ONCE = {"register"}
# A failure of the program or place behind the server is not the server's own.
GATEWAY = {502, 504}

needs_account = pytest.mark.skipif("login" in PENDING, reason="nobody can sign in yet")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("contract"), with_account="register" not in PENDING)
    yield world
    world.server.kill()


@pytest.fixture(scope="module")
def document(world):
    reply = world.server.get("/api/openapi.json", door="workbench")
    assert reply.status == 200 and reply.headers.get_content_type() == "application/json"
    return reply.json()


def each(operations):
    return pytest.mark.parametrize("operation", operations, ids=str)


# --- the tables -----------------------------------------------------------------------------------------------------


def test_tables_agree_with_the_contract():
    done = subprocess.run([ROOT / "scripts" / "check_contract"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(tables.operations()) == 68


def test_every_operation_is_served_or_pending(document):
    served = {
        operation.name for operation in tables.operations() if operation.method.lower() in document["paths"].get(operation.path, {})
    }
    names = {operation.name for operation in tables.operations()}
    assert served & set(PENDING) == set(), "served, and still listed as pending"
    assert names - served - set(PENDING) == set(), "neither served nor listed as pending"
    assert all(examples.has(name) for name in served)


# --- right values ---------------------------------------------------------------------------------------------------


@each(SERVED)
def test_right_values(world, operation):
    if operation.name == "register":
        return checks.check_success(operation, world.registration)
    checks.check_success(operation, world.ask(operation, examples.of(operation.name, world)))


# --- missing and ill-typed values -----------------------------------------------------------------------------------


@each(SERVED)
def test_missing_values(world, operation):
    right = examples.of(operation.name, world)
    wanted = {403} if operation.name in ONLY_ONCE else {400}
    for parameter in operation.parameters:
        if parameter.place == "query" and parameter.required:
            check_missing(world, operation, right.without("query", parameter.name), parameter.name, wanted)
            check_missing(world, operation, right.with_value("query", parameter.name, ""), parameter.name, wanted)
    for name in (operation.body or {}).get("required", required_of(operation)):
        check_missing(world, operation, right.without("body", name), name, wanted)
        check_missing(world, operation, right.with_value("body", name, None), name, wanted)


def required_of(operation):
    body = operation.body or {}
    return checks.SCHEMAS[body["$ref"].rsplit("/", 1)[1]].get("required", []) if "$ref" in body else []


def check_missing(world, operation, call, name, wanted):
    reply = world.ask(operation, call)
    if (operation.name, name) in MAY_BE_MISSING and reply.status < 400:
        assert reply.headers.get_content_type() == "application/json"
        return
    checks.check_error(operation, reply, wanted)


@each(WITH_BODY)
def test_ill_typed_values(world, operation):
    right = examples.of(operation.name, world)
    body = checks.SCHEMAS[operation.body["$ref"].rsplit("/", 1)[1]] if "$ref" in operation.body else operation.body
    for name, schema in body.get("properties", {}).items():
        for value in hostile.WRONG_TYPES[schema["type"]]:
            reply = world.ask(operation, right.with_value("body", name, value))
            checks.check_error(operation, reply, {403} if operation.name in ONLY_ONCE else {400, 429})


@each(WITH_BODY)
def test_bodies_that_are_no_right_object(world, operation):
    right = examples.of(operation.name, world)
    needs_fields = bool(operation.body.get("required") or required_of(operation)) and (operation.name, "path") not in MAY_BE_MISSING
    refused = {403} if operation.name in ONLY_ONCE else {400, 413, 429}
    for raw in hostile.BODIES:
        reply = world.ask(operation, Call(path=right.path, raw=raw, credential=right.credential))
        may_pass = not needs_fields and (raw == b"" or raw.startswith(b'{"'))
        if may_pass and reply.status < 400:
            checks.check_answer(operation, reply)
        else:
            checks.check_error(operation, reply, refused)


# --- hostile values -------------------------------------------------------------------------------------------------


@each(SERVED)
def test_hostile_values(world, operation):
    right = examples.of(operation.name, world)
    for parameter in operation.parameters:
        for text in hostile.texts_for(parameter.schema):
            if parameter.place == "query" or text:
                check_hostile(world, operation, right.with_value(parameter.place, parameter.name, text))
    for name in body_texts(operation):
        for text in hostile.TEXTS:
            check_hostile(world, operation, right.with_value("body", name, text))
    assert world.server.get("/health", door="workbench").status == 200
    assert list(world.server.folder.rglob("pwned")) == []


def body_texts(operation):
    body = operation.body or {}
    body = checks.SCHEMAS[body["$ref"].rsplit("/", 1)[1]] if "$ref" in body else body
    return [name for name, schema in body.get("properties", {}).items() if schema["type"] == "string"]


def check_hostile(world, operation, call):
    reply = world.ask(operation, call)
    assert reply.status < 500 or reply.status in GATEWAY, f"{call}: {checks.told(operation, reply)}"
    checks.check_answer(operation, reply)
    assert b"root:x:0:" not in reply.body, call
    assert reply.header("X-Injected") is None, call


# --- who may ask ----------------------------------------------------------------------------------------------------


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


NOBODY = [
    (None, {401}),
    ({"Authorization": "Bearer px_" + "0" * 32}, {401}),
    ({"Authorization": "Bearer ck_" + "0" * 32}, {401}),
    ({"X-API-Key": "px_" + "f" * 32}, {401}),
    ({"X-API-Key": ""}, {401}),
    ({"Authorization": "Bearer nonsense"}, {401, 403}),
    ({"Authorization": f"Bearer {part({'alg': 'none', 'typ': 'JWT'})}.{part({'userId': 1, 'exp': 9999999999})}."}, {403}),
    ({"Authorization": f"Bearer {part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'userId': 1, 'exp': 9999999999})}.c2lnbmVk"}, {403}),
    ({"Cookie": "token=nonsense"}, {401, 403}),
]


@needs_account
@each(GUARDED)
def test_nobody_may_ask(world, operation):
    right = examples.of(operation.name, world)
    for credential, statuses in NOBODY:
        reply = world.ask(operation, Call(path=right.path, query=right.query, body=right.body, credential=credential))
        checks.check_error(operation, reply, statuses)


@needs_account
@each([operation for operation in GUARDED if operation.method == "GET"])
def test_every_credential_of_the_contract_opens(world, operation):
    right = examples.of(operation.name, world)
    key = world.api_key()["api_key"]
    for credential in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Cookie": f"token={world.token}"}):
        checks.check_success(operation, world.ask(operation, Call(path=right.path, query=right.query, credential=credential)))


@needs_account
@each([operation for operation in GUARDED if operation.method != "GET"])
def test_a_cookie_does_not_serve_another_site(world, operation):
    right = examples.of(operation.name, world)
    cookie = {"Cookie": f"token={world.token}", "Origin": "https://elsewhere.example"}
    reply = world.ask(operation, Call(path=right.path, query=right.query, body=right.body, credential=cookie))
    checks.check_error(operation, reply, {403}, {"ORIGIN_REJECTED"})


@needs_account
def test_a_second_registration_is_refused(world):
    register = next(operation for operation in SERVED if operation.name == "register")
    body = {"username": "mallory", "password": "let me in please"}
    checks.check_error(register, world.ask(register, Call(body=body, credential=None)), {403})


@needs_account
def test_a_wrong_password_is_401(world):
    login = next(operation for operation in SERVED if operation.name == "login")
    for body in ({**ACCOUNT, "password": "wrong"}, {"username": "nobody", "password": "wrong"}):
        checks.check_error(login, world.ask(login, Call(body=body, credential=None)), {401, 429})


def test_an_unknown_route_is_an_error_of_the_contract(world):
    nowhere = tables.Operation("nowhere", "", "GET", "/api/nowhere", "any")
    checks.check_error(nowhere, world.ask(nowhere, Call()), {404}, {"ROUTE_NOT_FOUND"})


# --- the document that the server gives of itself -------------------------------------------------------------------


def test_the_document_is_valid_openapi_3_1(document):
    folder = installed("linters", ROOT / "tests" / "contract" / "linters")
    place = folder / "node_modules" / "@seriousme" / "openapi-schema-validator" / "schemas" / "v3.1" / "schema.json"
    assert document["openapi"].startswith("3.1.")
    validator = jsonschema.Draft202012Validator(json.loads(place.read_text(encoding="utf-8")))
    assert [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(document)] == []


@needs_account
def test_a_public_linter_accepts_the_document(document, tmp_path):
    folder = installed("linters", ROOT / "tests" / "contract" / "linters")
    (tmp_path / "document.json").write_text(json.dumps(document), encoding="utf-8")
    rules = ROOT / "tests" / "contract" / "linters" / "redocly.yaml"
    words = [str(folder / "node_modules" / ".bin" / "redocly"), "lint", "document.json", "--config", str(rules), "--format", "stylish"]
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
    done = subprocess.run(words, cwd=tmp_path, env={**with_node(), **quiet}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@needs_account
@each(SERVED)
def test_the_document_holds_the_contract(document, operation):
    assert superset.missing(document, operation) == []

"""What the server's own OpenAPI document lacks of an operation of the contract.

More is allowed where a client of the contract does not notice: more parameters that may be left out, more fields in an
answer, more statuses. A path parameter may be text where the contract has a number.
"""

from . import tables

SCHEMAS = tables.schemas()


def missing(document, operation):
    said = document["paths"].get(operation.path, {}).get(operation.method.lower())
    if said is None:
        return [f"{operation.method} {operation.path} is not described"]
    return [
        *security(said, operation),
        *parameters(document, said, operation),
        *body(document, said, operation),
        *answers(document, said, operation),
    ]


def security(said, operation):
    if (said.get("security") == []) == (operation.access == "anyone"):
        return []
    return [f"security: {said.get('security')}, and the contract has {operation.access}"]


def parameters(document, said, operation):
    found = {(one["in"], one["name"]): one for one in (resolved(document, one) for one in said.get("parameters", []))}
    wrong = []
    for parameter in operation.parameters:
        one = found.pop((parameter.place, parameter.name), None)
        if one is None:
            wrong.append(f"{parameter.place} parameter {parameter.name} is missing")
            continue
        if one.get("required") and not parameter.required:
            wrong.append(f"{parameter.name} may be left out")
        if parameter.place == "query":
            wrong += narrower(document, one["schema"], parameter.schema, parameter.name)
    wrong += [f"{name} is required and not in the contract" for (_, name), one in found.items() if one.get("required")]
    return wrong


def body(document, said, operation):
    if operation.body is None:
        return []
    content = resolved(document, said.get("requestBody", {})).get("content", {}).get("application/json")
    return narrower(document, content["schema"], operation.body, "body") if content else ["the body is not described"]


def answers(document, said, operation):
    wrong = []
    for status, media in operation.answers.items():
        answer = said["responses"].get(str(status))
        if answer is None:
            wrong.append(f"status {status} is missing")
            continue
        content = resolved(document, answer).get("content", {})
        for kind, schema in media.items():
            if kind not in content:
                wrong.append(f"{status} {kind} is missing")
            else:
                wrong += poorer(document, content[kind]["schema"], schema, f"{status}")
    return wrong


def narrower(document, ours, theirs, place):
    """What a request of the contract may hold and ours may not."""
    ours, theirs = resolved(document, ours), of_contract(theirs)
    wrong = [] if types(theirs) <= types(ours) else [f"{place}: {sorted(types(ours))}, and the contract has {sorted(types(theirs))}"]
    if "enum" in ours and not set(theirs.get("enum", [object()])) <= set(ours["enum"]):
        wrong.append(f"{place}: fewer values are allowed")
    extra = set(ours.get("required", [])) - set(theirs.get("required", []))
    wrong += [f"{place}.{name} may be left out" for name in sorted(extra)]
    for name, schema in theirs.get("properties", {}).items():
        if name not in ours.get("properties", {}):
            wrong.append(f"{place}.{name} is missing")
        else:
            wrong += narrower(document, ours["properties"][name], schema, f"{place}.{name}")
    if "items" in theirs:
        wrong += narrower(document, ours.get("items", {}), theirs["items"], f"{place}[]")
    return wrong


def poorer(document, ours, theirs, place):
    """What an answer of the contract has and ours may lack, or may say differently."""
    ours, theirs = resolved(document, ours), of_contract(theirs)
    wrong = [] if types(ours) <= types(theirs) else [f"{place}: {sorted(types(ours))}, and the contract has {sorted(types(theirs))}"]
    if "enum" in theirs and not set(ours.get("enum", [ours.get("const", object())])) <= set(theirs["enum"]):
        wrong.append(f"{place}: not only the contract's values")
    wrong += [f"{place}.{name} is required" for name in theirs.get("required", []) if name not in ours.get("required", [])]
    for name, schema in theirs.get("properties", {}).items():
        if name not in ours.get("properties", {}):
            wrong.append(f"{place}.{name} is missing")
        else:
            wrong += poorer(document, ours["properties"][name], schema, f"{place}.{name}")
    if "items" in theirs:
        wrong += poorer(document, ours.get("items", {}), theirs["items"], f"{place}[]")
    if isinstance(theirs.get("additionalProperties"), dict):
        wrong += poorer(document, ours.get("additionalProperties", {}), theirs["additionalProperties"], f"{place}{{}}")
    return wrong


def types(schema):
    kind = schema.get("type")
    if kind is None:
        return {"string"} if "enum" in schema or "const" in schema else {"anything"}
    return set(kind) if isinstance(kind, list) else {kind}


def of_contract(schema):
    return SCHEMAS[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def resolved(document, value):
    while "$ref" in value:
        place = value["$ref"].removeprefix("#/").split("/")
        value = document
        for step in place:
            value = value[step.replace("~1", "/").replace("~0", "~")]
    return value

"""Gemini's generateContent, streamGenerateContent, countTokens and model list."""

from .script import Spoken, arguments_of, pieces


def conversation(body):
    spoken = []
    for content in body.get("contents", []):
        parts = content.get("parts", [])
        if content.get("role") == "model":
            spoken.append(Spoken("model"))
            continue
        text = "\n".join(part["text"] for part in parts if "text" in part)
        results = any("functionResponse" in part for part in parts)
        spoken.append(Spoken("tool", text) if results else Spoken("user", text))
    return spoken


def has_tools(body):
    return bool(body.get("tools"))


def parts_of(answer, cut):
    for index, item in enumerate(answer.items):
        if "think" in item:
            yield [{"text": item["think"], "thought": True}]
        elif "say" in item:
            yield [{"text": piece} for piece in (pieces(item["say"]) if cut else [item["say"]])]
        elif "call" in item:
            call = {"name": item["call"], "args": arguments_of(item), "id": answer.call_id("call_", index)}
            yield [{"functionCall": call, "thoughtSignature": "c2NyaXB0ZWQ="}]
        else:
            yield item.get("pause", 0)


def envelope(answer, parts, finish=None):
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}}
    used = {
        "promptTokenCount": answer.input_tokens, "candidatesTokenCount": answer.output_tokens, "thoughtsTokenCount": 10,
        "cachedContentTokenCount": 300, "totalTokenCount": answer.input_tokens + answer.output_tokens + 10,
    }  # fmt: skip
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": used, "modelVersion": "scripted", "responseId": f"response-{answer.number}"}


def whole(answer, _body):
    return envelope(answer, [part for parts in parts_of(answer, cut=False) if isinstance(parts, list) for part in parts], "STOP")


def events(answer, _body):
    for parts in parts_of(answer, cut=True):
        if isinstance(parts, list):
            yield from ((None, envelope(answer, [part])) for part in parts)
        else:
            yield parts, None
    yield None, envelope(answer, [{"text": ""}], "STOP")


def failure(status, text):
    kind = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}.get(status, "INTERNAL")
    return {"error": {"code": status, "message": text, "status": kind}}


def models(names):
    listed = [{"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": ["generateContent"]} for name in names]
    return {"models": listed}

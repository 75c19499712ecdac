"""OpenAI's chat completions and model list."""

import json

from .openai_responses import failure  # noqa: F401  (the same shape)
from .script import Spoken, arguments_of, pieces


def conversation(body):
    spoken = []
    for message in body.get("messages", []):
        content = message.get("content") or ""
        text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
        who = {"assistant": "model", "user": "user", "tool": "tool"}.get(message["role"], "system")
        spoken.append(Spoken(who, text))
    return spoken


def has_tools(body):
    return bool(body.get("tools"))


def used(answer):
    total = answer.input_tokens + answer.output_tokens
    return {
        "prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens, "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": 300}, "completion_tokens_details": {"reasoning_tokens": 10},
    }  # fmt: skip


def envelope(answer, body, kind, choices):
    model = body.get("model", "scripted")
    return {"id": f"chatcmpl-{answer.number:06d}", "object": kind, "created": 1767225600, "model": model, "choices": choices}


def calls_of(answer):
    calls = []
    for index, item in enumerate(answer.items):
        if "call" in item:
            function = {"name": item["call"], "arguments": json.dumps(arguments_of(item))}
            calls.append({"index": len(calls), "id": answer.call_id("call_", index), "type": "function", "function": function})
    return calls


def text_of(answer, kind):
    return "".join(item[kind] for item in answer.items if kind in item)


def whole(answer, body):
    message = {"role": "assistant", "content": text_of(answer, "say") or None}
    if text_of(answer, "think"):
        message["reasoning_content"] = text_of(answer, "think")
    if answer.calls:
        message["tool_calls"] = calls_of(answer)
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if answer.calls else "stop"}
    return envelope(answer, body, "chat.completion", [choice]) | {"usage": used(answer)}


def events(answer, body):
    def chunk(delta, finish=None):
        return None, envelope(answer, body, "chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": finish}])

    yield chunk({"role": "assistant", "content": ""})
    calls = iter(calls_of(answer))
    for item in answer.items:
        if "think" in item:
            yield from (chunk({"reasoning_content": piece}) for piece in pieces(item["think"]))
        elif "say" in item:
            yield from (chunk({"content": piece}) for piece in pieces(item["say"]))
        elif "call" in item:
            yield chunk({"tool_calls": [next(calls)]})
        else:
            yield item.get("pause", 0), None
    yield chunk({}, "tool_calls" if answer.calls else "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield None, envelope(answer, body, "chat.completion.chunk", []) | {"usage": used(answer)}
    yield None, "[DONE]"


def models(names):
    return {"object": "list", "data": [{"id": name, "object": "model", "created": 1767225600, "owned_by": "script"} for name in names]}

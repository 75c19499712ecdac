"""Anthropic's messages, token count and model list."""

import json

from .script import Spoken, arguments_of, pieces


def conversation(body):
    spoken = []
    for message in body.get("messages", []):
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if message["role"] == "assistant":
            spoken.append(Spoken("model"))
            continue
        text = "\n".join(block["text"] for block in blocks if block.get("type") == "text")
        results = any(block.get("type") == "tool_result" for block in blocks)
        spoken.append(Spoken("tool", text) if results else Spoken("user", text))
    return spoken


def has_tools(body):
    return bool(body.get("tools"))


def blocks_of(answer):
    """(block, its text in deltas) of each thing said."""
    for index, item in enumerate(answer.items):
        if "think" in item:
            yield item, {"type": "thinking", "thinking": item["think"], "signature": f"signature-{answer.number}-{index}"}
        elif "say" in item:
            yield item, {"type": "text", "text": item["say"]}
        elif "call" in item:
            name = answer.call_id("toolu_01Script", index)
            yield item, {"type": "tool_use", "id": name, "name": item["call"], "input": arguments_of(item)}
        else:
            yield item, None


def usage(answer):
    return {
        "input_tokens": answer.input_tokens, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 300,
        "output_tokens": answer.output_tokens, "service_tier": "standard",
    }  # fmt: skip


def message(answer, body, content):
    return {
        "id": f"msg_01Script{answer.number:06d}", "type": "message", "role": "assistant", "model": body.get("model", "scripted"),
        "content": content, "stop_reason": "tool_use" if answer.calls else "end_turn", "stop_sequence": None, "usage": usage(answer),
    }  # fmt: skip


def whole(answer, body):
    return message(answer, body, [block for _, block in blocks_of(answer) if block])


def events(answer, body):
    """(event, data) in their order; data None is a pause of so many seconds."""
    opening = message(answer, body, []) | {"stop_reason": None}
    opening["usage"] = usage(answer) | {"output_tokens": 1}
    yield "message_start", {"type": "message_start", "message": opening}
    yield "ping", {"type": "ping"}
    index = 0
    for item, block in blocks_of(answer):
        if block is None:
            yield item.get("pause", 0), None
            continue
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": emptied(block)}
        for delta in deltas(block):
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
        index += 1
    ending = {"stop_reason": "tool_use" if answer.calls else "end_turn", "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": ending, "usage": usage(answer)}
    yield "message_stop", {"type": "message_stop"}


def emptied(block):
    return block | {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}[block["type"]]


def deltas(block):
    if block["type"] == "text":
        return [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    if block["type"] == "thinking":
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
        return thoughts + [{"type": "signature_delta", "signature": block["signature"]}]
    return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(json.dumps(block["input"]))]


def failure(status, text):
    kind = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": text}}


def models(names):
    listed = [{"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"} for name in names]
    return {"data": listed, "has_more": False, "first_id": names[0], "last_id": names[-1]}

"""OpenAI's responses, as Codex asks for them."""

import json

from .script import Spoken, arguments_of, pieces


def conversation(body):
    given = body.get("input", [])
    if isinstance(given, str):
        return [Spoken("user", given)]
    spoken = []
    for item in given:
        kind = item.get("type", "message")
        if kind == "message":
            content = item.get("content") or []
            text = content if isinstance(content, str) else "\n".join(part.get("text") or "" for part in content)
            who = {"assistant": "model", "user": "user"}.get(item["role"], "system")
            spoken.append(Spoken(who, text))
        elif kind.endswith("_output"):
            spoken.append(Spoken("tool"))
        else:
            spoken.append(Spoken("model"))
    return spoken


def has_tools(body):
    return bool(body.get("tools"))


def items_of(answer):
    for index, item in enumerate(answer.items):
        if "think" in item:
            summary = [{"type": "summary_text", "text": item["think"]}]
            yield item, {"type": "reasoning", "id": answer.call_id("rs_", index), "summary": summary, "encrypted_content": "c2NyaXB0ZWQ="}
        elif "say" in item:
            content = [{"type": "output_text", "text": item["say"], "annotations": []}]
            name = answer.call_id("msg_", index)
            yield item, {"type": "message", "id": name, "role": "assistant", "status": "completed", "content": content}
        elif "call" in item and "raw" in item:
            name = answer.call_id("ctc_", index)
            call = {"call_id": answer.call_id("call_", index), "name": item["call"], "input": item["raw"]}
            yield item, {"type": "custom_tool_call", "id": name, "status": "completed"} | call
        elif "call" in item:
            call = {"call_id": answer.call_id("call_", index), "name": item["call"], "arguments": json.dumps(arguments_of(item))}
            yield item, {"type": "function_call", "id": answer.call_id("fc_", index), "status": "completed"} | call
        else:
            yield item, None


def response(answer, body, status, output):
    total = answer.input_tokens + answer.output_tokens
    used = {
        "input_tokens": answer.input_tokens, "input_tokens_details": {"cached_tokens": 300},
        "output_tokens": answer.output_tokens, "output_tokens_details": {"reasoning_tokens": 10}, "total_tokens": total,
    }  # fmt: skip
    return {
        "id": f"resp_{answer.number:06d}", "object": "response", "created_at": 1767225600, "status": status,
        "model": body.get("model", "scripted"), "output": output, "usage": used if status == "completed" else None,
        "parallel_tool_calls": True, "error": None,
    }  # fmt: skip


def whole(answer, body):
    return response(answer, body, "completed", [item for _, item in items_of(answer) if item])


def events(answer, body):
    for number, (kind, data) in enumerate(plain_events(answer, body)):
        yield (kind, None) if data is None else (kind, {"type": kind, "sequence_number": number} | data)


def plain_events(answer, body):
    yield "response.created", {"response": response(answer, body, "in_progress", [])}
    index = 0
    for scripted, item in items_of(answer):
        if item is None:
            yield scripted.get("pause", 0), None
            continue
        place = {"output_index": index, "item_id": item["id"]}
        yield "response.output_item.added", {"output_index": index, "item": opened(item)}
        yield from deltas(item, place)
        yield "response.output_item.done", {"output_index": index, "item": item}
        index += 1
    yield "response.completed", {"response": whole(answer, body)}


def opened(item):
    empty = {"message": {"content": []}, "reasoning": {"summary": []}, "function_call": {"arguments": ""}, "custom_tool_call": {"input": ""}}
    return item | empty[item["type"]] | ({"status": "in_progress"} if "status" in item else {})


def deltas(item, place):
    kind = item["type"]
    if kind == "message":
        text, part = item["content"][0]["text"], place | {"content_index": 0}
        yield "response.content_part.added", part | {"part": {"type": "output_text", "text": "", "annotations": []}}
        for piece in pieces(text):
            yield "response.output_text.delta", part | {"delta": piece}
        yield "response.output_text.done", part | {"text": text}
        yield "response.content_part.done", part | {"part": item["content"][0]}
    elif kind == "reasoning":
        text, part = item["summary"][0]["text"], place | {"summary_index": 0}
        yield "response.reasoning_summary_part.added", part | {"part": {"type": "summary_text", "text": ""}}
        for piece in pieces(text):
            yield "response.reasoning_summary_text.delta", part | {"delta": piece}
        yield "response.reasoning_summary_text.done", part | {"text": text}
        yield "response.reasoning_summary_part.done", part | {"part": item["summary"][0]}
    elif kind == "function_call":
        yield "response.function_call_arguments.delta", place | {"delta": item["arguments"]}
        yield "response.function_call_arguments.done", place | {"arguments": item["arguments"]}
    else:
        yield "response.custom_tool_call_input.delta", place | {"delta": item["input"]}
        yield "response.custom_tool_call_input.done", place | {"input": item["input"]}


def failure(status, text):
    return {"error": {"message": text, "type": "server_error" if status >= 500 else "invalid_request_error", "param": None, "code": None}}

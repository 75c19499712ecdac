"""The scripted model itself: each protocol says the same, streamed or whole, and finds its place in the script."""

import http.client
import json
import re

import pytest

from model_server.server import ModelServer

ANSWERS = [[{"think": "Hm."}, {"say": "Let me see."}, {"call": "look", "with": {"at": "a"}}], [{"say": "Seen."}]]
SCRIPT = {
    "turns": [
        {"on": "please look", "answers": ANSWERS},
        {"on": "busy", "answers": [[{"error": 529, "message": "not now", "times": 1}, {"say": "Now."}]]},
    ],
    "aside": "A title",
}
TOOLS = [{"name": "look"}]


def messages(text, answered=()):
    spoken = [{"role": "user", "content": text}]
    for step in range(len(answered)):
        spoken.append({"role": "assistant", "content": [{"type": "text", "text": answered[step]}]})
        spoken.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]})
    return {"messages": spoken, "tools": TOOLS}


def responses(text, answered=()):
    spoken = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}]
    for said in answered:
        spoken.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": said}]})
        spoken.append({"type": "function_call", "name": "look", "arguments": "{}", "call_id": "t"})
        spoken.append({"type": "function_call_output", "call_id": "t", "output": "ok"})
    return {"input": spoken, "tools": TOOLS}


def chat(text, answered=()):
    spoken = [{"role": "system", "content": "please look"}, {"role": "user", "content": text}]
    for said in answered:
        spoken += [{"role": "assistant", "content": said}, {"role": "tool", "tool_call_id": "t", "content": "ok"}]
    return {"messages": spoken, "tools": TOOLS}


def contents(text, answered=()):
    spoken = [{"role": "user", "parts": [{"text": text}]}]
    for said in answered:
        spoken.append({"role": "model", "parts": [{"text": said}]})
        spoken.append({"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {}}}]})
    return {"contents": spoken, "tools": TOOLS}


PROTOCOLS = {
    "messages": ("/v1/messages", messages),
    "responses": ("/v1/responses", responses),
    "chat": ("/v1/chat/completions", chat),
    "gemini": ("/v1beta/models/gemini-2.5-pro:generateContent", contents),
}


@pytest.fixture(scope="module")
def model():
    with ModelServer(json.dumps(SCRIPT)) as server:
        yield server


@pytest.fixture(params=list(PROTOCOLS))
def protocol(request):
    return PROTOCOLS[request.param]


def post(model, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", model.server_port, timeout=30)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def streamed(path, body):
    return path.replace(":generateContent", ":streamGenerateContent?alt=sse"), body | {"stream": True}


def test_an_answer_thinks_says_and_calls(model, protocol):
    path, body = protocol
    status, text = post(model, path, body("please look at it"))
    assert status == 200
    assert text.index("Hm.") < text.index("look") and "Let me see." in text and "Seen." not in text
    assert re.search(r'"at\\?": ?\\?"a', text)


def test_an_answer_can_be_streamed(model, protocol):
    path, body = protocol
    status, text = post(model, *streamed(path, body("please look at it")))
    assert status == 200
    frames = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    assert len(frames) >= 4 and "Let me see." in text


def test_the_place_is_found_by_what_was_said_since(model, protocol):
    path, body = protocol
    _, text = post(model, path, body("please look at it", ["Let me see."]))
    assert "Seen." in text and "Hm." not in text
    _, text = post(model, path, body("something else"))
    assert "Nothing in the script fits." in text


def test_a_request_without_tools_gets_the_aside(model, protocol):
    path, body = protocol
    _, text = post(model, path, {name: value for name, value in body("please look at it").items() if name != "tools"})
    assert "A title" in text and "Hm." not in text


def test_a_failure_is_over_after_its_times():
    with ModelServer(json.dumps(SCRIPT)) as model:
        status, text = post(model, "/v1/messages", messages("are you busy"))
        assert status == 529 and json.loads(text)["error"]["message"] == "not now"
        status, text = post(model, "/v1/messages", messages("are you busy"))
        assert status == 200 and "Now." in text
        assert [asked["status"] for asked in model.requests] == [529, 200]


def test_nobody_gets_out_through_it(model):
    connection = http.client.HTTPConnection("127.0.0.1", model.server_port, timeout=30)
    connection.set_tunnel("example.org", 443)
    with pytest.raises(OSError, match="403"):
        connection.connect()
    connection.close()

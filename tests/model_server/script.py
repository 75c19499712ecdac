"""What the scripted model says, and how a request finds its place in the script.

A script is JSON:

    {"turns": [{"on": "greet the world",
                "answers": [[{"think": "A file first."}, {"call": "Write", "with": {"file_path": "a.txt", "content": "hi"}}],
                            [{"say": "Written."}]]}],
     "aside": "A greeting",
     "tokens": {"input": 1200, "output": 40}}

A turn is chosen by the newest user text that contains its `on`; which of its answers, by how often the model has spoken
since. So the same request always gets the same answer, whatever else the agent asks in between, and a resumed or forked
session needs nothing special. A request that offers no tools is an agent's own (a title, a summary): it gets `aside`.

An answer's items: {"think"}, {"say"}, {"call", "with"} (a tool and its arguments; "raw" instead of "with" for a tool that
takes plain text), {"pause": seconds} before what follows, and {"error": status, "message", "times": n}, which fails the
first n requests for this answer (all, without "times").
"""

import json
import threading
from dataclasses import dataclass, field


@dataclass
class Spoken:
    """One piece of the conversation that a request carries: `who` is user, model or tool."""

    who: str
    text: str = ""


@dataclass
class Failure(Exception):
    status: int
    message: str


@dataclass
class Answer:
    items: list
    input_tokens: int
    output_tokens: int
    number: int  # of this answer since the server started; makes ids
    names: list = field(default_factory=list)

    def call_id(self, prefix, index):
        return f"{prefix}{self.number:06d}{index:02d}"

    @property
    def calls(self):
        return [item for item in self.items if "call" in item]


class Script:
    def __init__(self, text):
        self.content = json.loads(text)
        self.turns = self.content["turns"]
        self.asked = {}
        self.count = 0
        self.lock = threading.Lock()

    def answer(self, conversation, has_tools):
        """The answer to a conversation; raises Failure where the script wants one."""
        with self.lock:
            self.count += 1
            items = self.items(conversation) if has_tools else [{"say": self.content.get("aside", "Scripted")}]
            tokens = self.content.get("tokens", {})
            return Answer(items, tokens.get("input", 1000), tokens.get("output", 50), self.count)

    def items(self, conversation):
        place = self.place(conversation)
        if place is None:
            return [{"say": self.content.get("otherwise", "Nothing in the script fits.")}]
        turn, step = place
        answers = self.turns[turn]["answers"]
        items = answers[min(step, len(answers) - 1)]
        asked = self.asked[place] = self.asked.get(place, 0) + 1
        for item in items:
            if "error" in item and asked <= item.get("times", asked):
                raise Failure(item["error"], item.get("message", "the script says so"))
        return [item for item in items if "error" not in item]

    def place(self, conversation):
        """(turn, how many times the model spoke since), of the newest user text that a turn waits for."""
        for index in range(len(conversation) - 1, -1, -1):
            if conversation[index].who != "user":
                continue
            for number, turn in enumerate(self.turns):
                if turn["on"] in conversation[index].text:
                    return number, spoken_since(conversation, index)
        return None


def spoken_since(conversation, index):
    """How many answers of the model stand after this piece; pieces next to each other are one answer."""
    speakers = [piece.who for piece in conversation[index:]]
    return sum(1 for before, now in zip(speakers, speakers[1:]) if now == "model" and before != "model")


def pieces(text, size=24):
    """A text cut into deltas."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def arguments_of(item):
    return item.get("with", {})

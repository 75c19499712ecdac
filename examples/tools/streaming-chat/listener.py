"""What the listener answers: the first pattern that fits turns the message into a question.

In the manner of J. Weizenbaum's ELIZA (Communications of the ACM 9, 1966); rules and sentences are our own.
"""

import re
import zlib

RULES = (
    (r"\bi am (?P<rest>.+)", ("How long have you been {rest}?", "What would change if you were not {rest}?")),
    (r"\bi(?:'m| feel) (?P<rest>.+)", ("When did you first feel {rest}?", "What made you {rest} today?")),
    (r"\bi (?:want|need) (?P<rest>.+)", ("Suppose you had {rest}. What would you do first?", "Who else knows that you want {rest}?")),
    (r"\bi (?:can't|cannot) (?P<rest>.+)", ("What stops you when you try to {rest}?", "Who could {rest} with you?")),
    (r"\bbecause (?P<rest>.+)", ("If it were not {rest}, what would be the reason then?",)),
    (r"\bmy (?P<rest>\w+)", ("Tell me more about your {rest}.", "What would your {rest} say about that?")),
    (r"\b(?:hello|hi|good (?:morning|evening|day))\b", ("Good to see you. What is on your mind?",)),
    (r"\b(?:computer|machine|program|test)s?\b", ("Do machines take up much of your day?",)),
    (r"\?\s*$", ("What answer would please you most?", "Why do you ask that just now?")),
)
OTHERWISE = ("Please go on.", "Tell me what lies behind that.", "And what follows from it?")
CLOSING = (
    "Take your time; nobody is waiting for this answer but you and me.",
    "Whatever it is, it will look smaller once it is written down.",
    "Start with the part that is easiest to say.",
)
# The other side's words, seen from here.
TURNED = {"i": "you", "me": "you", "my": "your", "mine": "yours", "am": "are", "you": "I", "your": "my", "myself": "yourself"}


def reply_to(message):
    """The same message always gets the same reply."""
    text = " ".join(message.split())
    pick = zlib.crc32(text.encode())
    for pattern, sentences in RULES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            rest = turned(found.groupdict().get("rest") or "")
            return sentences[pick % len(sentences)].format(rest=rest) + " " + CLOSING[pick % len(CLOSING)]
    return OTHERWISE[pick % len(OTHERWISE)] + " " + CLOSING[pick % len(CLOSING)]


def turned(phrase):
    """A piece of the message with its first and second person exchanged, up to its first full stop."""
    words = re.split(r"[.!?;,]", phrase, maxsplit=1)[0].split()
    return " ".join(TURNED.get(word.lower(), word) for word in words[:20])

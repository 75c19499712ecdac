"""Values that nobody should send."""

TEXTS = [
    " ", ".", "..", "../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..\\..\\..\\etc\\passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%252e%252e%252fetc%252fpasswd", "....//....//etc/passwd", "docs/../../../../etc/passwd",
    "a\0b", "a\r\nX-Injected: yes", "-rf", "--upload-pack=touch pwned", "--output=pwned", "$(touch pwned)", "`touch pwned`",
    "; touch pwned", "| touch pwned", "'; DROP TABLE users; --", "<script>alert(1)</script>", "{{7*7}}", "\u202egnp.exe",
    "\uff0e\uff0e\uff0fetc", "e\u0301", "🦓" * 40, "x" * 5000, "null", "__proto__", "CON", "ext::sh -c touch% pwned", "HEAD@{0}", "@{-1}",
]  # fmt: skip
NUMBERS = ["abc", "-1", "0", "1.5", "1e9", "99999999999999999999", "0x10", "", "１", "NaN", "null"]
WORDS = ["", "maybe", "TRUE", "2", "null", "../x"]
# Bodies that are no JSON object, or none that a careful reader accepts.
BODIES = [
    b"", b"{", b"[]", b"null", b'"text"', b"5", b"{} {}", b'{"a":1,}', b"\xff\xfe{\0}\0", b'{"path": "\\ud800"}',
    b'{"name": "\xc3\x28"}', b"[" * 100_000, b'{"a":' * 20_000, b"NaN", b'{"limit": 1e999}', b"<xml/>",
]  # fmt: skip
WRONG_TYPES = {
    "string": [5, True, [], {}, ["x"]],
    "integer": ["x", 1.5, True, [], {}],
    "number": ["x", True, [], {}],
    "boolean": ["yes", 1, [], {}],
    "array": ["x", 5, {}, [5], [["x"]], [None]],
    "object": ["x", 5, []],
}


def texts_for(schema):
    """What to put where the contract wants a value of this schema and only text can be sent."""
    if schema.get("type") == "integer":
        return NUMBERS
    return WORDS if schema.get("type") == "boolean" else TEXTS

// A workbench with projects, sessions of any length, files and a repository, in the shapes of the API.

const minute = 60_000;
const now = Date.now();
const at = (minutes) => new Date(now - minutes * minute).toISOString();

const names = [
  ["-home-ada-pix", "pix", "/home/ada/pix", ["claude", "codex"], true],
  ["-home-ada-orbit", "orbit", "/home/ada/science/orbit", ["claude", "gemini"], false],
  ["-home-ada-notes", "notes", "/home/ada/notes", ["qwen"], false],
  ["-home-ada-shop-frontend", "shop-frontend", "/home/ada/work/shop-frontend", ["cursor", "opencode", "claude"], false],
];
const titles = [
  "Make the parser survive half-written lines", "Add dark mode to the settings page", "Why does the nightly test hang?",
  "Rename UserStore to AccountStore everywhere", "Write a benchmark for the search index", "Review the retry logic of the uploader",
  "Port the plotting code to the new axis API", "Explain the borrow checker error in pool.rs", "Set up the release workflow",
];

export const sessions = [];
names.forEach(([project, display, , providers], index) => {
  for (let number = 0; number < (index === 0 ? 24 : 4); ++number) {
    const provider = providers[number % providers.length];
    sessions.push({ id: `${display}-${number}`, title: titles[(number + index * 2) % titles.length], provider, lastActivity: at(3 + number * (90 + index * 400) + index * 17), projectName: project, projectDisplayName: display, messageCount: 20 + ((number * 37) % 300) });
  }
});
sessions.unshift({ id: "long", title: "The long one: move the whole service to coroutines", provider: "claude", lastActivity: at(1), projectName: "-home-ada-pix", projectDisplayName: "pix", messageCount: 20000 });

export const projects = names.map(([name, displayName, path, detectedProviders, isStarred]) => {
  const own = sessions.filter((one) => one.projectName === name);
  return { name, displayName, path, fullPath: path, detectedProviders, isStarred, sessions: own.slice(0, 5), sessionMeta: { hasMore: own.length > 5, total: own.length } };
});

const before = `def read_lines(path):
    with open(path) as file:
        for line in file:
            yield json.loads(line)
`;
const after = `def read_lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.endswith("\\n"):
                break  # still being written
            yield json.loads(line)
`;
const answer = `The reader fails because the **last line is still being written** when it is read. Three things follow from that:

1. A line without an end must wait for the next read.
2. A broken line in the *middle* is skipped and counted.
3. The offset moves only past whole lines.

| Case | Before | After |
| --- | --- | ---: |
| half-written last line | \`JSONDecodeError\` | waits |
| broken line | \`JSONDecodeError\` | 1 skipped |

\`\`\`python
def whole_lines(text):
    end = text.rfind("\\n")
    return text[: end + 1], text[end + 1 :]
\`\`\`

See [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) for what counts as JSON. Next:

- [x] read up to the last line end
- [ ] a test with a file that grows
`;

const picture = `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="480" height="240"><rect width="480" height="240" fill="#1d1d33"/><path d="M0 200 C120 20 240 220 480 40" fill="none" stroke="#8f9bff" stroke-width="4"/></svg>').toString("base64")}`;

const turn = (provider, base, index) => {
  const time = (step) => new Date(base + step * 7000).toISOString();
  const id = (step) => `${index}-${step}`;
  const common = (step) => ({ id: id(step), provider, timestamp: time(step) });
  return [
    { ...common(0), kind: "text", role: "user", content: index % 3 === 0 ? "The nightly import stops with a JSON error whenever an agent is still writing. Please find out why and make it robust.\n\n<script>alert(1)</script>" : `Now step ${index}: do the same for the other readers, please.`, ...(index % 7 === 0 ? { images: [{ data: picture, name: "graph.svg" }] } : {}) },
    { ...common(1), kind: "thinking", content: "The traceback points at json.loads, so a line is incomplete. The writer appends without locking; reading to the end of the file sees half a record. I should look at how the offset is kept." },
    { ...common(2), kind: "tool_use", toolName: "Bash", toolId: `b${index}`, toolInput: { command: "rg -n 'json.loads' --type py", description: "Find where lines are parsed" }, toolResult: { content: "reader.py:14:            yield json.loads(line)\nindex.py:88:    return json.loads(raw)\ntests/test_reader.py:20:    json.loads(text)", isError: false } },
    { ...common(3), kind: "tool_use", toolName: "Read", toolId: `r${index}`, toolInput: { file_path: "/home/ada/pix/reader.py" }, toolResult: { content: before, isError: false } },
    { ...common(4), kind: "tool_use", toolName: "TodoWrite", toolId: `t${index}`, toolInput: { todos: [{ content: "Reproduce the failure", status: "completed" }, { content: "Wait for whole lines", status: "in_progress" }, { content: "Test with a growing file", status: "pending" }] }, toolResult: { content: "ok" } },
    { ...common(5), kind: "tool_use", toolName: "Edit", toolId: `e${index}`, toolInput: { file_path: "/home/ada/pix/reader.py", old_string: before, new_string: after }, toolResult: { content: "The file has been updated." } },
    { ...common(6), kind: "tool_use", toolName: "Bash", toolId: `f${index}`, toolInput: { command: "pytest -q" }, toolResult: { content: index % 4 === 1 ? "1 failed, 41 passed in 2.1s\nE   AssertionError: assert 3 == 4" : "42 passed in 2.0s", isError: index % 4 === 1 } },
    { ...common(7), kind: "text", role: "assistant", content: answer, model: "claude-opus-4-1", usage: { input: 1200, output: 640, cacheRead: 48000, cost: 0.0412 } },
  ];
};

const kept = new Map();
export function messagesOf(id) {
  if (kept.has(id)) return kept.get(id);
  const session = sessions.find((one) => one.id === id);
  if (!session) return undefined;
  const turns = Math.ceil(session.messageCount / 8);
  const list = [];
  for (let index = 0; index < turns; ++index) list.push(...turn(session.provider, Date.parse(session.lastActivity) - (turns - index) * 5 * minute, index));
  kept.set(id, list);
  return list;
}

export const grow = (id) => messagesOf(id).push(...turn("claude", Date.now(), messagesOf(id).length));

export function search(query) {
  const results = sessions.slice(0, 6).map((one, index) => {
    const snippet = `... stops with a JSON error whenever an agent is still writing. Please find out why the ${query} fails and make it robust ...`;
    const start = snippet.indexOf(query);
    return { ...one, sessionId: one.id, matches: [{ role: index % 2 ? "assistant" : "user", snippet, highlights: [{ start, end: start + query.length }], timestamp: one.lastActivity, messageId: "0-0" }] };
  });
  return { results, total: results.length };
}

export const files = new Map([
  ["reader.py", `import json\n\n\n${after}`],
  ["index.py", "import re\n\n\ndef words(text):\n    return re.findall(r\"\\w+\", text)\n"],
  ["README.md", "# Example\n\nReads what agents write.\n\n- small\n- quick\n"],
  ["src/main.cc", "#include <iostream>\n\nint main()\n{\n    std::cout << \"hello\\n\";\n}\n"],
  ["src/pool.rs", "pub struct Pool {\n    size: usize,\n}\n"],
  ["tests/test_reader.py", "from reader import read_lines\n\n\ndef test_whole_lines(tmp_path):\n    assert True\n"],
  ["package.json", "{\n  \"name\": \"example\"\n}\n"],
]);

const numbered = (text) => text.split("\n").slice(0, -1);
const diffHead = (file) => `diff --git a/${file} b/${file}\nindex 1a2b3c4..5d6e7f8 100644\n--- a/${file}\n+++ b/${file}\n`;
const readerDiff = `${diffHead("reader.py")}@@ -4,4 +4,6 @@ import json\n def read_lines(path):\n-    with open(path) as file:\n+    with open(path, encoding="utf-8", errors="replace") as file:\n         for line in file:\n+            if not line.endswith("\\n"):\n+                break  # still being written\n             yield json.loads(line)\n`;
const indexDiff = `${diffHead("index.py")}@@ -3,3 +3,3 @@ import re\n \n def words(text):\n-    return re.findall(r"[a-z]+", text)\n+    return re.findall(r"\\w+", text)\n`;

export const git = {
  status: { branch: "main", ahead: 1, behind: 0, upstream: "origin/main", hasCommits: true, modified: ["reader.py", "index.py"], added: [], deleted: ["old/legacy_reader.py"], untracked: ["tests/test_growing.py"], staged: ["index.py"], conflicted: [] },
  branches: { current: "main", local: ["main", "coroutines", "fix/half-lines"], remote: ["origin/main", "origin/coroutines"] },
  commits: Array.from({ length: 30 }, (_, index) => {
    const hash = (number) => (0xabc000 + number * 7919).toString(16).padStart(40, "0");
    const merge = index % 6 === 3;
    return { hash: hash(index), author: index % 3 ? "Ada Lovelace" : "Grace Hopper", email: "ada@example.org", date: at(60 + index * 700), message: ["reader: wait for whole lines", "index: find words of any script", "docs: say how the offset moves", "Merge branch 'coroutines'", "tests: a file that grows", "build: pin the compiler"][index % 6], parents: merge ? [hash(index + 1), hash(index + 2)] : index === 29 ? [] : [hash(index + 1)], refs: index === 0 ? ["HEAD -> main"] : index === 1 ? ["origin/main"] : index === 4 ? ["tag: v0.2"] : [], stats: "2 files changed, 14 insertions(+), 3 deletions(-)" };
  }),
  diff(file) {
    if (file === "reader.py") return readerDiff;
    if (file === "index.py") return indexDiff;
    if (file === "tests/test_growing.py") return `diff --git a/${file} b/${file}\nnew file mode 100644\n--- /dev/null\n+++ b/${file}\n@@ -0,0 +1,3 @@\n+def test_growing(tmp_path):\n+    path = tmp_path / "a.jsonl"\n+    path.write_text("{")\n`;
    if (file) return `diff --git a/${file} b/${file}\ndeleted file mode 100644\n--- a/${file}\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-import json\n-print(json)\n`;
    return readerDiff + indexDiff;
  },
};

export function tree(path) {
  const entries = new Map();
  for (const name of files.keys()) {
    if (path && !name.startsWith(`${path}/`)) continue;
    const rest = path ? name.slice(path.length + 1) : name;
    const [first, ...more] = rest.split("/");
    const full = path ? `${path}/${first}` : first;
    if (!entries.has(first)) entries.set(first, { name: first, path: full, type: more.length ? "directory" : "file", size: more.length ? null : files.get(name).length, modified: at(30) });
  }
  return [...entries.values()].sort((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name));
}

export const oldContent = (file) => (file === "reader.py" ? `import json\n\n\n${before}` : numbered(files.get(file) ?? "").join("\n") + "\n");

"""Claude Code in a scripted conversation."""

import base64
import json

TOOLS = ["Bash", "Read", "Edit", "Write", "TodoWrite", "Task", "Agent"]


class Agent:
    def __init__(self, programs, home, project):
        self.programs, self.home, self.project = programs, home, project
        self.origin = ""
        self.program = programs / "node_modules/@anthropic-ai/claude-code-linux-x64/claude"

    def prepare(self):
        """Nothing: a home that was never used is enough."""

    def environment(self):
        return {
            "ANTHROPIC_BASE_URL": self.origin, "ANTHROPIC_API_KEY": "sk-ant-scripted", "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1", "DISABLE_ERROR_REPORTING": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }  # fmt: skip

    def command(self, run, sessions):
        words = [str(self.program), "-p", "--output-format", "stream-json", "--input-format", "stream-json", "--verbose"]
        words += ["--model", "claude-sonnet-4-5", "--permission-mode", "acceptEdits", "--allowedTools", ",".join(TOOLS)]
        if run.resume:
            words += ["--resume", sessions[run.resume]] + (["--fork-session"] if run.fork else [])
        content = [{"type": "text", "text": run.prompt}]
        if run.picture:
            data = base64.b64encode((self.project / "picture.png").read_bytes()).decode()
            content.append({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}})
        return words, json.dumps({"type": "user", "message": {"role": "user", "content": content}}) + "\n"

    def session(self, run):
        return next((line["session_id"] for line in run.output if isinstance(line, dict) and "session_id" in line), None)

    def runs(self):
        from converse import Run

        return [
            Run("look", "Please look around in this folder and greet the world."),
            Run("edit", "What does this picture show? Then make the greeting friendlier.", resume="look", picture=True),
            Run("fork", "Now try it in Turkish: günaydın dünya.", resume="look", fork=True),
            Run("refused", "This request is too odd for the model.", fails=True),
        ]

    def script(self):
        file = str(self.project / "greeting.py")
        todos = [
            {"content": "Read the greeting", "status": "completed", "activeForm": "Reading the greeting"},
            {"content": "Change the greeting", "status": "in_progress", "activeForm": "Changing the greeting"},
        ]
        return {
            "turns": [
                {"on": "look around in this folder", "answers": [
                    [{"think": "The folder first, then the file."}, {"say": "I look around."},
                     {"call": "Bash", "with": {"command": "ls -1", "description": "List the folder"}}],
                    [{"call": "Read", "with": {"file_path": file}}, {"call": "TodoWrite", "with": {"todos": todos}}],
                    [{"call": "Bash", "with": {"command": "cat missing_file.txt", "description": "Read a file that is not there"}}],
                    [{"call": "Agent", "with": {"description": "Count lines", "prompt": "Helper: count the lines of greeting.py.",
                                                "subagent_type": "general-purpose"}}],
                    [{"say": "`greetWorld` lives in greeting.py. 世界、こんにちは! It returns \"hello\"."}],
                ]},
                {"on": "Helper: count the lines", "answers": [
                    [{"call": "Bash", "with": {"command": "wc -l greeting.py", "description": "Count lines"}}],
                    [{"say": "Two lines."}],
                ]},
                {"on": "make the greeting friendlier", "answers": [
                    [{"think": "A red pixel. Then the edit."}, {"say": "One red pixel."}, {"call": "Read", "with": {"file_path": file}}],
                    [{"call": "Edit", "with": {"file_path": file, "old_string": "hello", "new_string": "hello, dear world"}}],
                    [{"call": "Write", "with": {"file_path": str(self.project / "notes.md"), "content": "# Notes\n\nFriendlier now.\n"}}],
                    [{"say": "The greeting is friendlier now."}],
                ]},
                {"on": "try it in Turkish", "answers": [[{"say": "Günaydın dünya: in Turkish then."}]]},
                {"on": "too odd for the model", "answers": [[{"error": 400, "message": "the model will not have it"}]]},
            ],
            "aside": "{\"title\": \"Greeting the world\"}",
        }  # fmt: skip

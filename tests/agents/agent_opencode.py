"""OpenCode in a scripted conversation."""

import json


class Agent:
    def __init__(self, programs, home, project):
        self.programs, self.home, self.project = programs, home, project
        self.origin = ""
        self.program = programs / "node_modules/opencode-linux-x64/bin/opencode"

    def prepare(self):
        """Nothing: its settings come by the environment."""

    def environment(self):
        scripted = {
            "npm": "@ai-sdk/anthropic", "name": "Scripted", "options": {"baseURL": f"{self.origin}/v1", "apiKey": "scripted"},
            "models": {"claude-sonnet-4-5": {"name": "Scripted", "attachment": True, "reasoning": True, "tool_call": True,
                                             "modalities": {"input": ["text", "image"], "output": ["text"]},
                                             "limit": {"context": 200000, "output": 8000}}},
        }  # fmt: skip
        config = {"autoupdate": False, "share": "disabled", "provider": {"scripted": scripted}, "permission": {"edit": "allow", "bash": "allow"}}
        return {
            "OPENCODE_CONFIG_CONTENT": json.dumps(config), "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1", "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1", "OPENCODE_DISABLE_SHARE": "1",
        }  # fmt: skip

    def command(self, run, sessions):
        words = [str(self.program), "run", "--format", "json", "--dir", str(self.project), "--thinking", "--auto"]
        words += ["--model", "scripted/claude-sonnet-4-5"]
        words += ["--session", sessions[run.resume]] if run.resume else []
        words += ["--fork"] if run.fork else []
        words += ["--file", "picture.png"] if run.picture else []
        return words, run.prompt

    def session(self, run):
        return next((line["sessionID"] for line in run.output if isinstance(line, dict) and "sessionID" in line), None)

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
            {"content": "Read the greeting", "status": "completed", "priority": "high", "id": "1"},
            {"content": "Change the greeting", "status": "in_progress", "priority": "high", "id": "2"},
        ]
        return {
            "turns": [
                {"on": "look around in this folder", "answers": [
                    [{"think": "The folder first, then the file."}, {"say": "I look around."},
                     {"call": "bash", "with": {"command": "ls -1", "description": "List the folder"}}],
                    [{"call": "read", "with": {"filePath": file}}, {"call": "todowrite", "with": {"todos": todos}}],
                    [{"call": "bash", "with": {"command": "cat missing_file.txt", "description": "Read a file that is not there"}}],
                    [{"call": "task", "with": {"description": "Count lines", "prompt": "Helper: count the lines of greeting.py.",
                                               "subagent_type": "general"}}],
                    [{"say": "`greetWorld` lives in greeting.py. 世界、こんにちは! It returns \"hello\"."}],
                ]},
                {"on": "Helper: count the lines", "answers": [
                    [{"call": "bash", "with": {"command": "wc -l greeting.py", "description": "Count lines"}}],
                    [{"say": "Two lines."}],
                ]},
                {"on": "make the greeting friendlier", "answers": [
                    [{"think": "A red pixel. Then the edit."}, {"say": "One red pixel."},
                     {"call": "edit", "with": {"filePath": file, "oldString": '"hello"', "newString": '"hello, dear world"'}}],
                    [{"call": "write", "with": {"filePath": str(self.project / "notes.md"), "content": "# Notes\n\nFriendlier now.\n"}}],
                    [{"say": "The greeting is friendlier now."}],
                ]},
                {"on": "try it in Turkish", "answers": [[{"say": "Günaydın dünya: in Turkish then."}]]},
                {"on": "too odd for the model", "answers": [[{"error": 400, "message": "the model will not have it"}]]},
            ],
            "aside": "Greeting the world",
        }  # fmt: skip

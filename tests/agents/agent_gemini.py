"""Gemini CLI in a scripted conversation. It cannot fork a session."""

import json


class Agent:
    def __init__(self, programs, home, project):
        self.programs, self.home, self.project = programs, home, project
        self.origin = ""
        self.program = programs / "node_modules/.bin/gemini"

    def prepare(self):
        folder = self.home / ".gemini"
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "security": {"auth": {"selectedType": "gemini-api-key"}}, "privacy": {"usageStatisticsEnabled": False},
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False}, "telemetry": {"enabled": False},
        }  # fmt: skip
        (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    def environment(self):
        return {"GEMINI_API_KEY": "scripted", "GOOGLE_GEMINI_BASE_URL": self.origin, "GEMINI_CLI_NO_RELAUNCH": "true"}

    def command(self, run, sessions):
        words = [str(self.program), "-o", "stream-json", "--skip-trust", "-m", "gemini-2.5-pro", "--approval-mode", "yolo"]
        words += ["-r", sessions[run.resume]] if run.resume else []
        return words, run.prompt + (" @picture.png" if run.picture else "")

    def session(self, run):
        return next((line["session_id"] for line in run.output if isinstance(line, dict) and "session_id" in line), None)

    def runs(self):
        from converse import Run

        return [
            Run("look", "Please look around in this folder and greet the world."),
            Run("edit", "What does this picture show? Then make the greeting friendlier.", resume="look", picture=True),
            Run("refused", "This request is too odd for the model.", fails=True),
        ]

    def script(self):
        file = str(self.project / "greeting.py")
        change = {"file_path": file, "instruction": "Friendlier", "old_string": '"hello"', "new_string": '"hello, dear world"'}
        return {
            "turns": [
                {"on": "look around in this folder", "answers": [
                    [{"think": "**Looking**\nThe folder first, then the file."}, {"say": "I look around."},
                     {"call": "run_shell_command", "with": {"command": "ls -1", "description": "List the folder"}}],
                    [{"call": "read_file", "with": {"file_path": file}}],
                    [{"call": "run_shell_command", "with": {"command": "cat missing_file.txt"}}],
                    [{"say": "`greetWorld` lives in greeting.py. 世界、こんにちは! It returns \"hello\"."}],
                ]},
                {"on": "make the greeting friendlier", "answers": [
                    [{"think": "**Editing**\nA red pixel. Then the edit."}, {"say": "One red pixel."}, {"call": "replace", "with": change}],
                    [{"call": "write_file", "with": {"file_path": str(self.project / "notes.md"), "content": "# Notes\n\nFriendlier now.\n"}}],
                    [{"say": "The greeting is friendlier now."}],
                ]},
                {"on": "too odd for the model", "answers": [[{"error": 400, "message": "the model will not have it"}]]},
            ],
            "aside": "{\"reasoning\": \"done\", \"next_speaker\": \"user\"}",
        }  # fmt: skip

"""Qwen Code in a scripted conversation."""

import json


class Agent:
    def __init__(self, programs, home, project):
        self.programs, self.home, self.project = programs, home, project
        self.origin = ""
        self.program = programs / "node_modules/.bin/qwen"

    def prepare(self):
        folder = self.home / ".qwen"
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False},
            "general": {"disableAutoUpdate": True, "disableUpdateNag": True, "enableAutoUpdate": False},
            "tools": {"todoWrite": {"enabled": True}},
        }  # fmt: skip
        (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    def environment(self):
        return {"OPENAI_API_KEY": "scripted", "OPENAI_BASE_URL": f"{self.origin}/v1", "QWEN_CODE_NO_RELAUNCH": "true"}

    def command(self, run, sessions):
        words = [str(self.program), "-o", "stream-json", "--auth-type", "openai"]
        words += ["-m", "qwen3-coder-plus", "--approval-mode", "yolo"]
        words += ["-r", sessions[run.resume]] if run.resume else []
        words += ["--fork-session"] if run.fork else []
        return words, run.prompt + (" @picture.png" if run.picture else "")

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
            {"id": "1", "content": "Read the greeting", "status": "completed"},
            {"id": "2", "content": "Change the greeting", "status": "in_progress"},
        ]
        change = {"file_path": file, "old_string": '"hello"', "new_string": '"hello, dear world"'}
        return {
            "turns": [
                {"on": "look around in this folder", "answers": [
                    [{"think": "The folder first, then the file."}, {"say": "I look around."},
                     {"call": "run_shell_command", "with": {"command": "ls -1", "description": "List", "is_background": False}}],
                    [{"call": "read_file", "with": {"file_path": file}}, {"call": "todo_write", "with": {"todos": todos}}],
                    [{"call": "run_shell_command", "with": {"command": "cat missing_file.txt", "is_background": False}}],
                    [{"say": "`greetWorld` lives in greeting.py. 世界、こんにちは! It returns \"hello\"."}],
                ]},
                {"on": "make the greeting friendlier", "answers": [
                    [{"think": "A red pixel. Then the edit."}, {"say": "One red pixel."}, {"call": "read_file", "with": {"file_path": file}}],
                    [{"call": "edit", "with": change}],
                    [{"call": "write_file", "with": {"file_path": str(self.project / "notes.md"), "content": "# Notes\n\nFriendlier now.\n"}}],
                    [{"say": "The greeting is friendlier now."}],
                ]},
                {"on": "try it in Turkish", "answers": [[{"say": "Günaydın dünya: in Turkish then."}]]},
                {"on": "too odd for the model", "answers": [[{"error": 400, "message": "the model will not have it"}]]},
            ],
        }  # fmt: skip

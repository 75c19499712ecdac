"""Codex in a scripted conversation."""

PATCH = """*** Begin Patch
*** Update File: greeting.py
@@
 def greet_world():
-    return "hello"
+    return "hello, dear world"
*** Add File: notes.md
+# Notes
+
+Friendlier now.
*** End Patch
"""


SETTINGS = """
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
apps = false
"""


class Agent:
    def __init__(self, programs, home, project):
        self.programs, self.home, self.project = programs, home, project
        self.origin = ""
        self.program = programs / "node_modules/.bin/codex"

    def prepare(self):
        folder = self.home / ".codex"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(SETTINGS, encoding="utf-8")

    def environment(self):
        return {"CODEX_API_KEY": "sk-scripted"}

    def command(self, run, sessions):
        words = [str(self.program), "exec"]
        if run.resume:
            words += ["fork" if run.fork else "resume"]
        words += ["--json", "--dangerously-bypass-approvals-and-sandbox", "--skip-git-repo-check", "-m", "gpt-5.5"]
        words += ["-c", f'openai_base_url="{self.origin}/v1"']
        words += ["-i", "picture.png"] if run.picture else []
        words += [sessions[run.resume]] if run.resume else []
        return words + ["-"], run.prompt

    def session(self, run):
        return next((line["thread_id"] for line in run.output if isinstance(line, dict) and "thread_id" in line), None)

    def runs(self):
        from converse import Run

        return [
            Run("look", "Please look around in this folder and greet the world."),
            Run("edit", "What does this picture show? Then make the greeting friendlier.", resume="look", picture=True),
            Run("fork", "Now try it in Turkish: günaydın dünya.", resume="look", fork=True),
            Run("refused", "This request is too odd for the model.", fails=True),
        ]

    def script(self):
        plan = [{"step": "Read the greeting", "status": "completed"}, {"step": "Change the greeting", "status": "in_progress"}]
        return {
            "turns": [
                {"on": "look around in this folder", "answers": [
                    [{"think": "The folder first, then the file."}, {"say": "I look around."},
                     {"call": "exec_command", "with": {"cmd": "ls -1"}}],
                    [{"call": "update_plan", "with": {"plan": plan}}],
                    [{"call": "exec_command", "with": {"cmd": "cat missing_file.txt"}}],
                    [{"say": "`greetWorld` lives in greeting.py. 世界、こんにちは! It returns \"hello\"."}],
                ]},
                {"on": "make the greeting friendlier", "answers": [
                    [{"think": "A red pixel. Then the edit."}, {"say": "One red pixel."}, {"call": "apply_patch", "raw": PATCH}],
                    [{"say": "The greeting is friendlier now."}],
                ]},
                {"on": "try it in Turkish", "answers": [[{"say": "Günaydın dünya: in Turkish then."}]]},
                {"on": "too odd for the model", "answers": [[{"error": 400, "message": "the model will not have it"}]]},
            ],
        }  # fmt: skip

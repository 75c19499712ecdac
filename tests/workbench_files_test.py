"""The files of a project over the workbench's door: what people do with them, and what nobody may."""

import base64
import io
import json
import os
import socket
import threading
import urllib.parse
import zipfile
from pathlib import Path

import pytest

from contract.world import World
from pix_server import wait_for

BOUNDARY = "----pix-files-test"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("files"), with_account=True)
    yield world
    world.server.kill()


class Project:
    """A project with a folder of its own, asked as the page asks."""

    def __init__(self, world):
        self.world = world
        self.folder = world.folder()
        self.name = world.project(self.folder)

    def ask(self, method, rest, body=None, headers=None, raw=None, **query):
        target = f"/api/projects/{urllib.parse.quote(self.name, safe='')}{rest}"
        if query:
            target += "?" + urllib.parse.urlencode(query)
        headers = {**self.world_credential(), **(headers or {})}
        if raw is not None:
            return self.world.server.request(method, target, door="workbench", body=raw, headers=headers)
        return self.world.server.request(method, target, door="workbench", json_body=body, headers=headers)

    def world_credential(self):
        return {"Authorization": f"Bearer {self.world.token}"}

    def good(self, method, rest, body=None, status=200, **more):
        reply = self.ask(method, rest, body, **more)
        assert reply.status == status, (rest, reply.status, reply.body[:500])
        return reply.json() if reply.headers.get_content_type() == "application/json" else reply

    def bad(self, status, code, method, rest, body=None, **more):
        reply = self.ask(method, rest, body, **more)
        assert reply.status == status, (rest, reply.status, reply.body[:500])
        error = reply.json()
        assert error["success"] is False and error["error"]["message"]
        assert code is None or error["error"]["code"] == code, error
        return error

    def upload(self, files, **fields):
        parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
        parts += [(f'name="files"; filename="{name}"', content) for name, content in files]
        body = b"".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.ask("POST", "/files/upload", raw=body + f"--{BOUNDARY}--\r\n".encode(), headers=kind)

    def names(self, path="", **query):
        return [entry["name"] for entry in self.good("GET", "/files", path=path, **query)]

    def left_over(self):
        return [path for path in self.folder.rglob(".pix-*")]


@pytest.fixture
def project(world):
    return Project(world)


# --- listing --------------------------------------------------------------------------------------------------------


def test_a_level_at_a_time(project):
    (project.folder / "node_modules" / "x").mkdir(parents=True)
    (project.folder / "Zoo").mkdir()
    listed = project.good("GET", "/files")
    assert [entry["name"] for entry in listed] == ["docs", "Zoo", "a.txt"]
    assert listed[2]["path"] == "a.txt" and listed[2]["size"] == 4 and listed[2]["permissions"] == "644"
    assert "children" not in listed[0]
    deep = project.good("GET", "/files", depth="3")
    assert [child["path"] for child in deep[0]["children"]] == ["docs/read me.md"]
    assert project.names("docs") == ["read me.md"]
    assert project.names(str(project.folder / "docs")) == ["read me.md"]


def test_rules_of_gitignore_are_honoured(project):
    (project.folder / "build").mkdir()
    (project.folder / "out.log").write_text("")
    assert project.names() == ["docs", "a.txt", "out.log"]
    (project.folder / ".gitignore").write_text("*.log\n")
    assert project.names(respectGitignore="true") == ["build", "docs", ".gitignore", "a.txt"]


def test_a_huge_folder_is_refused_or_cut(project):
    big = project.folder / "big"
    big.mkdir()
    for number in range(10_001):
        (big / str(number)).touch()
    project.bad(413, "FILE_TREE_TOO_LARGE", "GET", "/files", path="big")
    cut = project.ask("GET", "/files", path="big", truncate="1")
    assert cut.status == 200 and cut.header("X-Pixcode-File-Tree-Truncated") == "1" and len(cut.json()) == 10_000


# --- reading and writing --------------------------------------------------------------------------------------------


def test_read_edit_save(project):
    read = project.good("GET", "/file", path="a.txt")
    assert (read["content"], read["encoding"], read["size"]) == ("two\n", "utf-8", 4)
    same = project.ask("GET", "/file", path="a.txt", headers={"If-None-Match": read["etag"]})
    assert same.status == 304
    os.chmod(project.folder / "a.txt", 0o750)
    saved = project.good("PUT", "/file", {"path": "a.txt", "content": "drei ü\n"}, headers={"If-Match": read["etag"]})
    assert saved["success"] is True and saved["etag"] != read["etag"]
    assert (project.folder / "a.txt").read_text(encoding="utf-8") == "drei ü\n"
    assert (project.folder / "a.txt").stat().st_mode & 0o777 == 0o750
    project.bad(409, "FILE_CHANGED", "PUT", "/file", {"path": "a.txt", "content": "late"}, headers={"If-Match": read["etag"]})
    assert project.left_over() == []


def test_older_names_of_fields(project):
    assert project.good("GET", "/file", filePath="a.txt")["content"] == "two\n"
    project.good("PUT", "/file", {"filePath": "a.txt", "content": "x"})
    project.good("POST", "/files/create", {"path": "docs", "name": "new.md", "type": "file"}, status=201)
    project.good("PUT", "/files/rename", {"oldPath": "docs/new.md", "newName": "old.md"})
    assert project.names("docs") == ["old.md", "read me.md"]
    project.good("DELETE", "/files", path="docs/old.md")
    assert project.names("docs") == ["read me.md"]


def test_bytes_that_are_no_text(project):
    (project.folder / "b.bin").write_bytes(b"a\0b")
    read = project.good("GET", "/file", path="b.bin")
    assert (read["content"], read["encoding"]) == ("YQBi", "base64")
    body = {"path": "b.bin", "content": base64.b64encode(bytes(range(256))).decode(), "encoding": "base64"}
    project.good("PUT", "/file", body)
    assert (project.folder / "b.bin").read_bytes() == bytes(range(256))
    (project.folder / "wide.txt").write_bytes("grüß".encode("utf-16"))
    read = project.good("GET", "/file", path="wide.txt", decode="1")
    assert (read["content"], read["charset"]) == ("grüß", "utf-16le")
    project.good("PUT", "/file", {"path": "wide.txt", "content": "gut", "charset": read["charset"]})
    assert (project.folder / "wide.txt").read_bytes() == "gut".encode("utf-16")


def test_a_file_of_100_mb_is_sent_in_pieces(project):
    size = 100 * 1024 * 1024
    with open(project.folder / "large.bin", "wb") as file:
        file.truncate(size)
        file.seek(size - 5)
        file.write(b"end\r\n")
    project.bad(413, "FILE_TOO_LARGE", "GET", "/file", path="large.bin")
    part = project.ask("GET", "/files/content", path="large.bin", headers={"Range": "bytes=-5"})
    assert part.status == 206 and part.body == b"end\r\n"
    assert part.header("Content-Range") == f"bytes {size - 5}-{size - 1}/{size}"
    before = resident(project.world.server.pid)
    assert len(project.ask("GET", "/files/content", path="large.bin").body) == size
    assert resident(project.world.server.pid) - before < 16 * 1024 * 1024


def resident(pid):
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def test_content_cannot_act(project):
    (project.folder / "page.html").write_text("<script>alert(1)</script>")
    (project.folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    for name, disposition in (("page.html", "attachment"), ("drawing.svg", "inline")):
        reply = project.ask("GET", "/files/content", path=name)
        assert "html" not in reply.header("Content-Type")
        assert reply.header("Content-Disposition").startswith(disposition)
        assert reply.header("Content-Security-Policy").startswith("sandbox")
        assert reply.header("X-Content-Type-Options") == "nosniff"


# --- changes --------------------------------------------------------------------------------------------------------


def test_create_rename_delete_undo(project):
    project.good("POST", "/files/create", {"path": "x/y/z.txt", "type": "file", "content": "z"}, status=201)
    project.bad(409, "ALREADY_EXISTS", "POST", "/files/create", {"path": "x/y/z.txt", "type": "file"})
    project.good("PUT", "/files/rename", {"oldPath": "x/y", "newPath": "docs/y"})
    project.bad(409, "ALREADY_EXISTS", "PUT", "/files/rename", {"oldPath": "a.txt", "newPath": "docs/y"})
    gone = project.good("DELETE", "/files", {"path": "docs", "type": "directory"})
    assert gone["type"] == "directory" and not (project.folder / "docs").exists()
    assert [entry["path"] for entry in project.good("GET", "/files/trash")] == ["docs"]
    project.good("POST", "/files/restore", {"undo": gone["undo"]})
    assert (project.folder / "docs" / "y" / "z.txt").read_text() == "z"
    assert project.good("DELETE", "/files", {"path": "x"}, permanent="1")["undo"] is None
    assert project.good("GET", "/files/trash") == []
    late = project.good("DELETE", "/files", {"path": "a.txt"})["undo"]
    assert project.good("DELETE", "/files/trash")["removed"] == 1
    project.bad(404, "TRASH_NOT_FOUND", "POST", "/files/restore", {"undo": late})


def test_the_project_itself_is_not_touched(project):
    project.bad(403, None, "DELETE", "/files", {"path": "."})
    project.bad(403, None, "DELETE", "/files", {"path": str(project.folder)})
    project.bad(403, None, "PUT", "/files/rename", {"oldPath": "docs/..", "newPath": "b"})
    assert (project.folder / "a.txt").exists()


def test_names_that_nobody_can_have(project):
    for name in ("CON", "a:b", "a\\b", "a\nb", "...", " ", "lpt1.txt", "x" * 256):
        project.bad(400, None, "POST", "/files/create", {"path": ".", "name": name, "type": "file"})
        project.bad(400, None, "PUT", "/files/rename", {"oldPath": "a.txt", "newName": name})
    project.good("POST", "/files/create", {"path": "--help", "type": "directory"}, status=201)
    project.good("POST", "/files/create", {"path": "-rf/$(x)", "type": "file"}, status=201)


# --- climbing -------------------------------------------------------------------------------------------------------

OUT = [
    "..", "../", "../secret", "docs/../../secret", "./../secret", "/etc/passwd", "//etc/passwd", "out/secret", "etc/passwd", "passwd",
    "up/secret",
]  # fmt: skip
ODD = ["%2e%2e/secret", "%252e%252e%252fsecret", "..\\secret", "....//secret", "\uff0e\uff0e/secret", "file:///etc/passwd"]


@pytest.fixture
def tempted(project):
    (project.folder.parent / "secret").write_text("do not show")
    (project.folder / "out").symlink_to(project.folder.parent)
    (project.folder / "etc").symlink_to("/etc")
    (project.folder / "passwd").symlink_to("/etc/passwd")
    (project.folder / "docs" / "up").symlink_to("../..")
    (project.folder / "up").symlink_to("docs/up")
    return project


@pytest.mark.parametrize("path", OUT)
def test_nothing_leads_out(tempted, path):
    for rest in ("/file", "/files", "/files/content", "/files/archive"):
        tempted.bad(403, "PATH_OUTSIDE_PROJECT", "GET", rest, path=path)
    tempted.bad(403, "PATH_OUTSIDE_PROJECT", "PUT", "/file", {"path": path, "content": "bad"})
    tempted.bad(403, None, "POST", "/files/create", {"path": path + "/new/x", "type": "file"})
    tempted.bad(403, None, "PUT", "/files/rename", {"oldPath": "a.txt", "newPath": path + "/a.txt"})
    assert tempted.upload([("x", b"bad")], targetPath=path).status == 403
    assert (tempted.folder.parent / "secret").read_text() == "do not show"
    assert not (tempted.folder.parent / "new").exists() and not (tempted.folder.parent / "x").exists()


@pytest.mark.parametrize("path", ODD)
def test_odd_spellings_are_only_names(tempted, path):
    for rest in ("/file", "/files", "/files/content"):
        tempted.bad(404, None, "GET", rest, path=path)


def test_raw_spellings_in_the_address(tempted):
    for text in ("..%2fsecret", "%2e%2e/secret", "docs%2f..%2f..%2fsecret", "%2fetc%2fpasswd"):
        assert tempted.ask("GET", f"/file?path={text}").status == 403
    assert tempted.ask("GET", "/file?path=a%00.txt").status == 400


def test_a_link_is_deleted_and_not_what_it_leads_to(tempted):
    tempted.good("DELETE", "/files", {"path": "out"}, permanent="1")
    assert (tempted.folder.parent / "secret").read_text() == "do not show"
    assert not (tempted.folder / "out").is_symlink()


def test_folders_that_turn_into_links_meanwhile(tempted):
    folder = tempted.folder
    (folder / "swap").mkdir()
    (folder / "swap" / "secret").write_text("inside")
    done = threading.Event()

    def swap():
        while not done.is_set():
            os.rename(folder / "swap", folder / "was")
            os.symlink("..", folder / "swap")
            os.unlink(folder / "swap")
            os.rename(folder / "was", folder / "swap")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(200):
            assert "do not show" not in tempted.ask("GET", "/file", path="swap/secret").text
    finally:
        done.set()
        swapper.join()


# --- odd things in the tree -----------------------------------------------------------------------------------------


def test_sockets_and_fifos_do_not_hold_anybody_up(project):
    os.mkfifo(project.folder / "fifo")
    with socket.socket(socket.AF_UNIX) as plug:
        here = os.open(project.folder, os.O_PATH)
        plug.bind(f"/proc/self/fd/{here}/plug")
        os.close(here)
        assert project.names() == ["docs", "a.txt", "fifo", "plug"]
        for name in ("fifo", "plug"):
            project.bad(400, "NOT_A_FILE", "GET", "/file", path=name)
            project.bad(400, "NOT_A_FILE", "GET", "/files/content", path=name)
            project.bad(400, "NOT_A_FILE", "PUT", "/file", {"path": name, "content": "x"})
            project.good("DELETE", "/files", {"path": name})


def test_names_that_are_not_utf8(project):
    (Path(os.fsdecode(bytes(project.folder) + b"/caf\xe9.txt"))).write_text("x")
    entry = next(entry for entry in project.good("GET", "/files") if "encodedPath" in entry)
    assert entry["name"] == "caf\ufffd.txt"
    assert project.good("GET", "/file", encodedPath=entry["encodedPath"])["content"] == "x"
    project.good("PUT", "/files/rename", {"encodedOldPath": entry["encodedPath"], "oldPath": "", "newPath": "café.txt"})
    assert (project.folder / "café.txt").read_text() == "x"


# --- bytes in and out -----------------------------------------------------------------------------------------------


def test_upload(project):
    reply = project.upload(
        [("one.txt", b"1"), ("two.txt", b"2")], targetPath="in", relativePaths=json.dumps(["a/one.txt", "b/two.txt"])
    )
    assert reply.status == 200, reply.text
    assert [file["path"] for file in reply.json()["files"]] == ["in/a/one.txt", "in/b/two.txt"]
    assert (project.folder / "in" / "b" / "two.txt").read_bytes() == b"2"
    assert project.upload([("new", b""), ("a.txt", b"bad")]).status == 409
    assert not (project.folder / "new").exists() and (project.folder / "a.txt").read_text() == "two\n"
    assert project.upload([("a.txt", b"good")], overwrite="true").status == 200
    assert (project.folder / "a.txt").read_bytes() == b"good"
    for bad in ("../x", "/etc/x", "a/../../x"):
        assert project.upload([("x", b"bad")], relativePaths=json.dumps([bad])).status == 403
    assert project.upload([(str(number), b"") for number in range(21)]).status == 400
    assert project.left_over() == []


def test_a_folder_as_a_zip_file(project):
    (project.folder / "grüße.txt").write_text("hallo", encoding="utf-8")
    reply = project.good("GET", "/files/archive")
    assert reply.header("Content-Type") == "application/zip"
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        assert archive.testzip() is None
        top = project.folder.name
        assert archive.read(f"{top}/a.txt") == b"two\n"
        assert archive.read(f"{top}/grüße.txt") == b"hallo"
        assert not any("/.git/" in name for name in archive.namelist())


def test_a_client_that_leaves_a_download_leaves_nothing_behind(project):
    with open(project.folder / "large.bin", "wb") as file:
        file.truncate(500 * 1024 * 1024)
    pid = project.world.server.pid
    before = len(os.listdir(f"/proc/{pid}/fd"))
    for rest in ("/files/content?path=large.bin", "/files/archive"):
        target = f"/api/projects/{urllib.parse.quote(project.name, safe='')}{rest}"
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in project.world_credential().items()), "", ""]
        with project.world.server.raw(door="workbench") as plain:
            plain.sendall("\r\n".join(lines).encode())
            assert plain.recv(1000).startswith(b"HTTP/1.1 200")
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= before, "the files to be closed")


def test_search_by_name(project):
    (project.folder / "src").mkdir()
    for name in ("file_handlers_test.cc", "main.cc", "domain.cc"):
        (project.folder / "src" / name).touch()
    found = project.good("GET", "/files/search", q="main")
    assert [hit["path"] for hit in found["results"]] == ["src/main.cc", "src/domain.cc"]
    assert project.good("GET", "/files/search", q="fht")["results"][0]["name"] == "file_handlers_test.cc"


def form(field, name, content):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def test_images_for_a_prompt(project):
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    body = form("images", "a.png", b"\x89PNG\r\n\x1a\n")
    images = project.good("POST", "/upload-images", raw=body, headers=kind)["images"]
    assert images[0]["data"].startswith("data:image/png;base64,") and images[0]["mimeType"] == "image/png"


def test_attachments_for_a_prompt(world):
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    body = form("file", "../../notes.txt", b"text")
    reply = world.server.request("POST", "/api/assets", door="workbench", body=body, headers=headers)
    assert reply.status == 200, reply.text
    kept = reply.json()
    path = Path(kept["path"])
    assert path.read_bytes() == b"text" and path.stat().st_mode & 0o777 == 0o600
    assert world.server.home in path.parents and kept["mimeType"] == "text/plain" and kept["size"] == 4


# --- outside projects -----------------------------------------------------------------------------------------------


def test_browse_and_make_a_folder(world):
    home = world.get("/api/browse-filesystem")
    assert home["path"] == str(world.home.resolve()) or home["path"] == str(world.home)
    assert world.get("/api/browse-filesystem?path=/")["parent"] is None
    made = world.post("/api/create-folder", {"path": "~/fresh"})
    assert Path(made["path"]).is_dir()
    for path, status in (("~/fresh", 409), ("/etc/fresh", 403), ("~/none/fresh", 404), ("", 400), ("fresh", 400)):
        headers = {"Authorization": f"Bearer {world.token}"}
        reply = world.server.post("/api/create-folder", door="workbench", json_body={"path": path}, headers=headers)
        assert reply.status == status, (path, reply.text)


def test_a_project_that_is_gone(world, project):
    project.bad(404, "FILE_NOT_FOUND", "GET", "/file", path="none")
    other = Project(world)
    other.name = "no-such-project"
    other.bad(404, "PROJECT_NOT_FOUND", "GET", "/files")

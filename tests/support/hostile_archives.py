"""Archives and repositories for tests: honest ones, and what else the formats can hold."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIRST_FILES: Final = {"etl.py": b"print('etl')\n", "run.sh": b"#!/bin/sh\n"}


def make_zip(path: Path, members: Mapping[str, bytes], **modes: int) -> Path:
    """Write a zip; what ends in ``.sh`` is executable, ``modes`` says otherwise."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            default = 0o100755 if name.endswith(".sh") else 0o100644
            info.external_attr = modes.get(name, default) << 16
            archive.writestr(info, content, compresslevel=1)
    return path


def make_tar(path: Path, *members: tarfile.TarInfo | tuple[str, bytes]) -> Path:
    """Write a ``.tar.gz`` of files and of entries of any other kind."""
    path.write_bytes(tar_bytes(*members))
    return path


def tar_bytes(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    """Return a ``.tar.gz``."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            info.mode = 0o755 if member[0].endswith(".sh") else 0o644
            archive.addfile(info, io.BytesIO(member[1]))
    return packed.getvalue()


def tar_entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return an entry without content: a link, a pipe, a device."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


class Repository:
    """A repository with one honest commit, made by the host's git."""

    def __init__(self, path: Path, files: Mapping[str, bytes] = FIRST_FILES) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
            (path / name).chmod(0o755 if name.endswith(".sh") else 0o644)
        self.commit("First steps")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Real Name",
            "GIT_AUTHOR_EMAIL": "real.name@example.org",
            "GIT_COMMITTER_NAME": "Real Name",
            "GIT_COMMITTER_EMAIL": "real.name@example.org",
            "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+0900",
            "GIT_COMMITTER_DATE": "2026-01-02T04:04:05+0900",
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=environment,
            input=stdin,
            check=True,
            capture_output=True,
        )
        return done.stdout.decode().strip()

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def add_blob(self, content: bytes) -> str:
        """Put a blob into the repository and return its name."""
        return self.git("hash-object", "-w", "--stdin", stdin=content)

    def add_entry(self, mode: str, path: str, content: bytes = b"") -> str:
        """Commit an index entry of any mode, without a file on disk."""
        name = "1" * 40 if mode == "160000" else self.add_blob(content)
        self.git("update-index", "--add", "--cacheinfo", f"{mode},{name},{path}")
        self.git("commit", "--quiet", "--no-verify", "-m", f"Add {path}")
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, *lines: str) -> str:
        """Commit a tree that no check of git's has seen; a line is ``MODE TYPE NAME<tab>PATH``."""
        listing = "".join(f"{line}\0" for line in lines).encode()
        tree = self.git("mktree", "-z", "--missing", stdin=listing)
        commit = self.git("commit-tree", "-m", "A tree", tree)
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    def tree_lines(self) -> list[str]:
        """Return the lines of the tree of HEAD, as ``commit_tree`` takes them."""
        return self.git("ls-tree", "-z", "HEAD").rstrip("\0").split("\0")


def plant_commands(repository: Repository, marker: Path) -> None:
    """Put a command into every place of ``.git`` that is known to run one."""
    script = repository.path.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    script.chmod(0o755)
    git = repository.path / ".git"
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        (git / "hooks" / hook).parent.mkdir(exist_ok=True)
        shutil.copy(script, git / "hooks" / hook)
    (git / "info").mkdir(exist_ok=True)
    (git / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    (git / "included").write_text(f"[core]\n\tsshCommand = {script}\n")
    with (git / "config").open("a") as file:
        file.write(
            f"[core]\n\tfsmonitor = {script}\n\tpager = {script}\n\thooksPath = .git/hooks\n"
            f"\talternateRefsCommand = {script}\n\tgitProxy = {script}\n"
            f'[diff "evil"]\n\ttextconv = {script}\n\tcommand = {script}\n'
            f'[filter "evil"]\n\tsmudge = {script}\n\tclean = {script}\n\trequired = true\n'
            f"[diff]\n\texternal = {script}\n"
            f"[gpg]\n\tprogram = {script}\n[log]\n\tshowSignature = true\n"
            f"[include]\n\tpath = included\n[alias]\n\tls-tree = !{script}\n"
            f"[uploadpack]\n\tpackObjectsHook = {script}\n"
        )

"""Reads one commit of a git repository: ``ls-tree`` and ``cat-file``, never a checkout.

Protocol 1, frames as in ``wire.py``. Says ``ready`` protocol; then takes

* ``read`` revision (None for HEAD), want (``tree`` or ``log``), limits, leave_out, max_commits,
  and, to fetch instead of taking files: url, depth, ca (bool; then the body is the CA bundle);
* ``file`` path + body, any number: files of the ``.git`` folder, a long one in several frames. Only
  HEAD, packed-refs, shallow, refs/, loose objects, packs and their indexes are kept: no config,
  hooks, alternates or attributes reach the repository, which is a fresh one of this script's;
* ``go``.

and answers with any number of

* ``commit`` hash, author_s, committer_s (seconds since 1970), subject: newest first;
* ``entry``, ``left_out`` and ``over`` as in ``unpack.py``; kinds are ``file``, ``too_large``,
  ``symlink``, ``submodule``, ``special`` and ``missing`` (the object is not in the repository);
* ``failed`` reason, detail: ``fetch``, ``revision`` (no such commit), ``corrupt``, ``space`` or
  ``path`` (a file that is not kept was sent);

and last ``end`` commit (its hash or None).

Standard library only; also runs on Python 3.8. Needs git.
"""

import errno
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import unpack
import wire

PROTOCOL = 1
REPOSITORY = os.path.join(wire.ROOT, "repository.git")
CA_FILE = os.path.join(wire.ROOT, "ca.pem")
MAX_LINE_BYTES = 1 << 16
MAX_SUBJECT_CHARS = 200
MAX_LOG_BYTES = 8 << 20
MAX_TIME_S = 253402300799  # the year 9999
KEPT = re.compile(
    r"HEAD|packed-refs|shallow|refs/(?!\.)(?!.*/\.)[^\x00-\x1f\x7f\\]{1,230}"
    r"|objects/[0-9a-f]{2}/[0-9a-f]{38}|objects/pack/pack-[0-9a-f]{40}\.(pack|idx)"
)
FULL = re.compile("No space left|File too large|Disk quota")
# Source: git(1) and git-config(1); what runs commands of the repository's choice is off.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "https",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=",
    "core.attributesFile=/dev/null",
    "safe.bareRepository=explicit",
    "transfer.fsckObjects=true",
    "fetch.unpackLimit=1",
    "pack.threads=1",
    "gc.auto=0",
    "maintenance.auto=false",
    "credential.helper=",
    "http.cookieFile=",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=20",
    "protocol.allow=never",
    "protocol.https.allow=always",
)


class Failed(Exception):
    """Reading ends here; carries reason and detail."""

    def __init__(self, reason, detail=""):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail[-500:]


def git(*arguments):
    """Return the command line of one git call."""
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    head = ["git", "--git-dir=" + REPOSITORY, "--no-replace-objects", "--no-pager"]
    return [*head, *settings, *arguments]


def start(*arguments):
    return subprocess.Popen(
        git(*arguments),
        env=ENVIRONMENT,
        cwd=wire.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def ask(*arguments):
    """Run git to its end; return (code, output, last words)."""
    done = subprocess.run(
        git(*arguments),
        env=ENVIRONMENT,
        cwd=wire.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip()


# --- the repository ------------------------------------------------------------------------------


def make_repository():
    code, _, words = ask("init", "--quiet", "--bare", "--template=", REPOSITORY)
    if code:
        raise Failed("space", words)


def keep_file(path, body):
    if not KEPT.fullmatch(path) or ".." in path.split("/"):
        raise Failed("path", path)
    target = os.path.join(REPOSITORY, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
    try:
        wire.write_all(fd, body)
    finally:
        os.close(fd)


def receive_files(channel):
    """Keep what is sent until ``go``; after a failure the rest is read and dropped."""
    failure = None
    os.unlink(os.path.join(REPOSITORY, "HEAD"))
    while True:
        header, body = channel.read()
        if header["op"] == "go":
            break
        try:
            if failure is None:
                keep_file(header["path"], body)
        except Failed as failed:
            failure = failed
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            failure = Failed("space" if full else "path", os.strerror(error.errno or 0))
    if failure is not None:
        raise failure
    if not os.path.exists(os.path.join(REPOSITORY, "HEAD")):
        keep_file("HEAD", b"ref: refs/heads/main\n")


def fetch(request):
    """Fetch one revision over https into the repository; return its hash."""
    extra = ["-c", "http.sslCAInfo=" + CA_FILE] if request["ca"] else []
    code, _, words = ask(
        *extra,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-commit-graph",
        "--no-auto-maintenance",
        "--depth=%d" % request["depth"],
        "--end-of-options",
        request["url"],
        "+" + (request["revision"] or "HEAD") + ":refs/worksample/fetched",
    )
    if code:
        raise Failed("space" if FULL.search(words) else "fetch", words)
    return resolve("refs/worksample/fetched")


def resolve(revision):
    """Return the hash of a commit; None if HEAD names a branch without any."""
    code, out, _ = ask("rev-parse", "--verify", "--quiet", (revision or "HEAD") + "^{commit}")
    if code == 0:
        return out.decode().strip()
    if revision is None and ask("symbolic-ref", "--quiet", "HEAD")[0] == 0:
        branch = ask("symbolic-ref", "HEAD")[1].decode("utf-8", "replace").strip()
        if ask("show-ref", "--verify", "--quiet", branch)[0]:
            return None
    raise Failed("revision")


# --- reading -------------------------------------------------------------------------------------


def say_log(channel, commit, max_commits):
    process = start(
        "log",
        "-z",
        "--no-show-signature",
        "--no-notes",
        "--no-mailmap",
        "--no-decorate",
        "--no-color",
        "--max-count=%d" % max_commits,
        "--format=%H%x00%at%x00%ct%x00%s",
        commit,
    )
    out = process.stdout.read(MAX_LOG_BYTES)
    stop(process)
    fields = out.split(b"\0")
    for at in range(0, len(fields) - 3, 4):
        words = [field.decode("utf-8", "replace") for field in fields[at : at + 4]]
        channel.write(
            {
                "t": "commit",
                "hash": words[0],
                "author_s": seconds(words[1]),
                "committer_s": seconds(words[2]),
                "subject": words[3][: MAX_SUBJECT_CHARS + 1],
            }
        )


def seconds(word):
    return min(int(word), MAX_TIME_S) if re.fullmatch("[0-9]{1,19}", word) else 0


def stop(process):
    process.kill()
    process.stdin.close()
    process.stdout.close()
    process.wait()


def tree_entries(commit):
    """Yield (mode, object, path) as git lists them, without waiting for the end of a huge tree."""
    process = start("ls-tree", "-r", "-z", "--full-tree", commit)
    rest = b""
    try:
        for data in iter(lambda: os.read(process.stdout.fileno(), 1 << 16), b""):
            *lines, rest = (rest + data).split(b"\0")
            for line in lines:
                facts, _, path = line.partition(b"\t")
                mode, _, name = facts.split(b" ")
                yield mode, name, path
            if len(rest) > MAX_LINE_BYTES:
                raise Failed("corrupt", "a path of more than %d bytes" % MAX_LINE_BYTES)
        if process.wait() or rest:
            raise Failed("corrupt", "the tree cannot be listed")
    finally:
        stop(process)


class Objects:
    """Gives sizes and contents of objects, by two long-running ``cat-file``."""

    def __init__(self):
        self._sizes = start("cat-file", "--batch-check")
        self._contents = start("cat-file", "--batch")

    def size(self, name):
        """Return the size of a blob, or None if it is not there."""
        return self._ask(self._sizes, name)

    def read(self, name):
        """Yield the content of a blob in chunks."""
        left = self._ask(self._contents, name)
        if left is None:
            raise unpack.Corrupt
        stream = self._contents.stdout
        while left:
            part = stream.read(min(left, unpack.CHUNK))
            if not part:
                raise Failed("corrupt", "an object cannot be read")
            left -= len(part)
            yield part
        stream.read(1)

    @staticmethod
    def _ask(process, name):
        try:
            process.stdin.write(name + b"\n")
            process.stdin.flush()
        except OSError:
            raise Failed("corrupt", "an object cannot be read") from None
        words = process.stdout.readline().split()
        if len(words) == 3 and words[1] == b"blob":
            return int(words[2])
        if words[1:] == [b"missing"]:
            return None
        raise Failed("corrupt", "an object is not what the tree says")

    def close(self):
        stop(self._sizes)
        stop(self._contents)


KINDS = {b"120000": "symlink", b"160000": "submodule"}


def say_tree(entries, commit):
    objects = Objects()
    try:
        for mode, name, path in tree_entries(commit):
            if not entries.is_left_out(path):
                say_blob(entries, objects, mode, name, path)
    finally:
        objects.close()


def say_blob(entries, objects, mode, name, path):
    if mode not in (b"100644", b"100755", b"100664"):
        entries.say(KINDS.get(mode, "special"), path)
        return
    size = objects.size(name)
    if size is None:
        entries.say("missing", path)
        return
    entries.say_file(path, size, lambda: objects.read(name), mode == b"100755")


# --- conversation --------------------------------------------------------------------------------


def read_repository(channel, request, ca_bundle):
    make_repository()
    if request.get("url"):
        with open(CA_FILE, "wb") as file:
            file.write(ca_bundle)
        channel.read()
        commit = fetch(request)
    else:
        receive_files(channel)
        commit = resolve(request["revision"])
    if commit is not None:
        say_log(channel, commit, request["max_commits"])
        if request["want"] == "tree":
            say_tree(unpack.Entries(channel, request["limits"], request["leave_out"]), commit)
    return commit


def converse(channel):
    channel.write({"t": "ready", "protocol": PROTOCOL})
    request, body = channel.read()
    commit = None
    try:
        commit = read_repository(channel, request, body)
    except unpack.Over as over:
        channel.write({"t": "over", "limit": str(over)})
    except Failed as failed:
        channel.write({"t": "failed", "reason": failed.reason, "detail": failed.detail})
    channel.write({"t": "end", "commit": commit})


if __name__ == "__main__":
    converse(wire.take_stdio())

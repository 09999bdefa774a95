"""The walls: what is inside sees nothing of the machine, of others, or of what is not its own."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

import pytest
from boxes import wait_until

from graders.evidence import ExitKind
from sandbox.model import Role

if TYPE_CHECKING:
    from boxes import Box

    from graders.session import CandidateSession

walls = pytest.mark.engine_only(reason="a wall of the kernel's, which a plain process has not")

ENETUNREACH = 101


def status_of(box: Box, session: CandidateSession) -> dict[str, str]:
    lines = box.say(session, "print(open('/proc/self/status').read())").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


# --- network -------------------------------------------------------------------------------------


@walls
def test_there_is_no_network_but_loopback(box: Box) -> None:
    code = """
import os, socket, time
print(os.listdir('/sys/class/net'))
for family, place in ((socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1')):
    begun = time.monotonic()
    print(socket.socket(family).connect_ex((place, 80)) != 0, time.monotonic() - begun < 1)
"""
    with box.session() as session:
        assert box.say(session, code).splitlines() == ["['lo']", "True True", "True True"]


@walls
def test_the_machine_is_out_of_reach(box: Box) -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code = f"""
import socket
for place in ('127.0.0.1', '172.17.0.1', '10.88.0.1', '169.254.169.254'):
    one = socket.socket(); one.settimeout(1); print(one.connect_ex((place, {port})) != 0)
"""
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            pass  # from here it is in reach
        with box.session() as session:
            assert box.say(session, code).split() == ["True"] * 4


@walls
def test_loopback_works(box: Box) -> None:
    code = """
import socket
listener = socket.create_server(('127.0.0.1', 0))
there = socket.create_connection(listener.getsockname())
here, _ = listener.accept()
there.sendall(b'hello'); print(here.recv(9))
"""
    with box.session() as session:
        assert box.say(session, code) == "b'hello'"


@walls
def test_no_name_server_of_the_machine_is_told(box: Box) -> None:
    with box.session() as session:
        words = box.say(session, "print(open('/etc/resolv.conf').read())").split()
    servers = [words[at + 1] for at, word in enumerate(words) if word == "nameserver"]
    assert servers in ([], ["127.0.0.1"])


@walls
def test_two_share_a_loopback_when_told_to_and_nothing_else(box: Box) -> None:
    serve = """
import socket
listener = socket.create_server(('127.0.0.1', 8080))
while True: listener.accept()[0].sendall(b'served')
"""
    look = """
import os, socket, time
for _ in range(100):
    try: print(socket.create_connection(('127.0.0.1', 8080)).recv(9)); break
    except OSError: time.sleep(0.05)
print(os.listdir('/sys/class/net'), len([p for p in os.listdir('/proc') if p.isdigit()]))
print(os.path.exists('/work/submission/secret'), os.path.exists('/dev/shm/secret'))
"""
    with box.session() as session:
        box.say(session, "open('secret', 'w').close(); open('/dev/shm/secret', 'w').close()")
        session.ask({"op": "spawn", "argv": ["python", "-c", serve], "cwd": "submission"})
        with box.start(role=Role.GRADE, join_network_of=session.container.id) as other:
            other.send({"op": "make_dirs", "paths": ["submission"]})
            command = {"op": "run", "argv": [box.python, "-c", look], "cwd": "submission"}
            other.send({**command, "output_bytes": 9999})
            body = b""
            while (frame := other.receive(timeout_s=20)).header["t"] == "out":
                body += frame.body
    # Two processes: the guest and this command, none of the candidate's.
    assert body.decode().splitlines() == ["b'served'", "['lo'] 2", "False False"]


@walls
def test_an_abstract_socket_of_one_is_not_there_for_the_other(box: Box) -> None:
    name = f"\\0{box.run_id}"
    listen = f"""
import socket, time
listener = socket.socket(socket.AF_UNIX)
listener.bind('{name}'); listener.listen(); time.sleep(60)
"""
    connect = f"import socket; print(socket.socket(socket.AF_UNIX).connect_ex('{name}') != 0)"
    with box.session() as one, box.session() as other:
        hold = {"op": "spawn", "argv": ["python", "-c", listen]}
        one.ask({**hold, "cwd": "submission"})
        wait_until(lambda: box.say(one, connect) == "False")
        assert box.say(other, connect) == "True"


# --- files ---------------------------------------------------------------------------------------


@walls
def test_the_root_is_read_only_and_only_two_places_are_writable(box: Box) -> None:
    code = """
import os
for place in ('/', '/etc', '/opt/venv', '/var/tmp', '/usr/lib', '/root', '/home', '/run', '/dev',
              '/proc', '/sys', '/work', '/tmp'):
    try: open(os.path.join(place, 'probe'), 'w').close(); print(place)
    except OSError: pass
"""
    with box.session() as session:
        assert box.say(session, code).split() == ["/work", "/tmp"]


@walls
def test_nothing_of_the_machine_is_mounted(box: Box) -> None:
    code = """
import os
for line in open('/proc/self/mountinfo'):
    words, _, rest = line.partition(' - ')
    print(words.split()[4], rest.split()[0])
"""
    with box.session() as session:
        mounts = dict(line.split() for line in box.say(session, code).splitlines())
        look = "import os, sys; print(list(filter(os.path.exists, sys.argv[1:])))"
        assert box.say(session, look, "/run/docker.sock", "/run/podman/podman.sock", "/") == "['/']"
    kernels = {"proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "devtmpfs"}
    of_disks = {place for place, kind in mounts.items() if kind not in kernels}
    # The image, and the three small files that every engine writes for a container.
    engines = {"/", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"}
    assert of_disks <= engines | {"/run/.containerenv"}


@walls
def test_only_harmless_devices_are_there(box: Box) -> None:
    code = """
import os, stat
for base, _, names in os.walk('/dev'):
    for name in names:
        mode = os.lstat(os.path.join(base, name)).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode): print(os.path.join(base, name))
"""
    with box.session() as session:
        found = set(box.say(session, code).split())
    harmless = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
    assert {one for one in found if not one.startswith("/dev/pts/")} <= harmless


def test_a_file_is_put_with_its_mode_and_the_command_starts_beside_it(box: Box) -> None:
    script = f"#!{box.python}\nimport os; print(os.getcwd().rpartition('/')[2])\n".encode()
    with box.session() as session:
        session.place("submission", [("tool", script, True), ("inner/plain", b"", False)])
        code = """
import os, subprocess
print(subprocess.run(['./tool'], capture_output=True, text=True).stdout.strip())
print(os.access('inner/plain', os.X_OK), os.access('tool', os.X_OK))
"""
        assert box.say(session, code).splitlines() == ["submission", "False True"]


def test_a_declared_file_comes_back_as_it_is_and_nothing_else_does(box: Box) -> None:
    code = """
import os
open('plain', 'wb').write(bytes(range(256))); os.symlink('plain', 'link'); os.mkfifo('pipe')
os.symlink('/etc', 'folder'); open('edge', 'w').write('x' * 300)
open('large', 'w').write('x' * 301)
"""
    names = ("plain", "link", "pipe", "folder/passwd", "edge", "large", "none")
    with box.session() as session:
        box.say(session, code)
        found = {one.path: one for one in session.collect([(name, 300) for name in names])}
    states = [found[name].state for name in names]
    bad = "not_regular"
    assert states == ["ok", bad, bad, bad, "ok", "too_large", "missing"]
    assert found["plain"].content == bytes(range(256))
    assert {len(found[name].content) for name in names if found[name].state != "ok"} == {0}


# --- users, processes, rights --------------------------------------------------------------------


@walls
def test_nothing_is_privileged(box: Box) -> None:
    with box.session() as session:
        status = status_of(box, session)
    sets = [status[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")]
    assert {int(value, 16) for value in sets} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert len(set(status["Uid"].split() + status["Gid"].split())) == 1
    assert status["Uid"].split()[0] not in ("0", str(os.getuid()))
    assert set(status.get("Groups", "").split()) <= set(status["Gid"].split())


@walls
def test_what_only_the_machine_may_do_is_refused(box: Box) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
tries = {
    'mount': lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, None),
    'unshare': lambda: libc.unshare(0x10000000),
    'chroot': lambda: libc.chroot(b'/tmp'),
    'sethostname': lambda: libc.sethostname(b'x', 1),
    'setuid': lambda: libc.setuid(0),
    'mknod': lambda: libc.mknod(b'/tmp/disk', 0o60666, 0x800),
    'reboot': lambda: libc.reboot(0),
    'nice': lambda: libc.nice(-5),
}
print([name for name, call in tries.items() if call() != -1])
"""
    with box.session() as session:
        assert box.say(session, code) == "[]"


@walls
def test_each_container_has_a_user_of_its_own(box: Box) -> None:
    code = "import os; print(os.getuid(), os.getgid())"
    sessions = [box.session() for _ in range(3)]
    assert len({box.say(session, code) for session in sessions}) == 3
    for session in sessions:
        session.end()


@walls
def test_only_its_own_processes_are_seen(box: Box) -> None:
    code = "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit())[0], "
    code += "len([p for p in os.listdir('/proc') if p.isdigit()]))"
    with box.session() as session:
        assert box.say(session, code) == "1 2"


@walls
def test_the_guest_is_out_of_reach(box: Box) -> None:
    code = """
import os, signal
for name in ('fd', 'environ', 'mem', 'maps'):
    path = f'/proc/1/{name}'
    try: print(name, os.listdir(path) if name == 'fd' else open(path, 'rb').read(1))
    except OSError: pass
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
"""
    with box.session() as session:
        assert box.say(session, code) == ""
        assert box.say(session, "print('alive')") == "alive"


@walls
def test_the_first_to_die_for_memory_is_the_candidate(box: Box) -> None:
    with box.session() as session:
        assert box.say(session, "print(open('/proc/self/oom_score_adj').read())") == "1000"
        hog = box.run(session, "import os\nos.fork()\nx = bytearray(b'x') * 10**9")
        assert hog.exit_kind is ExitKind.OUT_OF_MEMORY
        assert box.say(session, "print('the guest lives')") == "the guest lives"


@walls
def test_shared_memory_of_one_is_not_there_for_the_other(box: Box) -> None:
    with box.session() as one, box.session() as other:
        box.say(one, "open('/dev/shm/mine', 'w').write('x')")
        assert box.say(one, "import os; print(os.listdir('/dev/shm'))") == "['mine']"
        assert box.say(other, "import os; print(os.listdir('/dev/shm'))") == "[]"


# --- what is told --------------------------------------------------------------------------------


def test_the_environment_is_what_was_asked_for_and_nothing_of_the_machines(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKSAMPLE_TEST_SECRET", "of the machine")
    code = "write(dict(os.environ)); time.sleep(60)"
    with box.start(code, env={"ASKED": "for 🧪"}) as container:
        found = container.receive(timeout_s=20).header
    assert found["ASKED"] == "for 🧪"
    assert "of the machine" not in json.dumps(found)
    engines = {"PATH", "HOSTNAME", "HOME", "LANG", "LC_CTYPE", "container", "WORKSAMPLE_ROOT"}
    assert set(found) - {"ASKED"} <= engines | {"TERM", "PWD", "SHLVL", "_"}


def test_one_commands_environment_is_not_the_nexts(box: Box) -> None:
    code = "import os; print(os.environ.get('ONCE'))"
    with box.session() as session:
        assert box.run(session, code, env={"ONCE": "yes"}).stdout == b"yes\n"
        assert box.say(session, code) == "None"


@walls
def test_the_host_name_says_nothing(box: Box) -> None:
    with box.session() as session:
        assert box.say(session, "import socket; print(socket.gethostname())") == "worksample"


@walls
def test_nothing_in_a_spec_can_weaken_the_walls(box: Box) -> None:
    odd = {"PRIVILEGED": "1", "DOCKER_HOST": "unix:///var/run/docker.sock", "LD_PRELOAD": "/x.so"}
    with box.start("time.sleep(60)", env=odd) as container:
        host = box.api.inspect_container(container.id)["HostConfig"]
    assert not host["Privileged"]
    assert not host["Binds"]
    assert not host.get("Devices")
    assert not host.get("CapAdd")
    assert host["ReadonlyRootfs"]
    assert host["PidMode"] in ("", "private")
    assert host["LogConfig"]["Type"] == "none"

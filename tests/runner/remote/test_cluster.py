"""A real Dask cluster as an executor; nothing here needs a container."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("distributed", reason="needs worksample[dask]")

from dask_cluster import DaskCluster

from runner.remote import cluster as module
from runner.remote.cluster import open_cluster
from runner.remote.elsewhere import ExecutorUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    made = DaskCluster(tmp_path, workers=1)
    yield made
    made.stop()


def test_the_same_work_is_done_twice_if_it_is_asked_for_twice(cluster: DaskCluster) -> None:
    with open_cluster(cluster.url) as executor:
        first, second = (executor.submit(time.monotonic) for _ in range(2))
        assert first.result(30) != second.result(30)


def test_a_scheduler_that_comes_back_is_found_again(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 1.0)
    with open_cluster(cluster.url) as executor:
        cluster.scheduler.kill()
        cluster.scheduler.wait()
        for _ in range(2):  # while it looks for its scheduler, and after it has given up
            with pytest.raises(ExecutorUnavailableError):
                _until_refused(executor)
            time.sleep(1.5)
        cluster.kill_worker("worker-0")
        cluster.start_scheduler()
        cluster.start_worker("worker-1")
        assert executor.submit(len, "abc").result(30) == 3


def test_a_cluster_without_workers_is_not_waited_for_for_ever(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHECK_S", 0.0)
    monkeypatch.setattr(module, "EMPTY_S", 0.5)
    with open_cluster(cluster.url) as executor:
        executor.check()
        cluster.kill_worker("worker-0")
        with pytest.raises(ExecutorUnavailableError, match="has had no worker for"):
            _until(executor.check, 20)
    monkeypatch.setattr(module, "CONNECT_S", 1.0)
    with pytest.raises(ExecutorUnavailableError, match="start some with `dask worker`"):
        module.Cluster(cluster.url)


def test_a_cluster_may_ask_for_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask.config

    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    settings = {"ca-file": cert}
    for role in ("scheduler", "worker", "client"):
        settings |= {f"{role}.cert": cert, f"{role}.key": key}
    theirs = {
        f"DASK_DISTRIBUTED__COMM__TLS__{name.replace('.', '__').replace('-', '_').upper()}": value
        for name, value in settings.items()
    }
    own = DaskCluster(tmp_path, workers=1, scheme="tls", extra=theirs)
    ours = {f"distributed.comm.tls.{name}": value for name, value in settings.items()}
    try:
        with dask.config.set(ours), open_cluster(own.url) as executor:
            assert executor.submit(len, "abc").result(30) == 3
    finally:
        own.stop()


def _until_refused(executor: module.Cluster) -> None:
    _until(lambda: executor.submit(len, "abc"), 20)


def _until(call: object, seconds: float) -> None:
    """Call until it raises."""
    assert callable(call)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        call()
        time.sleep(0.2)

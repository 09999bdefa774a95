"""A worker on another engine, which has none of the images: they come through the file store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from own_engine import OwnEngine, why_none
from tiny_task import SOUND, write_tiny_task
from watchers import Quiet

from graders.evidence import without_times
from runner.batch import Pace, grade_batch, outcomes
from runner.opening import open_workshop
from runner.pipeline import GradeRequest, grade_submission
from runner.remote.elsewhere import elsewhere
from sandbox.docker_images import FETCHED, DockerImages
from tasks.loader import load_task

pytest.importorskip("distributed", reason="needs worksample[dask]")

from dask_cluster import DaskCluster

from runner.remote.cluster import open_cluster

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.crash]


def test_images_come_through_the_file_store(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    candidate_image: str,
    grade_image: str,
) -> None:
    reason = why_none()
    if reason:
        pytest.skip(f"needs an engine of its own: {reason}")
    task = load_task(write_tiny_task(tmp_path / "catalog"))
    source = tmp_path / "LYNX-1"
    source.mkdir()
    (source / "add.py").write_text(SOUND)
    request = GradeRequest(task=task, source=str(source), candidate="LYNX-1", again=True)
    engine = OwnEngine(tmp_path_factory.mktemp("engine"))  # the name of a socket is short
    engine.start()
    cluster = DaskCluster(tmp_path, workers=0)
    far = {"DOCKER_HOST": engine.url, "WORKSAMPLE_CACHE": str(tmp_path / "cache")}
    cluster.start_worker("far", far)
    try:
        with open_workshop(tmp_path / "home", say=print) as workshop:
            here = grade_submission(workshop, request).evidence
            with open_cluster(cluster.url) as executor:
                equipped = elsewhere(workshop, executor, check=executor.check)
                batch_id = grade_batch(equipped, [request], pace=Pace(), watcher=Quiet())
            (there,) = outcomes(workshop, batch_id)
        found = [without_times(one.model_dump(mode="json")) for one in (here, there)]
        assert found[0] == found[1]
        images = DockerImages.connect(engine.url)
        for image in (candidate_image, grade_image):
            facts = images.inspect(image)
            assert facts is not None
            assert facts["RepoTags"] == [f"{FETCHED}:{image.removeprefix('sha256:')[:12]}"]
        assert list((tmp_path / "cache" / "engines").iterdir()), "the engine was not tried"
    finally:
        cluster.stop()
        assert engine.containers() == []
        engine.stop()

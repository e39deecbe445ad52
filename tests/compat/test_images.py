"""The images: three functions in a chain over two sites, streamed input, and a saved pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.compat import images
from tests.compat.projects import TARGETS, generate, run, write_project

pytestmark = pytest.mark.deadline(180)

GENERATED = """\
from images.fed.api.image import Encode, Grayscale, Resize
from images.fed.runtime.homesite import get_session
from images.fed.site.plotter.image import Encode as EncodeAtPlotter

FEDERATION = None
"""

NOT_GENERATED = """\
from functools import partial

from dfm import Federation
from dfm.api.generated import operation_at

FEDERATION = Federation.load("images.dfm.yaml")
Encode = FEDERATION.operation("image.Encode")
Grayscale = FEDERATION.operation("image.Grayscale")
Resize = FEDERATION.operation("image.Resize")
EncodeAtPlotter = operation_at(Encode, "plotter")
get_session = partial(FEDERATION.session, "homesite")
"""

PROGRAM = """
import json
import sys

from dfm.errors import OperationFailed
from dfm.api import BestOf, ErrorToken, Pipeline, PlaceParam, StopToken, Yield, well_known_id

PIXELS = [[[r + c, r + c + 1, r + c + 2] for c in range(4)] for r in range(4)]


def make_pipeline():
    with Pipeline(name="images") as pipeline:
        grey = Grayscale(
            site="loader", pixels=PlaceParam(place="pixels"), dfm_node_id=well_known_id("grey")
        )
        small = Resize(site=BestOf(), pixels=grey, step=2)
        Yield(value=Encode(pixels=small, compress=False), place="plain")
        Yield(value=EncodeAtPlotter(pixels=grey.fieldref(0), header=""), place="broken")
        Yield(value=grey.fieldref(1), place="row")
    return pipeline


def run(target, pipeline):
    tokens = []

    def on_row(from_site, from_node, frame, to_place, data):
        tokens.append([to_place, list(frame.frame), from_site, from_node, data])

    def on_all(from_site, from_node, frame, to_place, data):
        if isinstance(data, ErrorToken):
            data = [error.type for error in data.errors]
        elif isinstance(data, StopToken):
            data = "stop"
        tokens.append([to_place, frame.frame, from_site, from_node, data])

    with get_session(target=target) as session:
        job = session.execute(
            session.prepare(pipeline, restrict_to_sites=["homesite", "loader", "plotter"]),
            input_params=[{"pixels": PIXELS}],
            autostop=False,
            default_callback=on_all,
            place_callbacks={"row": on_row},
        )
        job.send_input_params({"pixels": [[[9, 9]], [[6, 6]]]})
        job.send_stop_frame()
        try:
            job.wait_until_finished(timeout=60)
        except OperationFailed as error:  # what the callbacks were told is also raised here
            failed = error.operation
        status = job.get_status().name
    return {"tokens": tokens, "failed": failed, "status": status}


def saved_and_loaded(pipeline):
    Pipeline.save_to_file(pipeline, "saved/pipelines/images.json")
    loaded = Pipeline.load_from_file("saved/pipelines/images.json", federation=FEDERATION)
    return loaded == pipeline and type(loaded) is Pipeline


if __name__ == "__main__":
    pipeline = make_pipeline()
    told = run(sys.argv[1], pipeline)
    print(json.dumps({**told, "same": saved_and_loaded(pipeline)}))
"""


def tokens_at(told: dict[str, Any], place: str) -> list[Any]:
    """Return frame and data of the tokens of a place, by frame."""
    return sorted([frame, data] for to, frame, _, _, data in told["tokens"] if to == place)


def check(told: dict[str, Any]) -> None:
    assert told["failed"] == "image.Encode"
    assert told["status"] == "FAILED"
    assert tokens_at(told, "plain") == [[[0], "P2\n2 2\n255\n1 3\n3 5"], [[1], "P2\n1 1\n255\n9"]]
    assert tokens_at(told, "row") == [[[0], [2, 3, 4, 5]], [[1], [6]]]
    assert {(site, node) for to, _, site, node, _ in told["tokens"] if to == "row"} == {
        ("loader", "grey")
    }
    assert tokens_at(told, "broken") == [[[0], ["TypeError"]], [[1], ["TypeError"]]]
    assert told["same"] is True


@pytest.mark.parametrize("target", TARGETS)
def test_the_generated_package_makes_images(target: str, tmp_path: Path) -> None:
    generate(write_project(tmp_path, images.FEDERATION, images.FILES, images.PACKAGE))

    told = run(GENERATED + PROGRAM, tmp_path, target)

    check(told)


@pytest.mark.parametrize("target", TARGETS)
def test_the_federation_file_alone_makes_images(target: str, tmp_path: Path) -> None:
    write_project(tmp_path, images.FEDERATION, images.FILES, images.PACKAGE)

    told = run(NOT_GENERATED + PROGRAM, tmp_path, target)

    check(told)

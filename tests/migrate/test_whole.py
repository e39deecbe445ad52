"""A project that was written for nv-dfm-core runs once it was migrated, and nothing else done."""

import subprocess
import sys
from pathlib import Path

import pytest

from dfm.codegen import generate_package
from dfm.migrate import carry_out, plan

FILES = {
    "hotel.dfm.yaml": """\
dfm: 1.0.0
info: { api-version: 1.0.0, code-package: hotel }
operations:
  users.GreetMe:
    parameters:
      name: { type: string }
    required: [name]
    returns: string
sites:
  concierge: {}
  reception:
    impl: nv_dfm_core.exec.Site
    interface:
      "#/operations/users.GreetMe": { adapter: greeting.Greeting, args: from-operation }
""",
    "greeting.py": """\
import nv_dfm_core.exec

class Greeting:
    def __init__(self, site: nv_dfm_core.exec.Site):
        self.site = site

    def body(self, name):
        return f"Hello {name} from {self.site.federation_name}"
""",
    "app.py": """\
import logging
from importlib import import_module

from nv_dfm_core.api import (
    Pipeline,  # of operations
    PlaceParam, Yield,
)
from nv_dfm_core.session import JobStatus
from hotel.fed.api.users import GreetMe
from hotel.fed.runtime.concierge import get_session

frames = import_module("nv_dfm_core.exec").Frame
logging.getLogger("nv_dfm_core.session").setLevel(logging.ERROR)

def told(site, node, frame, place, data):
    if place == "yield" and isinstance(frame, frames):
        print(data)

with Pipeline() as pipeline:
    Yield(value=GreetMe(site="reception", name=PlaceParam(place="name")))

with get_session(target="inline") as session:
    job = session.execute(session.prepare(pipeline), {"name": "Ada"}, default_callback=told)
    job.wait_until_finished()
    print(job.get_status() is JobStatus.FINISHED)
""",
}


@pytest.mark.deadline(120)
def test_an_old_project_runs_after_it_was_migrated(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")

    found = plan(tmp_path)
    carry_out(found.changes, tmp_path, backup=False)
    generate_package(tmp_path / "hotel.dfm.yaml", tmp_path)
    ran = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert [note for one in found.files for note in one.notes] == []
    assert (ran.stdout, ran.stderr) == ("Hello Ada from hotel\nTrue\n", "")

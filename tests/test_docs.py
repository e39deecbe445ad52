"""The pages under docs/ are true: what they show is run, and gives what they say.

The language has a page for each construct, in docs/language. In a page, a block that begins with
`# name.ext` is a file of that name. The other blocks of Python are one script, in the order of
the page; a block of text after one is what it prints. A block `console` has commands after `$ `,
and what they print.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
LANGUAGE = sorted(f"language/{page.name}" for page in (DOCS / "language").glob("*.md"))
PAGES = (
    "coming-from-nv-dfm-core.md",
    "costs.md",
    "discovery.md",
    "explain.md",
    "federation-file.md",
    "generated-code.md",
    "first-steps.md",
    "migrate.md",
    "policy.md",
    "python-api.md",
    "placement.md",
    "testing.md",
    *LANGUAGE,
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w.-]+\.(?:py|yaml))\n")
END = "<end of block>"

pytestmark = pytest.mark.deadline(180)


@dataclass(frozen=True)
class Block:
    """An example: its language, its text, and the text that follows as its output."""

    language: str
    text: str
    output: str = ""

    @property
    def file(self) -> str:
        """The name of the file it is, or ''."""
        named = FILE.match(self.text)
        return named[1] if named else ""


def blocks_of(page: str) -> list[Block]:
    """Return the examples of a page; a block of text goes with the one before it."""
    blocks: list[Block] = []
    for language, text in BLOCK.findall((DOCS / page).read_text("utf-8")):
        if language == "text":
            blocks[-1] = Block(blocks[-1].language, blocks[-1].text, text)
        else:
            blocks.append(Block(language, text))
    return blocks


def run(*command: str, folder: Path) -> str:
    """Run a command in a folder, with `dfm` on the path; return all that it prints."""
    scripts = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A page whose files are there."""
    name: str = request.param
    for block in blocks_of(name):
        if block.file:
            (tmp_path / block.file).write_text(block.text, "utf-8")
    return name


def test_the_python_of_a_page_prints_what_the_page_says(page: str, tmp_path: Path) -> None:
    blocks = [b for b in blocks_of(page) if b.language == "python" and not b.file]
    name = f"{Path(page).stem}.py" if page in LANGUAGE else "page_script.py"
    script = tmp_path / name
    script.write_text("\n".join(f"{b.text}\nprint({END!r})" for b in blocks), "utf-8")

    # A script named as a page of the language must not be what others import by that name.
    safely = ["-P"] if page in LANGUAGE else []
    printed = run(sys.executable, *safely, script.name, folder=tmp_path)

    parts = printed.split(f"{END}\n")
    assert len(parts) == len(blocks) + 1, printed
    assert parts[:-1] == [b.output for b in blocks]
    assert parts[-1] == ""


def test_the_commands_of_a_page_print_what_the_page_says(page: str, tmp_path: Path) -> None:
    for block in (b for b in blocks_of(page) if b.language == "console"):
        for command, said in re.findall(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
            assert run("sh", "-c", command, folder=tmp_path) == said, command


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_a_page_is_run_or_is_a_file(name: str) -> None:
    blocks = blocks_of(name)

    assert len(blocks) >= 3
    assert [b.text for b in blocks if b.language not in ("python", "console") and not b.file] == []
    fences = len(re.findall(r"^```", (DOCS / name).read_text("utf-8"), re.MULTILINE))
    assert fences == 2 * len(BLOCK.findall((DOCS / name).read_text("utf-8")))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_linked_from_the_start(name: str) -> None:
    assert f"]({name})" in (DOCS / "index.md").read_text("utf-8")
    assert f"](docs/{name})" in (DOCS.parent / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "ForEach", "PlaceParam", "max_in_flight=", "ordered=", "dim=", ".collect(", ".reduce(",
        "If", "Else", "If.join(", "And", "Not", "TryFromCache", "WriteToCache", "cache=True",
        "dfm_after=", "well_known_id", "autostop=False", "StopToken", "BestOf", "site=",
        "restrict_to_sites=", "retries=", "retry_on=", "backoff=", "timeout=", "idempotent=",
        "Array", "Iterator", "AsyncIterator",
    ],
)  # fmt: skip
def test_every_construct_is_in_an_example_of_the_language(name: str) -> None:
    examples = [b.text for page in LANGUAGE for b in blocks_of(page) if b.language == "python"]

    assert any(name in example for example in examples)

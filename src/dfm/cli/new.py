"""`dfm new`: a project that runs at once."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from dfm.cli.output import write
from dfm.new.templates import TEMPLATES

if TYPE_CHECKING:
    from dfm.new import Project

LISTED = "\n".join(f"  {t.name:<9} {t.summary}" for t in TEMPLATES.values())

HELP = f"""Make the folder NAME with a federation, a pipeline and a test, which run at once.

Nothing is downloaded, and nothing that exists is changed.

\b
Templates:
{LISTED}

\b
Examples:
  dfm new harbour
  dfm new harbour --template python
"""


@click.command("new", help=HELP)
@click.argument("name")
@click.option(
    "--template",
    default="minimal",
    show_default=True,
    metavar="|".join(TEMPLATES),
    help="What to begin with.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def command(name: str, template: str, as_json: bool) -> None:
    """Make a project, and say what to do next."""
    from dfm.new import create_project

    project = create_project(name, template)
    write(json.dumps(_as_json(project)) if as_json else _next_steps(project), sys.stdout)


def _steps(project: Project) -> list[str]:
    template = project.template
    install = [f"pip install 'data-federation-mesh[{template.extra}]'"]
    return [
        f"cd {project.folder.name}",
        *(install if template.missing() else []),
        f"dfm run {template.run}",
        "pytest" if find_spec("pytest") else "pip install pytest && pytest",
    ]


def _next_steps(project: Project) -> str:
    lines = [f"made {project.folder.name}/ with {', '.join(project.files)}"]
    if missing := project.template.missing():
        lines.append(f"It needs what is not installed here: {', '.join(missing)}.")
    return "\n".join([*lines, "", "Next:", *(f"  {step}" for step in _steps(project))])


def _as_json(project: Project) -> dict[str, object]:
    return {
        "folder": str(project.folder),
        "template": project.template.name,
        "files": list(project.files),
        "missing": list(project.template.missing()),
        "next": _steps(project),
    }

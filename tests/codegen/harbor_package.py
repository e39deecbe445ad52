"""A federation that runs, with all that matters to generated code; and how to write it down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dfm.codegen import generate, write
from dfm.federation.load import parse_federation

FEDERATION = """\
dfm: 1.0.0
info:
  api-version: 3.2.1
  code-package: harborfed
  description: Harbour sensing and forecasting mesh
schemas:
  geo.Window:
    type: object
    properties:
      west: { type: number, minimum: -180 }
      east: { type: number }
      class: { type: string }
    required: [west, east]
  geo.Box: { $ref: "#/schemas/geo.Window" }
  route.Leg:
    type: object
    properties:
      through: { $ref: "#/schemas/geo.Window" }
      stops: { type: array, items: { type: string } }
    required: [through]
  route.Mode: { type: string, enum: [sail, motor] }
operations:
  sonar.Scan:
    description: Collect raw echoes, "quoted\\" and '''more'''
    parameters:
      window: { $ref: "#/schemas/geo.Window" }
      max_rows: { type: integer, description: row limit, minimum: 1 }
      quality:
        type: string
        enum: [draft, final]
        accepts-place-input: false
        discoverable: false
      level: { type: [number, harborfed.lib.types.Level] }
      gain: { type: number, default: 2.5 }
      str: { type: string }
      copy: { type: boolean }
      hints: {}
    required: [window, max_rows]
    returns: object
  sonar.Clean:
    parameters:
      scan: { type: object, accepts-literal-input: false }
      timeout: { type: integer }
    required: [scan]
    returns: object
  sonar.deep.lower_case:
    parameters: { tags: { type: array, items: { type: string } } }
    returns: array
  Root:
    parameters: {}
    returns: string
sites:
  office: {}
  pier:
    impl: { path: harborfed.lib.sites.PierSite, args: { port: /dev/ttyS0 } }
    interface:
      "#/operations/sonar.Scan":
        adapter: harborfed.lib.adapters.scan
        description: live scan
        args:
          window: { from-param: window }
          rows: { from-param: max_rows }
          gain: { from-param: gain }
          unit:
            const: metres
            expose-as: { param: unit, type: string, description: override the unit }
        compute_cost: { fixed_time: 2.5 }
      "#/operations/sonar.Clean":
        adapter: harborfed.lib.adapters.clean
        args: from-operation
      "#/operations/sonar.deep.lower_case":
        adapter: harborfed.lib.adapters.lower
        args: from-operation
      "#/operations/Root":
        adapter: harborfed.lib.adapters.root
        args: from-operation
    providers:
      radar:
        impl: { path: harborfed.lib.sites.Radar, args: { base_url: "http://radar" } }
        interface:
          "#/operations/sonar.Scan":
            adapter: harborfed.lib.adapters.radar
            args:
              rows: { from-param: max_rows }
              url: { from-provider: radar.base_url }
    send_cost:
      office: { fixed_time: 0.05, bandwidth: 2000000 }
"""

LIB = {
    "types.py": """
        class Level:
            pass
        """,
    "sites.py": """
        from dfm.exec import Provider, Site

        class PierSite(Site):
            def __init__(self, port, **given):
                super().__init__(**given)
                self.port = port

        class Radar(Provider):
            def __init__(self, site, base_url):
                super().__init__(site)
                self.base_url = base_url
        """,
    "adapters.py": """
        def scan(window, rows, gain, unit):
            west = window["west"] if isinstance(window, dict) else window.west
            return {"west": west, "rows": rows, "gain": gain, "unit": unit}

        def clean(scan, timeout=None):
            return {**scan, "clean": True}

        def lower(tags=()):
            return [tag.lower() for tag in tags]

        def root():
            return "root"

        def radar(rows, url):
            return {"rows": rows, "url": url}
        """,
}


def harbor(folder: Path, text: str = FEDERATION) -> Path:
    """Write the federation's own code and its generated package into a folder."""
    spec = parse_federation(text)
    write(generate(spec, text), folder, spec.name)
    lib = folder / spec.name / "lib"
    lib.mkdir()
    (lib / "__init__.py").write_text("", "utf-8")
    for name, code in LIB.items():
        lines = [line.removeprefix("        ") for line in code.strip("\n").split("\n")]
        (lib / name).write_text("\n".join(lines), "utf-8")
    return folder


def printed(folder: Path, program: str) -> str:
    """Return what a program prints that is run in a folder."""
    (folder / "program.py").write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "program.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr

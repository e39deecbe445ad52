"""From the file of a federation to its package on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dfm.codegen.generate import generate
from dfm.codegen.write import write


def generate_package(
    federation_yaml: Path,
    output_dir: Path,
    *,
    api: bool = True,
    runtime_sites: Sequence[str] | None = None,
    cleanup: bool = False,
    allow_urls: bool = False,
    allow_private_urls: bool = False,
) -> list[Path]:
    """Write `<package>/fed` of a federation into a folder; return the files in it, sorted.

    `runtime_sites` None means a runtime module for every site. What is there already and is not
    written now stays, unless `cleanup`; nothing outside `<package>/fed` is changed.

    Raises:
        FederationError: with every mistake in the file, or two things that would have one name.
        UnknownName: for a site that is not there.
    """
    from dfm.federation.resolved import load_resolved  # the reader of files takes time to import

    spec, text = load_resolved(
        federation_yaml, allow_urls=allow_urls, allow_private_urls=allow_private_urls
    )
    files = generate(spec, text, api=api, runtime_sites=runtime_sites)
    return write(files, output_dir, spec.name, cleanup=cleanup)

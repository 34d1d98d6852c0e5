"""How a build's path patterns reach a play: in a file of our plugins, for Ansible templates variables."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from outreach_ops.errors import UsageError
from outreach_ops.settings.cloudfront import Behaviour
from outreach_ops.settings.parse import convert

VARIABLE = "OUTREACH_ARTIFACT_BEHAVIOURS"
"""Names the file in the environment of the play, which is not templated either."""


@contextlib.contextmanager
def written(behaviours: tuple[Behaviour, ...]) -> Iterator[dict[str, str]]:
    """Write `behaviours` into a private file while the body runs; yield what names it in the environment."""
    with tempfile.NamedTemporaryFile("w", prefix="outreach-behaviours-", suffix=".json") as file:
        json.dump([dataclasses.asdict(behaviour) for behaviour in behaviours], file)
        file.flush()
        yield {VARIABLE: file.name}


def read(environ: Mapping[str, str] = os.environ) -> tuple[Behaviour, ...]:
    """Return the behaviours of the file that `environ` names, none when it names no file."""
    if not (name := environ.get(VARIABLE)):
        return ()
    try:
        behaviours: tuple[Behaviour, ...] = convert(json.loads(Path(name).read_text()), tuple[Behaviour, ...])
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{VARIABLE} names {name}, which is no list of behaviours: {error}", f"unset {VARIABLE}"
        ) from error
    return behaviours

"""Production is changed only by somebody who types its name."""

from __future__ import annotations

import dataclasses
import errno
import io

import pytest

from fakes.settings import SETTINGS
from outreach_ops.confirm import confirm
from outreach_ops.errors import UsageError

PRODUCTION = dataclasses.replace(SETTINGS, site=dataclasses.replace(SETTINGS.site, environment="production"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_name_or_yes_lets_it_go_on() -> None:
    confirm(PRODUCTION, False, Terminal("production\n"))
    confirm(PRODUCTION, True, io.StringIO())
    confirm(SETTINGS, False, io.StringIO())


@pytest.mark.parametrize("typed", ["", "y\n", "prod\n", "Production\n"])
def test_anything_else_does_not(typed: str) -> None:
    with pytest.raises(UsageError, match="was not typed"):
        confirm(PRODUCTION, False, Terminal(typed))


def test_without_a_terminal_nobody_can_type() -> None:
    with pytest.raises(UsageError) as caught:
        confirm(PRODUCTION, False, io.StringIO("production\n"))
    assert "no terminal" in caught.value.cause
    assert "--yes" in caught.value.fix


def test_the_question_is_seen_also_when_the_output_goes_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    confirm(PRODUCTION, False, Terminal("production\n"))
    shown = capsys.readouterr()
    assert (shown.out, "Type its name" in shown.err) == ("", True)


def test_a_terminal_that_is_gone_confirms_nothing() -> None:
    class Gone(Terminal):
        def readline(self, size: int | None = -1, /) -> str:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(UsageError, match="was not typed"):
        confirm(PRODUCTION, False, Gone())

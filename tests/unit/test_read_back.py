"""After the alias has moved, live has every required variable as it was released."""

from __future__ import annotations

import pytest

from fakes.client import Call
from fakes.site import VARIABLES, Site
from outreach_ops.errors import OpsError, RolledBackError
from outreach_ops.release.read_back import read_back
from outreach_ops.variables.values import Environment


def test_each_required_variable_that_live_has_otherwise_is_named(site: Site) -> None:
    site.released("0.1.0")
    function = site.door.functions["server"]
    assert read_back(function, site.settings, Environment(VARIABLES)) == 2
    with pytest.raises(OpsError, match=r"(?m)as they were released: AUTH_SECRET$") as caught:
        read_back(function, site.settings, Environment({**VARIABLES, "AUTH_SECRET": "another"}))
    assert "another" not in str(caught.value)
    assert VARIABLES["AUTH_SECRET"] not in str(caught.value)


def test_a_release_whose_variables_are_not_there_is_taken_back(site: Site) -> None:
    site.released("0.1.0")
    before = site.live

    def lose(call: Call) -> None:
        if str(call) == "UpdateAlias server":
            site.aws.lambda_.functions["server"].versions["3"].variables.pop("AUTH_SECRET", None)

    site.aws.after.append(lose)
    with pytest.raises(RolledBackError, match="AUTH_SECRET"):
        site.deploy(site.build("0.2.0"))
    assert site.live == before

"""Plans are decided from what was read and nothing else, and say in words what would be done."""

from __future__ import annotations

import dataclasses
import re

from fakes.site import VARIABLES, Planned, Site
from outreach_ops.release.plan import decide, summary
from outreach_ops.roles import ROLES
from outreach_ops.settings.cloudfront import Behaviour


def replan(work: Planned, behaviours: tuple[Behaviour, ...]) -> Planned:
    """The same work for an artifact that needs these paths too."""
    target = work.plan.target
    artifact = dataclasses.replace(target.artifact, behaviours=behaviours)
    plan = decide(work.world, dataclasses.replace(target, artifact=artifact), work.settings)
    return dataclasses.replace(work, plan=plan)


def test_planning_makes_no_writing_call(site: Site) -> None:
    site.plan(site.build("0.1.0"))
    assert site.aws.writes == []


def test_first_release_uploads_publishes_and_moves_everything(site: Site) -> None:
    plan = site.plan(site.build("0.1.0")).plan
    assert len(plan.uploads) == 5
    assert [wanted.role for wanted in plan.publishes] == list(ROLES)
    assert [wanted.role for wanted in plan.moves] == list(ROLES)
    assert len(plan.public) == 2
    assert plan.invalidations == ("/outreach", "/outreach?*", "/outreach/*")
    assert plan.upload_bytes == sum(asset.size for asset in plan.uploads)


def test_hashed_files_are_never_invalidated(site: Site) -> None:
    plan = site.plan(site.build("0.1.0")).plan
    assert not any(path.startswith("/outreach-static") for path in plan.invalidations)


def test_files_of_the_same_content_are_uploaded_once(site: Site) -> None:
    plan = site.plan(site.build("0.1.0", notes="the same")).plan
    assert len({asset.stored_key for asset in plan.uploads}) == len(plan.uploads) == 4


def test_a_hashed_file_with_other_content_is_uploaded_again(site: Site) -> None:
    made = site.released("0.1.0")
    asset = made.artifact.of_kind("hashed")[0]
    site.aws.s3.objects[asset.key] = site.aws.s3.objects[made.artifact.of_kind("public")[0].key]
    assert site.plan(made).plan.uploads == (asset,)


def test_an_isr_page_that_the_server_has_renewed_is_left_alone(site: Site) -> None:
    made = site.released("0.1.0")
    asset = made.artifact.of_kind("cache")[0]
    site.aws.s3.objects[asset.key] = site.aws.s3.objects[made.artifact.of_kind("public")[0].key]
    assert site.plan(made).plan.nothing


def test_a_public_file_that_somebody_changed_is_put_right(site: Site) -> None:
    made = site.released("0.1.0")
    asset = made.artifact.of_kind("public")[0]
    site.aws.s3.objects[asset.key] = site.aws.s3.objects[made.artifact.of_kind("cache")[0].key]
    plan = site.plan(made).plan
    assert plan.public == (asset,)
    assert (plan.moves, plan.publishes, plan.uploads) == ((), (), ())
    assert plan.invalidations


def test_only_paths_that_the_distribution_lacks_are_added(site: Site) -> None:
    known = Behaviour("/outreach/_next/*", "assets", "static")
    new = Behaviour("/outreach/notes.txt", "assets", "static")
    work = replan(site.plan(site.build("0.1.0")), (known, new))
    assert work.plan.behaviours == (new,)
    assert "paths          new at the distribution: /outreach/notes.txt" in summary(
        work.plan, work.world, work.settings, work.kind
    )


def test_missing_paths_alone_are_something_to_do(site: Site) -> None:
    work = site.plan(site.released("0.1.0"))
    assert work.plan.nothing
    assert not replan(work, (Behaviour("/outreach/new/*", "server", "pages"),)).plan.nothing


def test_the_summary_shows_variables_by_fingerprint_and_never_their_values(site: Site) -> None:
    made = site.released("0.1.0")
    work = site.plan(made, {**VARIABLES, "FEATURE": "the-value", "NODE_ENV": "other-value"})
    text = "\n".join(summary(work.plan, work.world, work.settings, work.kind))
    print_ = r"[0-9a-f]{8}"
    changes = rf"added FEATURE \({print_}\); changed NODE_ENV \({print_} -> {print_}\)"
    assert re.search(f"server         same code, variables: {changes}", text)
    assert "image          same code, variables: unchanged" in text
    assert "value" not in text


def test_the_summary_counts_files(site: Site) -> None:
    site.released("0.1.0")
    work = site.plan(site.build("0.2.0"))
    assert summary(work.plan, work.world, work.settings, work.kind)[:2] == [
        "files          2 new, 1 changed (0 KB to upload), 2 kept",
        "public         1 to change after the alias has moved",
    ]


def previous_of(planned: Planned) -> str:
    return summary(planned.plan, planned.world, planned.settings, planned.kind)[-1].removeprefix(
        "previous       "
    )


def test_previous_is_what_a_rollback_goes_to_afterwards(site: Site) -> None:
    first = site.build("0.1.0")
    none = "nothing older"
    assert previous_of(site.plan(first)) == none
    site.deploy(first)
    assert previous_of(site.plan(first)) == none
    second = site.build("0.2.0")
    was = f"{first.artifact.label}, version 2"
    assert previous_of(site.plan(second)) == was
    site.deploy(second)
    assert previous_of(site.plan(second)) == was
    assert previous_of(site.plan(site.build("0.3.0"))) == f"{second.artifact.label}, version 3"
    assert previous_of(site.plan_rollback(tag="v0.1.0")) == none
    # The same code with another variable: what was live before it can be restored.
    assert (
        previous_of(site.plan(second, {**VARIABLES, "FEATURE": "on"}))
        == f"{second.artifact.label}, version 3"
    )
    site.rollback()
    assert site.live["server"] == "2"

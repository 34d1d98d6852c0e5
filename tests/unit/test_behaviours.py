from __future__ import annotations

import itertools

import pytest

from outreach_ops.behaviours import arrange, covers, missing, origin_of, union
from outreach_ops.settings.cloudfront import Behaviour

IMAGE, NEXT, API, ALL = "/outreach/_next/image*", "/outreach/_next/*", "/outreach/api/*", "/outreach/*"


@pytest.mark.parametrize(
    ("general", "specific", "expected"),
    [
        (NEXT, IMAGE, True),
        (IMAGE, NEXT, False),
        (ALL, NEXT, True),
        (NEXT, API, False),
        (API, API, True),
        ("*", API, True),
        ("/a?c", "/abc", True),
        ("/a?c", "/a*c", False),
        ("/a*c", "/a?c", True),
        ("/a.c", "/abc", False),
        ("/Outreach/*", "/outreach/x", False),
        ("outreach/*", "/outreach/x", True),
        ("*.png", "/outreach/*.png", True),
        ("/outreach/*.png", "*.png", False),
    ],
)
def test_covers_means_every_request_of_the_other(general: str, specific: str, expected: bool) -> None:
    assert covers(general, specific) is expected


def behaviour(path: str, cache: str = "static") -> Behaviour:
    return Behaviour(path, "assets", cache)  # type: ignore[arg-type]


def test_union_has_each_path_once_and_the_later_group_decides() -> None:
    found = union([behaviour(NEXT), behaviour(API)], [behaviour(NEXT.lstrip("/"), "none"), behaviour(IMAGE)])
    assert [(each.path, each.cache) for each in found] == [
        (NEXT.lstrip("/"), "none"),
        (API, "static"),
        (IMAGE, "static"),
    ]


def test_missing_ignores_whether_the_first_slash_is_written() -> None:
    needed = [behaviour(NEXT), behaviour(IMAGE)]
    assert missing([NEXT.lstrip("/")], needed) == (behaviour(IMAGE),)


@pytest.mark.parametrize("ours", list(itertools.permutations([ALL, NEXT, IMAGE, API])))
def test_a_new_distribution_has_specific_before_general_in_any_order_of_the_list(
    ours: tuple[str, ...],
) -> None:
    order = arrange([], ours)
    assert sorted(order) == sorted(ours)
    assert order.index(IMAGE) < order.index(NEXT) < order.index(ALL)
    assert order.index(API) < order.index(ALL)


@pytest.mark.parametrize("existing", list(itertools.permutations([ALL, NEXT, IMAGE, API])))
def test_a_wrong_order_of_ours_is_put_right_and_then_stays(existing: tuple[str, ...]) -> None:
    order = arrange(existing, existing)
    assert order.index(IMAGE) < order.index(NEXT) < order.index(ALL)
    assert arrange(order, existing) == order


def test_a_right_order_is_left_alone() -> None:
    existing = ("/b/*", IMAGE, "/a/*", NEXT)
    assert arrange(existing, [NEXT, IMAGE]) == existing


def test_ours_go_before_the_foreign_path_that_would_hide_them() -> None:
    assert arrange(["/a/*", ALL, "/z/*"], [NEXT]) == ("/a/*", NEXT, ALL, "/z/*")


def test_ours_that_would_hide_a_foreign_path_go_behind_it() -> None:
    assert arrange([ALL, "/outreach/special", "/z/*"], [ALL]) == ("/outreach/special", "/z/*", ALL)


def test_foreign_paths_are_never_moved_even_when_one_hides_another() -> None:
    assert arrange(["/x/*", "/x/y"], [API]) == ("/x/*", "/x/y", API)


@pytest.mark.parametrize("existing", list(itertools.permutations(["/x/*", "/x/y", ALL, "/outreach/special"])))
def test_nothing_is_lost_and_foreign_order_holds(existing: tuple[str, ...]) -> None:
    ours = [NEXT, IMAGE]
    order = arrange(existing, ours)
    assert [path for path in order if path not in ours] == list(existing)
    assert order.index(IMAGE) < order.index(NEXT) < order.index(ALL)
    assert arrange(order, ours) == order


@pytest.mark.parametrize(
    ("request_path", "origin"),
    [
        ("/outreach/_next/image?url=x", "image"),
        ("/outreach/_next/static/a.js", "assets"),
        ("/outreach/notes.txt", "assets"),
        ("/outreach/api/health", "server"),
        ("/outreach", "server"),
    ],
)
def test_a_request_goes_where_its_most_specific_pattern_says(request_path: str, origin: str) -> None:
    behaviours = [
        Behaviour("/outreach/_next/*", "assets", "static"),
        Behaviour("/outreach/_next/image*", "image", "images"),
        Behaviour("/outreach/notes.txt", "assets", "static"),
        Behaviour("/outreach/api/*", "server", "none"),
    ]
    assert origin_of(request_path, behaviours) == origin

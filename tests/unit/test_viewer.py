"""Where the site is asked, and which files a page names."""

from __future__ import annotations

from fakes.site import Site
from outreach_ops.proof.answers import assets_named
from outreach_ops.proof.viewer import local_variables, viewer


def test_on_the_real_aws_the_site_is_asked_at_its_domain(site: Site) -> None:
    assert viewer(site.aws.connect(), site.settings).base_url == "https://outreach.example.com"


def test_on_the_real_aws_no_variable_is_made_up(site: Site) -> None:
    assert local_variables(site.aws.connect()) == {}


def test_the_files_of_tags_and_of_the_inlined_payload_are_found_once_each() -> None:
    page = (
        '<script src="/outreach-static/_next/static/chunks/main-1a2b.js"></script>'
        '<link href="/outreach-static/_next/static/css/app.css?v=1" rel="stylesheet">'
        '<script>self.__next_f.push([1,"2:I[\\"static/chunks/app/x\\",'
        '\\"/outreach-static/_next/static/chunks/app/(group)/[id]/page-3c4d.js\\"]"])</script>'
        '<script src="/outreach-static/_next/static/chunks/main-1a2b.js"></script>'
    )
    assert assets_named(page) == [
        "/outreach-static/_next/static/chunks/app/(group)/[id]/page-3c4d.js",
        "/outreach-static/_next/static/chunks/main-1a2b.js",
        "/outreach-static/_next/static/css/app.css",
    ]


def test_other_paths_are_no_files_of_the_build() -> None:
    assert assets_named('<a href="/outreach/about"><img src="/outreach/_next/image?url=x"></a>') == []

"""`invoke pre-deploy-check` finds, on the whole local AWS, what would keep a deploy from being good."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from outreach_ops.checks.permissions import wanted
from outreach_ops.sandbox import legacy
from outreach_ops.settings import load_site
from outreach_ops.settings.load import ROOT
from support import application as example
from support import tiny
from support.local import LocalAws

PRODUCTION_FIX = "ansible-playbook provision.yml -i inventories/production"
STAGING_FIX = "ansible-playbook provision.yml -i inventories/staging"
FOREIGN = "sentinel-header-of-somebody-else"


@dataclasses.dataclass(frozen=True)
class Place:
    """Staging with a release, and production as it was before this tool; the operator's checkout."""

    aws: LocalAws
    app: example.Application

    def check(self, environment: str = "production", **variables: str) -> dict[str, tuple[str, str, str]]:
        """Level, cause and fix of each finding, of which every one that is not ok has one fix."""
        done = self.typed(environment, **variables)
        said = json.loads(done.stdout)
        assert done.returncode == (0 if said["passed"] else 4), done.stderr
        found = {each["check"]: (each["level"], each["cause"], each["fix"]) for each in said["findings"]}
        assert all((fix == "") is (level == "ok") for level, _, fix in found.values())
        return found

    def typed(self, environment: str, **variables: str) -> subprocess.CompletedProcess[str]:
        flags = (f"--env={environment}", f"--app={self.app.path}", "--json")
        return self.aws.run("invoke", "pre-deploy-check", *flags, **variables)

    def distribution(self) -> tuple[str, str, dict[str, Any]]:
        """Staging's: its id, ETag and configuration."""
        cloudfront, identity = self.aws.client("cloudfront"), self.aws.distribution()
        found = cloudfront.get_distribution_config(Id=identity)
        return identity, found["ETag"], found["DistributionConfig"]

    def send(self, headers: Sequence[Mapping[str, str]]) -> None:
        """Has staging's CloudFront send these headers to the functions, as by hand in the console."""
        identity, etag, config = self.distribution()
        for origin in config["Origins"]["Items"]:
            if "CustomOriginConfig" in origin:
                origin["CustomHeaders"] = {"Quantity": len(headers), "Items": list(headers)}
        cloudfront = self.aws.client("cloudfront")
        cloudfront.update_distribution(Id=identity, IfMatch=etag, DistributionConfig=config)

    def provision(self) -> None:
        done = self.aws.run("ansible-playbook", "provision.yml", "-i", "inventories/staging")
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def place(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Place:
    assert legacy.seed(load_site("production"), local_aws.client, local_aws.running)
    place = Place(local_aws, example.make(tmp_path_factory.mktemp("app") / "outreach"))
    place.provision()
    tiny.release(place.app, "0.1.0")
    flags = ("--env=staging", f"--app={place.app.path}", "--skip-build")
    deployed = local_aws.run("invoke", "deploy", *flags)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    return place


def test_a_good_staging_passes_and_nothing_is_written(place: Place) -> None:
    place.aws.forget_calls()
    found = place.check("staging")
    assert [name for name, (level, _, _) in found.items() if level == "failure"] == []
    for name in ("certificate", "permissions", "origin", "promotion", "infrastructure", "dns"):
        assert found[name][0] == "ok", found[name]
    assert place.aws.writes() == []


def test_a_certificate_that_is_missing(place: Place) -> None:
    acm = place.aws.client("acm")
    held = acm.list_certificates()["CertificateSummaryList"]
    for each in held:
        if each["DomainName"] == "outreach.mydreamconnect.com":
            acm.delete_certificate(CertificateArn=each["CertificateArn"])
    assert place.check()["certificate"] == (
        "failure",
        "there is none for outreach.mydreamconnect.com",
        PRODUCTION_FIX,
    )


def test_promotion_wants_the_commit_that_staging_has_live(place: Place) -> None:
    commit = place.app.git("rev-parse", "HEAD").strip()
    level, cause, _ = place.check()["promotion"]
    assert (level, cause) == ("ok", f"staging has v0.1.0 ({commit[:7]}) live, and it passed its checks")
    (place.app.path / "app" / "headline.ts").write_text('export const headline = "Another.";\n')
    level, cause, fix = place.check()["promotion"]
    what = "app/headline.ts has changes that are not committed"
    assert (level, cause) == ("warning", f"the checkout differs from {commit[:7]}: {what}")
    assert fix.startswith("commit it, or git ")
    assert fix.endswith("; then invoke deploy --env=staging")
    place.app.commit("another headline")
    later = place.app.git("rev-parse", "HEAD").strip()
    level, cause, fix = place.check()["promotion"]
    assert (level, fix) == ("warning", "invoke deploy --env=staging")
    assert cause == f"staging has v0.1.0 ({commit[:7]}) live, not {later[:7]}"
    place.app.git("reset", "--quiet", "--hard", commit)


@pytest.fixture
def operator(place: Place) -> Iterator[dict[str, str]]:
    """A user's credentials, who may do all but two things that a release does."""
    iam = place.aws.client("iam")
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    yield {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    place.aws.faults()
    iam.delete_access_key(UserName="operator", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="operator", PolicyName="work")
    iam.delete_user(UserName="operator")


def allow(place: Place, *denied: str) -> None:
    """Lets the operator do everything but these."""
    statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    statements += [{"Effect": "Deny", "Action": each, "Resource": "*"} for each in denied]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    place.aws.client("iam").put_user_policy(UserName="operator", PolicyName="work", PolicyDocument=policy)


def test_permissions_that_the_caller_lacks_are_named_each_with_its_resource(
    place: Place, operator: dict[str, str]
) -> None:
    allow(place)
    assert place.check("staging", **operator)["permissions"][0] == "ok"
    allow(place, "logs:FilterLogEvents", "lambda:UpdateAlias")
    level, cause, fix = place.check("staging", **operator)["permissions"]
    assert (level, fix) == ("failure", "ask for them, for the role or user that you work as")
    lacking = {
        f"{action} on {resource}"
        for resource, actions in wanted(load_site("staging"), place.aws.distribution())
        for action in actions
        if action in ("logs:FilterLogEvents", "lambda:UpdateAlias")
    }
    assert len(lacking) == 8
    who, _, told = cause.partition(" lacks ")
    assert who == "arn:aws:iam::111122223333:user/operator"
    assert set(told.split(", ")) == lacking


def test_where_iam_simulates_nothing_for_the_caller_harmless_reads_tell(
    place: Place, operator: dict[str, str]
) -> None:
    allow(place)
    refuse = {"action": "error", "status": 403, "code": "AccessDenied", "message": "not you"}
    simulate = {"match": {"operation": "SimulatePrincipalPolicy"}, **refuse}
    place.aws.faults(simulate)
    level, cause, fix = place.check("staging", **operator)["permissions"]
    assert (level, "could not be simulated" in cause) == ("warning", True)
    assert "iam:SimulatePrincipalPolicy" in fix
    logs = {"match": {"operation": "FilterLogEvents"}, **refuse, "code": "AccessDeniedException"}
    place.aws.faults(simulate, logs)
    level, cause, _ = place.check("staging", **operator)["permissions"]
    assert (level, "may not logs:FilterLogEvents" in cause) == ("failure", True)


def test_the_header_that_cloudfront_sends_is_held_against_what_live_accepts(place: Place) -> None:
    place.send([{"HeaderName": "x-origin-secret", "HeaderValue": FOREIGN}])
    done = place.typed("staging")
    level, cause, fix = place.check("staging")["origin"]
    assert (level, fix) == ("failure", STAGING_FIX)
    assert "visitors get 403: sax-lam-us-east-1-0x-s-outreach-image is sent the header " in cause
    assert "; sax-lam-us-east-1-0x-s-outreach is sent the header " in cause
    assert FOREIGN not in done.stdout + done.stderr

    place.send([])
    assert "is sent no header, and accepts " in place.check("staging")["origin"][1]

    place.provision()
    assert place.check("staging")["origin"][0] == "ok"


@pytest.fixture
def gh(tmp_path: Path) -> Path:
    """The folder of a stand-in for gh; what it knows is in gh.json."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT}/tests/fakes/gh.py "$@"\n')
    program.chmod(0o755)
    return tmp_path


SECRETS = tuple(example.SECRETS)


@pytest.mark.parametrize(
    ("secrets", "level", "cause", "fix"),
    [
        ({"": [], "production": SECRETS}, "ok", f"all {len(SECRETS)} secrets are there", ""),
        (
            {"": SECRETS[1:]},
            "failure",
            "GitHub has no secret AUTH0_CLIENT_ID",
            "gh secret set AUTH0_CLIENT_ID --env production",
        ),
        (
            {"": SECRETS, "production": SECRETS[1:]},
            "warning",
            "the repository's own AUTH0_CLIENT_ID, which are staging's, would be production's",
            "gh secret set AUTH0_CLIENT_ID --env production",
        ),
        (None, "warning", "gh did not list the secrets: To get started with GitHub CLI", "gh auth login"),
    ],
    ids=["all", "missing", "staging's", "logged-out"],
)
def test_githubs_secrets_by_name(
    place: Place, gh: Path, secrets: dict[str, Sequence[str]] | None, level: str, cause: str, fix: str
) -> None:
    state = {"logged_in": secrets is not None, "secrets": secrets, "calls": []}
    (gh / "gh.json").write_text(json.dumps(state))
    path = f"{gh / 'bin'}{os.pathsep}{place.aws.environ['PATH']}"
    found = place.check(PATH=path, GH_STATE=str(gh / "gh.json"))["github"]
    assert (found[0], found[2]) == (level, fix)
    assert found[1].startswith(cause)

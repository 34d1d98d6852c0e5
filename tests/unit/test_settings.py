"""The inventory becomes typed settings, or a message that names file, line and key of all that is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from outreach_ops.errors import UsageError
from outreach_ops.settings.load import ROOT, environments, load_site

FOLDER = "inventories/staging/group_vars/staging"


class Inventory:
    """A copy of the real inventory of staging, to be damaged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "inventories" / "staging", root / "inventories" / "staging")

    def replace(self, role: str, pattern: str, replacement: str) -> int:
        """Replaces the one match of `pattern` in a role's file; the line where it began."""
        path = self.root / FOLDER / f"{role}.yml"
        text = path.read_text()
        (found,) = re.finditer(pattern, text, re.MULTILINE)
        path.write_text(text[: found.start()] + replacement + text[found.end() :])
        return text[: found.start()].count("\n") + 1

    def add(self, role: str, line: str) -> None:
        """Writes a line at the end of a role's file."""
        path = self.root / FOLDER / f"{role}.yml"
        path.write_text(f"{path.read_text()}{line}\n")

    def refusal(self) -> str:
        """What loading it says."""
        with pytest.raises(UsageError) as caught:
            load_site("staging", self.root)
        assert int(caught.value.exit_code) == 2
        return str(caught.value)


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inventory:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    return Inventory(tmp_path)


def test_the_real_inventory_is_right(inventory: Inventory) -> None:
    settings = load_site("staging", inventory.root)
    assert settings.site.account_id == "123456789012"
    assert settings.lambda_.server_name == "sax-lam-us-east-1-0x-s-outreach"
    assert settings.host == "outreach-staging"


def test_settings_cannot_be_changed(inventory: Inventory) -> None:
    settings = load_site("staging", inventory.root)
    with pytest.raises(AttributeError):
        settings.site.region = "eu-west-1"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.variables.build["NEW"] = "value"  # type: ignore[index]


def test_a_missing_key_is_named_with_its_file(inventory: Inventory) -> None:
    inventory.replace("s3", "^s3_bucket_name: .*\n", "")
    assert f"{FOLDER}/s3.yml: s3_bucket_name is missing" in inventory.refusal()


def test_a_missing_file_names_every_key_of_it(inventory: Inventory) -> None:
    (inventory.root / FOLDER / "route53.yml").unlink()
    text = inventory.refusal()
    assert f"{FOLDER}/route53.yml: route53_zone is missing" in text
    assert f"{FOLDER}/route53.yml: route53_record is missing" in text


def test_a_misspelt_key_is_named_with_line_and_the_nearest_name(inventory: Inventory) -> None:
    line = inventory.replace("lambda", "^lambda_server_memory:", "lambda_sever_memory:")
    text = inventory.refusal()
    assert f"{FOLDER}/lambda.yml:{line}: lambda_sever_memory is not known" in text
    assert "did you mean lambda_server_memory?" in text
    assert f"{FOLDER}/lambda.yml: lambda_server_memory is missing" in text


@pytest.mark.parametrize(
    ("role", "key", "value", "needed"),
    [
        ("lambda", "lambda_server_memory", '"1024"', "a whole number is needed, not a text ('1024')"),
        ("lambda", "lambda_server_memory", "1024.5", "a whole number is needed, not float (1024.5)"),
        ("lambda", "lambda_server_memory", "true", "a whole number is needed, not true or false (True)"),
        ("lambda", "lambda_server_timeout", "", "a whole number is needed, not nothing"),
        ("lambda", "lambda_architecture", "x86", "'x86' is not one of x86_64, arm64"),
        ("lambda", "lambda_runtime", "python3.13", "'python3.13' is not a Node.js runtime"),
        ("site", "site_region", "virginia", "'virginia' is not an AWS region"),
        ("site", "site_base_path", "outreach", "'outreach' is not a path like /outreach"),
        ("s3", "s3_bucket_name", "Not_A_Bucket", "'Not_A_Bucket' is not a bucket name"),
        ("route53", "route53_zone", "mydreamconnect.com.", "is not a domain name without a trailing dot"),
        ("cloudfront", "cloudfront_distribution_id", "d123", "'d123' is not a distribution id"),
        ("lambda", "lambda_handler", '""', "'' is not a file and a function"),
        ("site", "site_app", '""', "'' is not a text that is not empty"),
        ("s3", "s3_bucket_name", '""', "'' is not a bucket name"),
        ("iam", "iam_role_name", '""', "'' is not a role name"),
        ("cloudfront", "cloudfront_domain", "outreach.example.com", "outside the zone mydreamconnect.com"),
        ("route53", "route53_record", "outreach.example.com", "outside the zone mydreamconnect.com"),
        ("route53", "route53_record", "other.mydreamconnect.com", "is not cloudfront_domain"),
        ("acm", "acm_domain", "www.mydreamconnect.com", "does not cover outreach-stage.mydreamconnect.com"),
        ("acm", "acm_domain", '"*.outreach-stage.mydreamconnect.com"', "does not cover"),
        ("lambda", "lambda_image_name", "sax-lam-us-east-1-0x-s-outreach", "need a name each"),
    ],
)
def test_a_value_of_the_wrong_type_or_form_is_named_with_line_and_need(
    inventory: Inventory, role: str, key: str, value: str, needed: str
) -> None:
    line = inventory.replace(role, f"^{key}:.*$", f"{key}: {value}")
    text = inventory.refusal()
    assert f"{FOLDER}/{role}.yml:{line}: {key}: " in text
    assert needed in text


@pytest.mark.parametrize(
    ("pattern", "replacement", "needed"),
    [
        ("FROM_NUMBER, kind: shared, owner", "FROM_NUMBER, kind: shared, ownr", "did you mean owner?"),
        ("NODE_ENV, kind: release", "NODE_ENV, kind: fixed", "'fixed' is not one of release, shared"),
        ('MODE, kind: release, value: "true"', "MODE, kind: release, value: true", "a text is needed"),
        ("name: MULTI_ZONE_MODE", "name: AWS_REGION", "'AWS_REGION' is not a name that Lambda takes"),
        ("name: MULTI_ZONE_MODE", "name: ENVIRONMENT", "ENVIRONMENT stands there twice: leave one"),
    ],
)
def test_a_wrong_part_of_a_list_is_named(
    inventory: Inventory, pattern: str, replacement: str, needed: str
) -> None:
    inventory.replace("variables", pattern, replacement)
    text = inventory.refusal()
    assert re.search(rf"{FOLDER}/variables\.yml:\d+: variables_runtime: ", text)
    assert needed in text


def test_a_wildcard_certificate_covers_the_site(inventory: Inventory) -> None:
    inventory.replace("acm", "^acm_domain:.*$", 'acm_domain: "*.mydreamconnect.com"')
    assert load_site("staging", inventory.root).acm.domain == "*.mydreamconnect.com"


def test_a_misspelt_prefix_is_named_with_line_and_the_nearest_name(inventory: Inventory) -> None:
    line = inventory.replace("lambda", "^lambda_server_memory:", "lamda_server_memory:")
    text = inventory.refusal()
    assert f"{FOLDER}/lambda.yml:{line}: lamda_server_memory belongs to no role" in text
    assert "did you mean lambda_server_memory?" in text


def test_an_account_that_nobody_named_is_never_guessed(
    inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCOUNT_ID")
    text = inventory.refusal()
    assert re.search(rf"{FOLDER}/site\.yml:\d+: site_account_id: '' is not 12 digits", text)
    assert "set AWS_ACCOUNT_ID" in text


def test_every_wrong_line_is_named_at_once(inventory: Inventory) -> None:
    inventory.replace("s3", "^s3_bucket_name:", "s3_bucket:")
    inventory.replace("lambda", "^lambda_alias: .*$", "lambda_alias: 5")
    text = inventory.refusal()
    assert "s3_bucket is not known" in text
    assert "lambda_alias: a text is needed" in text


def test_a_variable_that_refers_to_nothing_is_named(inventory: Inventory) -> None:
    inventory.replace("acm", "^acm_domain: .*$", 'acm_domain: "{{ no_such_variable }}"')
    text = inventory.refusal()
    assert f"{FOLDER}/acm.yml:" in text
    assert "no_such_variable" in text


def test_a_file_that_is_no_yaml_is_named(inventory: Inventory) -> None:
    inventory.replace("acm", "^acm_domain: .*$", "acm_domain: [")
    assert f"{FOLDER}/acm.yml" in inventory.refusal()


def test_an_environment_that_calls_itself_otherwise_is_refused(inventory: Inventory) -> None:
    line = inventory.replace("site", "^site_environment: .*$", "site_environment: production")
    text = inventory.refusal()
    assert f"{FOLDER}/site.yml:{line}: site_environment is 'production'" in text
    assert "write site_environment: staging" in text


def test_an_environment_with_two_sites_is_refused(inventory: Inventory) -> None:
    path = inventory.root / "inventories" / "staging" / "hosts.yml"
    path.write_text(path.read_text().replace("      hosts:\n", "      hosts:\n        another-site:\n"))
    assert "has 2 hosts in the group staging" in inventory.refusal()


@pytest.mark.parametrize("environment", ["", "stagin", "Staging", "../staging", "staging/"])
def test_an_unknown_environment_lists_what_there_is(inventory: Inventory, environment: str) -> None:
    shutil.copytree(inventory.root / "inventories" / "staging", inventory.root / "inventories" / "develop")
    with pytest.raises(UsageError) as caught:
        load_site(environment, inventory.root)
    assert caught.value.fix == "choose one: --env=develop, --env=staging"


def test_only_folders_with_hosts_are_environments(inventory: Inventory) -> None:
    (inventory.root / "inventories" / "notes").mkdir()
    assert environments(inventory.root) == ["staging"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("lambda_tracing: on", "True is not one of Active, PassThrough"),
        ("lambda_tracing: active", "'active' is not one of Active, PassThrough"),
        ("lambda_log_retention_days: 31", "31 is not one of 1, 3, 5"),
        ("lambda_log_retention: 30", "did you mean lambda_log_retention_days?"),
        ("lambda_server_concurrency: 0", "0 is not between 1 and 10000 requests at a time"),
    ],
)
def test_an_option_of_functions_that_aws_would_refuse_is_named(
    inventory: Inventory, asked: str, said: str
) -> None:
    inventory.add("lambda", asked)
    assert said in inventory.refusal()


@pytest.mark.parametrize("days", ["0", "'30'", "true"])
def test_days_until_replaced_objects_go_are_at_least_one(inventory: Inventory, days: str) -> None:
    inventory.add("s3", f"s3_replaced_days: {days}")
    assert "s3_replaced_days:" in inventory.refusal()


ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/0a1b"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("cloudfront_web_acl: arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b", "a global web ACL"),
        ("cloudfront_web_acl: ''", "a global web ACL"),
        (f"cloudfront_web_acl: {ACL.replace('1234', '9999')}", "is not of the account 123456789012"),
        ("cloudfront_web_alc: x", "did you mean cloudfront_web_acl?"),
        ("cloudfront_http_version: http3", "is not one of http2, http2and3"),
        ("cloudfront_access_logs: {bucket: Upper}", "'Upper' is not a bucket name"),
        ("cloudfront_access_logs: {bucket: logs, prefix: /a/}", "a folder that ends in /"),
        ("cloudfront_access_logs: {bucket: logs, prefix: a}", "a folder that ends in /"),
        ("cloudfront_access_logs: {bucket: logs, perfix: a/}", "did you mean prefix?"),
        ("cloudfront_access_logs: {bucket: sax-s3-us-east-1-0x-s-outreach-assets}", "name another bucket"),
        ("cloudfront_security_headers: {}", "it names no header"),
        ("cloudfront_security_headers: {frame_options: ALLOW}", "is not one of DENY, SAMEORIGIN"),
        ("cloudfront_security_headers: {frame_option: DENY}", "did you mean frame_options?"),
        ("cloudfront_error_pages: [{error: 418, page: /a.html}]", "418 is not one of 400, 403"),
        ("cloudfront_error_pages: [{error: 503, page: a.html}]", "the path of a file"),
        ("cloudfront_error_pages: [{error: 503, page: /a*}]", "the path of a file"),
        ("cloudfront_error_pages: [{error: 503, page: /a}, {error: 503, page: /b}]", "503 has two pages"),
    ],
)
def test_an_option_that_aws_would_refuse_is_named_before_any_call(
    inventory: Inventory, asked: str, said: str
) -> None:
    inventory.add("cloudfront", asked)
    assert said in inventory.refusal()

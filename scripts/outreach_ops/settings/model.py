"""The shape of the inventory: one dataclass per role, one field per variable (`lambda_` + `runtime`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Annotated, Literal


@dataclasses.dataclass(frozen=True)
class Format:
    """What a text must look like as a whole, as a pattern and in words."""

    pattern: str
    meaning: str


@dataclasses.dataclass(frozen=True)
class Range:
    """The smallest and the largest number that AWS takes, and its unit."""

    least: int
    most: int
    unit: str


Memory = Annotated[int, Range(128, 10240, "MB")]
Timeout = Annotated[int, Range(1, 900, "seconds")]
Text = Annotated[str, Format(r"\S(.*\S)?", "a text that is not empty")]
Minutes = Annotated[int, Range(1, 360, "minutes")]
_DOMAIN = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
AccountId = Annotated[str, Format(r"\d{12}", "12 digits: write the account id there or set AWS_ACCOUNT_ID")]
Region = Annotated[str, Format(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region")]
Name = Annotated[str, Format(r"[A-Za-z0-9_-]+", "a name of letters, digits, - and _")]
FunctionName = Annotated[str, Format(r"[A-Za-z0-9_-]{0,64}", "a function's name, or an empty text for none")]
RoleName = Annotated[str, Format(r"[\w+=,.@-]+", "a role name")]
BucketName = Annotated[str, Format(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket name")]
QueueName = Annotated[str, Format(r"[\w-]{1,75}\.fifo", "a name that ends in .fifo")]
TableName = Annotated[str, Format(r"[\w.-]{3,255}", "a table name")]
Domain = Annotated[str, Format(_DOMAIN, "a domain name without a trailing dot")]
ParentDomain = Annotated[str, Format(f"({_DOMAIN})?", "a domain name, or an empty text for none")]
CertificateDomain = Annotated[str, Format(r"(\*\.)?" + _DOMAIN, "a domain name, or a wildcard")]
UrlPath = Annotated[str, Format(r"(/[\w-]+)*", "a path like /outreach, or an empty text")]
PathPattern = Annotated[str, Format(r"/\S+", "a path pattern that begins with /")]
Handler = Annotated[str, Format(r"[\w./-]+\.\w+", "a file and a function, like index.handler")]
Runtime = Annotated[str, Format(r"nodejs\d+\.x", "a Node.js runtime")]
SecurityPolicy = Annotated[str, Format(r"TLSv1\.[23]_20\d\d", "a CloudFront security policy")]
DistributionId = Annotated[str, Format(r"(E[A-Z0-9]+)?", "a distribution id, or an empty text for a new one")]
UrlTarget = Annotated[str, Format(r"/\S*", "a path that begins with /")]
Attempts = Annotated[int, Range(1, 10, "times")]
VARIABLE_NAME = r"[A-Za-z][A-Za-z0-9_]+"
VariableName = Annotated[str, Format(VARIABLE_NAME, "a name that Lambda takes for a variable")]


@dataclasses.dataclass(frozen=True)
class Site:
    """Who and where."""

    environment: Text
    account_id: AccountId
    region: Region
    project: Name
    code: Name
    base_path: UrlPath
    asset_prefix: UrlPath
    app: Text


@dataclasses.dataclass(frozen=True)
class S3:
    """The bucket of static files, function packages and ISR pages."""

    bucket_name: BucketName


@dataclasses.dataclass(frozen=True)
class Iam:
    """The execution role, which exists already."""

    role_name: RoleName


@dataclasses.dataclass(frozen=True)
class Lambda:
    """The server and image functions."""

    server_name: Name
    image_name: Name
    alias: Name
    runtime: Runtime
    architecture: Literal["x86_64", "arm64"]
    handler: Handler
    server_memory: Memory
    server_timeout: Timeout
    image_memory: Memory
    image_timeout: Timeout


@dataclasses.dataclass(frozen=True)
class Acm:
    """The certificate that the distribution shows."""

    domain: CertificateDomain


@dataclasses.dataclass(frozen=True)
class Route53:
    """The hosted zone and the site's name in it."""

    zone: Domain
    record: Domain
    take_over: bool = False


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """A path pattern of the distribution: where it goes and how it is cached."""

    path: PathPattern
    origin: Literal["server", "image", "assets"]
    cache: Literal["pages", "images", "static", "none"]


@dataclasses.dataclass(frozen=True)
class Cloudfront:
    """The distribution and what belongs to it."""

    domain: Domain
    distribution_id: DistributionId
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"]
    tls_minimum: SecurityPolicy
    oac_name: Name
    host_function_name: Name
    forwarded_hosts: tuple[Domain, ...]
    behaviours: tuple[Behaviour, ...]
    artifact_behaviours: tuple[Behaviour, ...] = ()
    origin_protection: Literal["secret_header", "none"] = "secret_header"


@dataclasses.dataclass(frozen=True)
class Dynamodb:
    """The ledger's table."""

    ledger_table: TableName


@dataclasses.dataclass(frozen=True)
class Isr:
    """What renews cached pages: the queue, the functions behind it and at each release, the tag table."""

    queue_name: QueueName
    tag_table: TableName
    revalidation_name: Name
    revalidation_memory: Memory
    revalidation_timeout: Timeout
    initialization_name: Name
    initialization_memory: Memory
    initialization_timeout: Timeout


@dataclasses.dataclass(frozen=True)
class Variable:
    """A variable of the server function: shared ones are always current, release ones roll back.

    `owner` is who makes its value where that is not this site; `about` is for the example files.
    """

    name: VariableName
    kind: Literal["release", "shared"]
    required: bool = True
    value: Text | None = None
    owner: Literal["", "sleepconnect", "twilio"] = ""
    about: str = ""


@dataclasses.dataclass(frozen=True)
class Variables:
    """What the application is built and run with."""

    build: Mapping[str, str]
    runtime: tuple[Variable, ...]
    api_shared_with_develop: bool = False

    @property
    def secret(self) -> tuple[str, ...]:
        """The names of the variables whose values no inventory has."""
        return tuple(variable.name for variable in self.runtime if variable.value is None)

    def of(self, owner: str) -> tuple[str, ...]:
        """The names of the variables whose values `owner` makes."""
        return tuple(variable.name for variable in self.runtime if variable.owner == owner)


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """How SleepConnect itself is put live: shell commands in its checkout, here or over SSH, or a workflow.

    `ssh` takes `host` (user@name or user@name:port) and `folder`; `workflow` takes `repository` and `ref`,
    and its `deploy` and `rollback` are workflow files.
    """

    runs: Literal["command", "ssh", "workflow"]
    deploy: str
    rollback: str = ""
    host: str = ""
    folder: str = ""
    repository: str = ""
    ref: str = ""
    minutes: Minutes = 30


@dataclasses.dataclass(frozen=True)
class Sleepconnect:
    """The parent application, which is not this project's: where it is, and what must agree with ours."""

    function_name: FunctionName = ""
    domain: ParentDomain = ""
    api_url: str = ""
    app: str = ""
    env_file: str = ""
    pipeline: Pipeline | None = None


@dataclasses.dataclass(frozen=True)
class Check:
    """A request whose answer proves a release: `passes` of at most `attempts` must be as they should.

    `pattern` is looked for in the body; `{version}` in it is the release's version. With `assets` every
    static file that the page names must be there too.
    """

    path: UrlTarget
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: str = ""
    status: Annotated[int, Range(100, 599, "as a status")] = 200
    pattern: str = ""
    assets: bool = False
    passes: Attempts = 2
    attempts: Attempts = 4

    def __post_init__(self) -> None:
        if self.passes > self.attempts:
            raise ValueError(f"passes: {self.passes} of {self.attempts} attempts cannot be")
        try:
            re.compile(self.body_pattern("0"))
        except re.error as error:
            raise ValueError(f"pattern: {self.pattern!r} is no regular expression: {error}") from error

    @property
    def sent_headers(self) -> dict[str, str]:
        """The headers of the request, in lower case; a body is JSON unless they say otherwise."""
        given = {name.lower(): value for name, value in self.headers.items()}
        return {"content-type": "application/json", **given} if self.body else given

    def body_pattern(self, version: str) -> str:
        """What must be found in the body of the release `version`."""
        return self.pattern.replace("{version}", re.escape(version))


@dataclasses.dataclass(frozen=True)
class User:
    """The made-up user of `invoke verify`: a tenant and practice for tests, and no person."""

    tenant_id: str
    practice_id: str
    sax_id: int


@dataclasses.dataclass(frozen=True)
class Verify:
    """What proves a release: its checks, and a log without errors but those with one of these patterns.

    And what `invoke verify` asks as `user`: `pages`, the `templates` route, one that gives JSON back
    (`echo`), a page with a server action (`form`), an address that redirects. An empty one is left out.
    """

    checks: tuple[Check, ...]
    watch_ignored: tuple[str, ...] = ()
    user: User | None = None
    pages: tuple[UrlTarget, ...] = ()
    templates: str = ""
    echo: str = ""
    form: str = ""
    redirect: str = ""


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything the inventory says of one site."""

    host: str
    site: Site
    s3: S3
    iam: Iam
    lambda_: Lambda
    acm: Acm
    route53: Route53
    cloudfront: Cloudfront
    dynamodb: Dynamodb
    isr: Isr
    variables: Variables
    sleepconnect: Sleepconnect
    verify: Verify

"""The shape of the inventory: one dataclass per role, one field per variable (`lambda_` + `runtime`)."""

from __future__ import annotations

import dataclasses
from typing import Literal

from outreach_ops.settings.cloudfront import Cloudfront
from outreach_ops.settings.formats import (
    AccountId,
    BucketName,
    CertificateDomain,
    Concurrency,
    Days,
    Domain,
    FunctionName,
    Handler,
    Memory,
    Minutes,
    Name,
    ParentDomain,
    QueueName,
    Region,
    RoleName,
    Runtime,
    TableName,
    Text,
    Timeout,
    UrlPath,
)
from outreach_ops.settings.variables import Variables
from outreach_ops.settings.verify import Verify

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


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

    @property
    def stage(self) -> str:
        """develop, staging or production: the environment without the project, as in handbook_staging."""
        return self.environment.removeprefix(f"{self.project}_")

    def sibling(self, stage: str) -> str:
        """The environment of the same application that is at `stage`."""
        return f"{self.environment.removesuffix(self.stage)}{stage}"

    @property
    def front(self) -> str:
        """The path of the front page."""
        return self.base_path or "/"

    @property
    def static(self) -> str:
        """Where pages ask for the build's files: below it is `_next/`."""
        return self.asset_prefix or self.base_path


@dataclasses.dataclass(frozen=True)
class S3:
    """The bucket of static files, function packages and ISR pages."""

    bucket_name: BucketName
    replaced_days: Days = 30


@dataclasses.dataclass(frozen=True)
class Iam:
    """The execution role, which exists already."""

    role_name: RoleName
    grant_inline: bool = False


@dataclasses.dataclass(frozen=True)
class Lambda:
    """The server and image functions; what is None stays as it is found."""

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
    tracing: Literal["Active", "PassThrough"] | None = None
    log_retention_days: LogDays | None = None
    server_concurrency: Concurrency | None = None
    image_concurrency: Concurrency | None = None


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

"""What a value of the inventory may look like: the types of texts and numbers."""

from __future__ import annotations

import dataclasses
from typing import Annotated


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
Concurrency = Annotated[int, Range(1, 10000, "requests at a time")]
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
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
PathPattern = Annotated[
    str,
    Format(
        r"/[A-Za-z0-9_.*$/~\"'@:+&?\\-]{1,254}",
        "a path pattern of CloudFront, which begins with / and has at most 255 letters of a-z, A-Z, 0-9 and "
        "_-.*$/~\"'@:+&?\\",
    ),
]
Handler = Annotated[str, Format(r"[\w./-]+\.\w+", "a file and a function, like index.handler")]
Runtime = Annotated[str, Format(r"nodejs\d+\.x", "a Node.js runtime")]
SecurityPolicy = Annotated[str, Format(r"TLSv1\.[23]_20\d\d", "a CloudFront security policy")]
DistributionId = Annotated[str, Format(r"(E[A-Z0-9]+)?", "a distribution id, or an empty text for a new one")]
FilePath = Annotated[str, Format(r"/[^\s*?]+", "the path of a file, which begins with /")]
WebAcl = Annotated[
    str,
    Format(
        r"arn:aws:wafv2:us-east-1:\d{12}:global/webacl/[\w-]+/[\w-]+",
        "the ARN of a global web ACL, arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID",
    ),
]
LogPrefix = Annotated[str, Format(r"([^/\s]\S{0,254}/)?", "a folder that ends in /, or an empty text")]
Days = Annotated[int, Range(1, 36500, "days")]
Seconds = Annotated[int, Range(0, 31536000, "seconds")]
UrlTarget = Annotated[str, Format(r"/\S*", "a path that begins with /")]
Attempts = Annotated[int, Range(1, 10, "times")]
VARIABLE_NAME = r"[A-Za-z][A-Za-z0-9_]+"
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""Names that Lambda sets itself and refuses to be given."""

VariableName = Annotated[
    str,
    Format(rf"(?!({'|'.join(sorted(RESERVED))})$){VARIABLE_NAME}", "a name that Lambda takes for a variable"),
]

"""Changes of what provisioning keeps, as somebody makes them in the console, in staging."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from outreach_ops.provision.quantities import listed
from support.local import LocalAws

SERVER = "sax-lam-us-east-1-0x-s-outreach"
BUCKET = "sax-s3-us-east-1-0x-s-outreach-assets"
LEDGER = "sax-ddb-us-east-1-0x-s-outreach-ledger"
TAGS = "sax-ddb-us-east-1-0x-s-outreach-tags"
QUEUE = "sax-sqs-us-east-1-0x-s-outreach-revalidation.fifo"
HOST = "sax-cff-us-east-1-0x-s-outreach-host"
OAC = "sax-oac-us-east-1-0x-s-outreach"
ROLE = {"RoleName": "lambda-dynamodb-execution-role", "PolicyName": "outreach-staging"}

Hand = Callable[[LocalAws], None]


def distribution(change: Callable[[dict[str, Any]], None]) -> Hand:
    """A change of the distribution's configuration."""

    def by_hand(aws: LocalAws) -> None:
        cloudfront = aws.client("cloudfront")
        identity = aws.distribution()
        found = cloudfront.get_distribution_config(Id=identity)
        config = copy.deepcopy(found["DistributionConfig"])
        change(config)
        assert config != found["DistributionConfig"]
        cloudfront.update_distribution(Id=identity, IfMatch=found["ETag"], DistributionConfig=config)

    return by_hand


def behaviour(at: int, **changes: Any) -> Hand:
    """A change of one behaviour."""
    return distribution(lambda config: config["CacheBehaviors"]["Items"][at].update(changes))


def origin(identity: str, change: Callable[[dict[str, Any]], None]) -> Hand:
    """A change of one origin."""

    def of(config: dict[str, Any]) -> None:
        change(next(each for each in config["Origins"]["Items"] if each["Id"] == identity))

    return distribution(of)


def swap(config: dict[str, Any]) -> None:
    """The general path before the special one, which is then never reached."""
    items = config["CacheBehaviors"]["Items"]
    special = copy.deepcopy(items[0])
    special["PathPattern"] = "/outreach/*"
    items.insert(0, special)
    config["CacheBehaviors"]["Quantity"] += 1


def cache_policy(change: Callable[[dict[str, Any]], None], prefix: str = "outreach-pages-") -> Hand:
    """A change of a cache policy of ours in place."""

    def by_hand(aws: LocalAws) -> None:
        cloudfront = aws.client("cloudfront")
        items = cloudfront.list_cache_policies(Type="custom")["CachePolicyList"]["Items"]
        config = next(
            each["CachePolicy"]
            for each in items
            if each["CachePolicy"]["CachePolicyConfig"]["Name"].startswith(prefix)
        )
        found = cloudfront.get_cache_policy(Id=config["Id"])
        changed = copy.deepcopy(found["CachePolicy"]["CachePolicyConfig"])
        change(changed)
        cloudfront.update_cache_policy(Id=config["Id"], IfMatch=found["ETag"], CachePolicyConfig=changed)

    return by_hand


def headers_policy(aws: LocalAws) -> None:
    """Other security headers than those that the policy's name stands for."""
    cloudfront = aws.client("cloudfront")
    items = cloudfront.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"]
    (identity,) = [each["ResponseHeadersPolicy"]["Id"] for each in items]
    found = cloudfront.get_response_headers_policy(Id=identity)
    config = copy.deepcopy(found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"])
    config["SecurityHeadersConfig"]["FrameOptions"]["FrameOption"] = "DENY"
    cloudfront.update_response_headers_policy(
        Id=identity, IfMatch=found["ETag"], ResponseHeadersPolicyConfig=config
    )


def drop_header(config: dict[str, Any]) -> None:
    headers = config["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"]
    headers["Items"] = headers["Items"][1:]
    headers["Quantity"] -= 1


def s3(operation: str, **params: Any) -> Hand:
    return lambda aws: getattr(aws.client("s3"), operation)(Bucket=BUCKET, **params)


def policy(change: Callable[[list[dict[str, Any]]], None]) -> Hand:
    def by_hand(aws: LocalAws) -> None:
        client = aws.client("s3")
        document = json.loads(client.get_bucket_policy(Bucket=BUCKET)["Policy"])
        change(document["Statement"])
        client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))

    return by_hand


def function(name: str, **params: Any) -> Hand:
    def by_hand(aws: LocalAws) -> None:
        functions = aws.client("lambda")
        functions.update_function_configuration(FunctionName=name, **params)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    return by_hand


def url(**params: Any) -> Hand:
    return lambda aws: aws.client("lambda").update_function_url_config(
        FunctionName=SERVER, Qualifier="live", **params
    )


def no_permission(sid: str, name: str = SERVER) -> Hand:
    return lambda aws: aws.client("lambda").remove_permission(
        FunctionName=name, Qualifier="live", StatementId=sid
    )


def host_code(aws: LocalAws) -> None:
    cloudfront = aws.client("cloudfront")
    etag = cloudfront.describe_function(Name=HOST, Stage="DEVELOPMENT")["ETag"]
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    code = b"function handler(event) { return event.request; }"
    cloudfront.update_function(Name=HOST, IfMatch=etag, FunctionConfig=config, FunctionCode=code)
    etag = cloudfront.describe_function(Name=HOST, Stage="DEVELOPMENT")["ETag"]
    cloudfront.publish_function(Name=HOST, IfMatch=etag)


def signing(aws: LocalAws) -> None:
    cloudfront = aws.client("cloudfront")
    items = cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"]
    identity = next(each["Id"] for each in items if each["Name"] == OAC)
    found = cloudfront.get_origin_access_control(Id=identity)
    config = {**found["OriginAccessControl"]["OriginAccessControlConfig"], "SigningBehavior": "never"}
    cloudfront.update_origin_access_control(
        Id=identity, IfMatch=found["ETag"], OriginAccessControlConfig=config
    )


def default(**changes: Any) -> Hand:
    """A change of the behaviour of all paths that have none of their own."""
    return distribution(lambda config: config["DefaultCacheBehavior"].update(changes))


def custom(identity: str, **changes: Any) -> Hand:
    """A change of how CloudFront talks to a function."""
    return origin(identity, lambda each: each["CustomOriginConfig"].update(changes))


def reading(at: int) -> Hand:
    """A path that takes no POST any more."""
    allowed = {**listed(["GET", "HEAD"]), "CachedMethods": listed(["GET", "HEAD"])}
    return behaviour(at, AllowedMethods=allowed)


def other_certificate(aws: LocalAws) -> None:
    arn = aws.client("acm").request_certificate(DomainName="other.example.com", ValidationMethod="DNS")
    by_hand = distribution(
        lambda config: config["ViewerCertificate"].update(ACMCertificateArn=arn["CertificateArn"])
    )
    by_hand(aws)


def cache_key(name: str, value: Any, prefix: str = "outreach-pages-") -> Hand:
    """A change of what keeps cached answers apart."""
    return cache_policy(
        lambda config: config["ParametersInCacheKeyAndForwardedToOrigin"].update({name: value}), prefix
    )


def host_draft(aws: LocalAws) -> None:
    """Code that was written and not published."""
    cloudfront = aws.client("cloudfront")
    etag = cloudfront.describe_function(Name=HOST, Stage="DEVELOPMENT")["ETag"]
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    code = b"function handler(event) { return event.request; }"
    cloudfront.update_function(Name=HOST, IfMatch=etag, FunctionConfig=config, FunctionCode=code)


def other_role(aws: LocalAws) -> None:
    iam = aws.client("iam")
    trust = iam.get_role(RoleName=ROLE["RoleName"])["Role"]["AssumeRolePolicyDocument"]
    made = iam.create_role(RoleName="somebody-elses", AssumeRolePolicyDocument=json.dumps(trust))
    function(SERVER, Role=made["Role"]["Arn"])(aws)


def table_policy(aws: LocalAws) -> None:
    arn = f"arn:aws:dynamodb:us-east-1:{aws.running.spec.account_id}:table/{TAGS}"
    aws.client("dynamodb").delete_resource_policy(ResourceArn=arn)


def event_source(**changes: Any) -> Hand:
    """A change of what feeds the function that renews pages."""

    def by_hand(aws: LocalAws) -> None:
        functions = aws.client("lambda")
        (found,) = functions.list_event_source_mappings()["EventSourceMappings"]
        functions.update_event_source_mapping(UUID=found["UUID"], **changes)

    return by_hand


def unprotected(table: str) -> Hand:
    return lambda aws: aws.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)


def unrestorable(table: str) -> Hand:
    off = {"PointInTimeRecoveryEnabled": False}
    return lambda aws: aws.client("dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification=off
    )


def queue(**attributes: str) -> Hand:
    """A change of the queue of pages to renew."""

    def by_hand(aws: LocalAws) -> None:
        sqs = aws.client("sqs")
        sqs.set_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"], Attributes=attributes
        )

    return by_hand


def records(aws: LocalAws) -> tuple[str, list[dict[str, Any]]]:
    route53 = aws.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    return zone["Id"], route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]


def gone(kind: str) -> Hand:
    """A record of the zone that somebody deleted."""

    def by_hand(aws: LocalAws) -> None:
        zone, found = records(aws)
        record = next(each for each in found if each["Type"] == kind)
        changes = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
        aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)

    return by_hand

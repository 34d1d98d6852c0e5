"""What every operator's process would load for itself, loaded once for all of them."""

import boto3

from support import operator, small

small.settings()
for service in ("sts", "lambda", "s3", "dynamodb", "cloudfront"):
    boto3.client(service, region_name="us-east-1")
assert operator

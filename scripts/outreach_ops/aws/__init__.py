"""The only importer of boto3: thin calls, typed errors, retries."""

import logging

# At DEBUG, which `invoke --debug` sets for everybody, these log whole requests: credentials and variables.
for _name in ("boto3", "botocore", "s3transfer", "urllib3"):
    logging.getLogger(_name).setLevel(logging.WARNING)

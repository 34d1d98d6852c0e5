"""The only importer of boto3: thin calls, typed errors, retries."""

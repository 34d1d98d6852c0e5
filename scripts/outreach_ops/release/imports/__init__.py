"""Versions and static files that were live before this tool come into its ledger and its places."""

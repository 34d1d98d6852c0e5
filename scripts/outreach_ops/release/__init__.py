"""Releases, rollbacks and all else that moves what is live."""

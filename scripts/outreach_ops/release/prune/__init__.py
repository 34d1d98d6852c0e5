"""Prune: versions and objects that no release needs any more are deleted, by the releases' own manifests."""

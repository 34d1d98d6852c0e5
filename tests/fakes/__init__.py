"""A site in memory: an AWS that refuses what AWS refuses, an edge that caches, builds to release."""

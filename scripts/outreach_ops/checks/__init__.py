"""The checks before a deploy: each a pure function over what was read."""

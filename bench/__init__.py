"""Measurements of this project against the tools that it replaces; see docs/performance.md."""

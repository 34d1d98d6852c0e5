"""The invoke tasks: each parses, calls and prints; what they do is elsewhere."""

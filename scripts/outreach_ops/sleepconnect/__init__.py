"""The parent application, seen from outside: what it is told, what it does with it, and its own pipeline."""

"""What the operator sets and what live runs with, as values that never show."""

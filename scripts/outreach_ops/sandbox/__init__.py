"""The local AWS: ministack inside a wrapper of ours, one process on loopback."""

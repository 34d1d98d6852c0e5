"""Whether a site answers as it must."""

"""What AWS holds for a site, and the record of what was done to it."""

"""What Ansible loads from here: thin adapters over the same code that the tasks use."""

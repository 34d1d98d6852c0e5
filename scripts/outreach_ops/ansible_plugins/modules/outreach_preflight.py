"""Documentation alone: the work is done by the action plugin of the same name."""

DOCUMENTATION = r"""
module: outreach_preflight
short_description: Refuses a run before its first writing call
description:
  - Reads and decides all that the roles would, and fails with every reason for which one of them would stop.
  - Holds the inventory against the naming convention and against the other inventories.
  - Warns of what should be known and does not stop a run.
  - Reads only.
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Refuse what AWS could not do, or what would harm somebody
  outreach_preflight:
"""

RETURN = r"""
findings:
  description: Each that is not ok, with check, level (warning, failure), cause and fix.
  type: list
  elements: dict
  returned: success
"""

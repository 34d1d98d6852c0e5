"""Documentation alone: the work is done by the action plugin of the same name."""

DOCUMENTATION = r"""
module: outreach_site
short_description: Checks the inventory and the account before any role runs
description:
  - Validates every variable of the site; a wrong one fails with its file and line.
  - Fails when the credentials belong to another account than the inventory's.
  - Says whether every role would find nothing to do.
  - Reads only.
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Check the inventory and the account
  outreach_site:
"""

RETURN = r"""
settled:
  description: Whether everything is as the inventory says, and nothing is to be waited for.
  type: bool
  returned: success
site:
  description: The variables of the site's own group_vars file.
  type: dict
  returned: success
"""

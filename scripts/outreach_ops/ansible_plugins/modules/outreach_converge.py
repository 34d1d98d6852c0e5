"""Documentation alone: the work is done by the action plugin of the same name."""

DOCUMENTATION = r"""
module: outreach_converge
short_description: Keeps one role's part of a site as the inventory says
description:
  - Reads what AWS has, decides which calls are needed, makes them, and reads again.
  - The settings are the role variables in the inventory, which are validated as a whole.
  - Nothing is deleted. What AWS could only change by replacing is refused.
  - In check mode no writing call is possible; the predicted calls are those that a run makes.
options:
  part:
    description: The role whose resources are meant.
    type: str
    required: true
    choices: [iam, s3, dynamodb, lambda, isr_queue, isr, acm, cloudfront, s3_policy, route53]
  wait:
    description: Whether to wait, with a bound and with progress, until AWS has settled.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
"""

EXAMPLES = r"""
- name: Keep the bucket private, versioned and encrypted
  outreach_converge:
    part: s3
"""

RETURN = r"""
steps:
  description: The writing calls that were made, or in check mode would be.
  type: list
  elements: dict
  returned: success
left:
  description: What a stock module is to write, from the steps that this task leaves to the role.
  type: list
  elements: dict
  returned: success
pending:
  description: What AWS still works on, when O(wait) is false.
  type: str
  returned: success
values:
  description: What AWS made up (ids, ARNs, host names), or "(known after creation)".
  type: dict
  returned: success
"""

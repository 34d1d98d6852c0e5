"""What git says of an application's checkout, and the tags that releases leave in it."""

from outreach_ops.git.checkout import Checkout, inspect
from outreach_ops.git.repository import Difference
from outreach_ops.git.tags import tag

__all__ = ["Checkout", "Difference", "inspect", "tag"]

"""The inventory as frozen, typed, validated values: the one source of every name and number."""

from outreach_ops.settings.load import environments, load_site
from outreach_ops.settings.model import Settings

__all__ = ["Settings", "environments", "load_site"]

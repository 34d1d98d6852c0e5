"""Whether the functions' execution role may do what the site needs: simulated, and what lacks is named."""

from __future__ import annotations

import json
from collections.abc import Sequence

from outreach_ops.aws import iam
from outreach_ops.aws.caller import Denied, simulate
from outreach_ops.aws.errors import DENIED, AwsError
from outreach_ops.aws.session import Aws
from outreach_ops.finding import Finding, failure, ok, warning
from outreach_ops.provision.role_needs import TRACES, Need, document, needs, policy_name
from outreach_ops.settings.model import Settings

CHECK = "execution role"


def findings(aws: Aws, settings: Settings) -> list[Finding]:
    """What the role lacks; nothing where it is missing, which its own role of the play says."""
    arn = iam.role_arn(aws, settings.iam.role_name)
    if arn is None:
        return []
    wanted = needs(settings)
    try:
        denied = simulate(iam.iam(aws), arn, [(need.resource, need.actions) for need in wanted])
    except AwsError as error:
        if error.code not in DENIED:
            raise
        cause = f"whether {settings.iam.role_name} may do what the site needs could not be simulated"
        return [warning(CHECK, cause, "ask for iam:SimulatePrincipalPolicy on it")]
    return judge(settings, wanted, denied)


def judge(settings: Settings, wanted: Sequence[Need], denied: Sequence[Denied]) -> list[Finding]:
    """By the simulation, which knows the role's own policies and no resource's."""
    role, found = settings.iam.role_name, []
    if firm := [each for each in denied if each.firmly]:
        cause = f"a policy, boundary or organisation denies {role} {_named(firm)}, whatever else allows it"
        found.append(warning(CHECK, cause, "have that denial taken away, or the site given another role"))
    loose = {(each.resource, each.action) for each in denied if not each.firmly}
    lacking = [need for need in wanted if any((need.resource, action) in loose for action in need.actions)]
    own = [need for need in lacking if not need.granted_by]
    if own and not settings.iam.grant_inline:
        found.append(_lacks(role, own))
    others = sorted({need.granted_by for need in lacking if need.granted_by})
    others += [f"inline policy {policy_name(settings)}"] if own and settings.iam.grant_inline else []
    return found or [ok(CHECK, f"{role} may do all that the site needs{_by(others)}")]


def _lacks(role: str, own: Sequence[Need]) -> Finding:
    actions = sorted({action for need in own for action in need.actions})
    fix = f"iam_grant_inline: true, or have its owner add {json.dumps(document(own)['Statement'])}"
    # Lambda refuses to switch tracing on for a role that may not send traces.
    traces = any(need.actions == TRACES for need in own)
    return (failure if traces else warning)(CHECK, f"{role} may not {', '.join(actions)}", fix)


def _named(denied: Sequence[Denied]) -> str:
    return ", ".join(f"{each.action} on {each.resource}" for each in denied)


def _by(others: Sequence[str]) -> str:
    return f", by the {', '.join(others)}" if others else ""

"""How each command is run for the proof that none shows a secret; one without a case fails a unit test."""

from __future__ import annotations

from collections.abc import Mapping

SITE = "--env=staging"
APP = "--app={app}"

CASES: Mapping[str, tuple[str, ...]] = {
    "deploy": (f"{SITE} {APP} --plan", f"{SITE} {APP} --verbose", f"{SITE} {APP} --unset TWILIO_FROM_NUMBER"),
    "promote": (f"{APP} --plan", f"{APP} --yes"),
    "prune": (f"{SITE} --plan", f"{SITE} --json"),
    "releases.table": (SITE, f"{SITE} --json"),
    "releases.import": (f"{SITE} --plan", SITE),
    "rollback": (f"{SITE} --tag v9.9.9", f"{SITE} --version 2 --plan", f"{SITE} --version 2"),
    "resume": (SITE,),
    "status": (SITE, f"{SITE} --json"),
    "doctor": (f"{SITE} {APP}", f"{SITE} {APP} --json"),
    "pre-deploy-check": (f"{SITE} {APP}", f"{SITE} {APP} --json"),
    "logs": (
        f"{SITE} --since 1h",
        f"{SITE} --app sleepconnect --json",
        f"{SITE} --function image --filter START",
    ),
    "insights": (f"{SITE} --query api-routes --json", f"{SITE} --query errors --app sleepconnect"),
    "diagnose": (f"{SITE} {APP}", f"{SITE} {APP} --symptom 401 --json"),
    "auth0.check": (SITE, f"{SITE} --json"),
    "auth0.sync": (SITE,),
    "env.show": (f"{SITE} {APP}", f"{SITE} {APP} --json"),
    "env.check-ignored": (f"{SITE} {APP}", f"{SITE} {APP} --json"),
    "infra.check": (SITE, f"{SITE} --json"),
    "lock.status": (SITE,),
    "lock.release": (SITE, f"{SITE} --force"),
    "origin.rotate": (f"{SITE} --plan", SITE),
    "sleepconnect.check": (f"{SITE} {APP}", f"{SITE} {APP} --json"),
    "sleepconnect.configure": (f"{SITE} {APP} --plan",),
    "sleepconnect.redeploy": (f"{SITE} {APP}",),
    "sleepconnect.rollback": (f"{SITE} {APP}",),
    "verify": (SITE, f"{SITE} --through=sleepconnect --json"),
    "secrets.rotate": (f"{SITE} --name TWILIO_AUTH_TOKEN", f"{SITE} --name AUTH0_SECRET"),
}
"""The arguments of each run; `{app}` is a checkout whose files of variables hold secrets."""

WITHOUT_SECRETS: Mapping[str, str] = {
    "env.new": "writes an inventory, which holds no secret, and asks nothing of AWS",
} | {
    f"sandbox.{name}": "works on the local AWS of this folder, which the tests leave alone, and reads no site"
    for name in ("start", "stop", "status", "reset", "env")
}
"""Commands that cannot come by a secret, with the reason."""

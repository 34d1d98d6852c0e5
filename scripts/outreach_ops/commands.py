"""The commands that messages tell an operator to type: each is spelled here and nowhere else."""

from __future__ import annotations


def provision(environment: str) -> str:
    """Makes what is missing, and puts right what differs."""
    return f"ansible-playbook provision.yml -i inventories/{environment}"


def releases(environment: str) -> str:
    """Shows what is live and what can be."""
    return f"invoke releases --env={environment}"


def releases_import(environment: str) -> str:
    """Records what was live before this tool."""
    return f"invoke releases.import --env={environment}"


def status(environment: str) -> str:
    """Shows what is live, who changes the site, and what was left unfinished."""
    return f"invoke status --env={environment}"


def resume(environment: str) -> str:
    """Concludes what an interrupted command left."""
    return f"invoke resume --env={environment}"


def rollback(environment: str, version: str = "") -> str:
    """Makes the release with a server version live, else the one before, with files and pages."""
    return f"invoke rollback --env={environment}" + (f" --version {version}" if version else "")


def deploy(environment: str, *flags: str) -> str:
    """Makes the application live."""
    return " ".join(["invoke deploy", f"--env={environment}", *flags])


def prune(environment: str, keep: int) -> str:
    """Deletes what only older releases need."""
    return f"invoke prune --env={environment} --keep={keep}"


def env_show(environment: str) -> str:
    """Lists every variable: where it comes from, and its fingerprint."""
    return f"invoke env.show --env={environment}"


def auth0_sync(environment: str) -> str:
    """Releases SleepConnect's Auth0 trio with the code that is live."""
    return f"invoke auth0.sync --env={environment}"


def configure(environment: str) -> str:
    """Tells SleepConnect where Outreach is."""
    return f"invoke sleepconnect.configure --env={environment}"


def redeploy(environment: str) -> str:
    """Runs SleepConnect's own pipeline."""
    return f"invoke sleepconnect.redeploy --env={environment}"


def retell(environment: str) -> str:
    """Both: its rewrites are frozen when it is built, so that telling it alone changes nothing."""
    return f"{configure(environment)}, then: {redeploy(environment)}"


def sleepconnect_check(environment: str) -> str:
    """Says whether SleepConnect passes requests on as it must."""
    return f"invoke sleepconnect.check --env={environment}"


def rotate(environment: str, name: str) -> str:
    """Releases a new value of a secret."""
    return f"invoke secrets.rotate --env={environment} --name {name}"


def logs(environment: str, role: str) -> str:
    """Shows what the function that plays `role` has written lately."""
    return f"invoke logs --env={environment} --function {role}"


def origin_rotate(environment: str) -> str:
    """Changes the secret between CloudFront and the functions, or goes on with a change that was left."""
    return f"invoke origin.rotate --env={environment}"


def diagnose(environment: str) -> str:
    """Finds the causes of what somebody sees."""
    return f"invoke diagnose --env={environment}"


REBUILD = "run the command again with --rebuild"

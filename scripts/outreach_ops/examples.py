"""Examples and references for operators, from inventories and tasks: `scripts/generate` writes them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from outreach_ops.reference import options_reference, reference, variables_reference
from outreach_ops.settings import environments, load_site
from outreach_ops.settings.load import ROOT
from outreach_ops.settings.model import Settings
from outreach_ops.settings.variables import Variable

HEAD = "# Made by scripts/generate from inventories/{environment}: do not edit.\n"
OWNERS = {
    "sleepconnect": "from SleepConnect's function {function}: identical there, never make new ones.\n"
    "# Without these lines a first deploy takes them from there; later ones keep what live has",
    "twilio": "from the Twilio console",
    "": "this site's own",
}
LOAD = "# A deploy reads .env, .env.local and the environment. Before it: set -a; . ./.env.production; set +a"
SETTLED = "# Fixed by the inventory, which is used when these lines are not here."


def files(root: Path = ROOT) -> dict[str, str]:
    """Each generated file of the project's root with its content."""
    known = environments(root)
    sites = {name: load_site(name, root) for name in known}
    made = {
        "mise.toml": mise(known),
        "docs/commands.md": reference(root),
        "docs/variables.md": variables_reference(sites) + options_reference(root),
    }
    if "staging" in sites:
        made[".env.example"] = dotenv(sites["staging"], ".env.local")
        made["mise.local.toml.example"] = mise_local(sites["staging"])
    if "production" in sites:
        made[".env.production.example"] = dotenv(sites["production"], ".env.production", LOAD)
    return made


def dotenv(settings: Settings, copy: str, load: str = "") -> str:
    """An example of a file of variables: secrets to fill in, and as comments what the inventory fixes."""
    lines = [
        HEAD.format(environment=settings.site.environment).rstrip(),
        f"# Copy it to {copy} of the application and fill in the values; never commit the copy.",
        *([load] if load else []),
    ]
    for owner, variables in _by_owner(settings).items():
        lines += ["", f"# {OWNERS[owner].format(function=settings.sleepconnect.function_name)}"]
        for each in variables:
            lines += [f"# {each.about or each.name}{'' if each.required else ' (may be left out)'}"]
            # Left empty, a line would be a value: one that may be left out is a comment.
            lines += [f"{'' if each.required else '# '}{each.name}="]
    constants = {each.name: each.value for each in settings.variables.runtime if each.value is not None}
    lines += ["", SETTLED, *(f"# {name}={value}" for name, value in constants.items())]
    lines += ["", "# Fixed by the inventory; another value here is refused."]
    lines += [f"# {name}={value}" for name, value in settings.variables.build.items()]
    return "\n".join(lines) + "\n"


def mise(known: list[str]) -> str:
    """The runbook's tasks for mise, each one of this project's commands."""
    tasks: dict[str, tuple[str, str]] = {"setup": ("Install everything inside this folder", "make setup")}
    for name in known:
        env = f"--env={name}"
        tasks[f"deploy:{name}"] = (f"Deploy to {name}", f"invoke deploy {env}")
        tasks[f"rollback:{name}"] = (f"Roll {name} back, e.g. -- --tag v0.1.5", f"invoke rollback {env}")
        tasks[f"releases:{name}"] = (f"List the releases of {name}", f"invoke releases {env}")
        tasks[f"check:{name}"] = (f"Check before a deploy to {name}", f"invoke pre-deploy-check {env}")
        provision = f"ansible-playbook provision.yml -i inventories/{name}"
        tasks[f"provision:{name}"] = (f"Provision {name}", provision)
    head = HEAD.format(environment="*").rstrip()
    parts = [f'{head}\n[env]\n_.path = ["{{{{config_root}}}}/.venv/bin"]']
    for name, (description, command) in tasks.items():
        parts.append(f'[tasks."{name}"]\ndescription = "{description}"\nrun = "{command}"')
    return "\n\n".join(parts) + "\n"


def mise_local(settings: Settings) -> str:
    """The secrets for mise, to be filled in."""
    lines = [HEAD.format(environment=settings.site.environment).rstrip()]
    lines += ["# Copy it to mise.local.toml and fill in the values; never commit the copy.", "[env]"]
    lines += ['# AWS_PROFILE = ""', '# AWS_ACCOUNT_ID = ""']
    for variables in _by_owner(settings).values():
        lines += [f'{"" if each.required else "# "}{each.name} = ""' for each in variables]
    return "\n".join(lines) + "\n"


def drift(root: Path, made: Mapping[str, str]) -> list[str]:
    """The files that are not as the inventory makes them."""
    return [name for name, text in made.items() if _content(root / name) != text]


def main(arguments: list[str]) -> int:
    """Writes the files; with --check says which differ, and fails."""
    # The examples name no account.
    os.environ.setdefault("AWS_ACCOUNT_ID", "000000000000")
    made = files()
    differing = drift(ROOT, made)
    if "--check" in arguments:
        for name in differing:
            print(f"{name} is not what the inventories make: run scripts/generate", file=sys.stderr)
        return 1 if differing else 0
    for name in differing:
        (ROOT / name).write_text(made[name])
        print(f"wrote {name}")
    return 0


def _by_owner(settings: Settings) -> dict[str, list[Variable]]:
    needed = [each for each in settings.variables.runtime if each.value is None]
    return {
        owner: [each for each in needed if each.owner == owner]
        for owner in OWNERS
        if any(each.owner == owner for each in needed)
    }


def _content(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

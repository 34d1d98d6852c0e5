"""The references of commands and variables, from the tasks and the inventories themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach_ops.settings.model import Settings

HEAD = """# Commands

Made by `scripts/generate` from the tasks: do not edit. `invoke --help COMMAND` says the same.

Before the command invoke itself takes `--dry`, with which none of them writes to AWS. Exit codes are in the
[README](../README.md).
"""


def reference(root: Path) -> str:
    """Every command with what it does and its flags, as Markdown."""
    from invoke.collection import Collection  # noqa: PLC0415  (only scripts/generate loads tasks)
    from invoke.loader import FilesystemLoader  # noqa: PLC0415

    namespace = Collection.from_module(FilesystemLoader(start=str(root)).load("tasks")[0])
    names = {called(namespace, name): namespace[name] for name in namespace.task_names}
    index = [f"| [`{name}`](#{_anchor(name)}) | {_about(names[name])} |" for name in sorted(names)]
    entries = [_entry(name, names[name]) for name in sorted(names)]
    return "\n".join([HEAD, "| invoke | |\n| --- | --- |", *index, "", *entries])


def called(namespace: Any, name: str) -> str:
    """What an operator types for the task `name`: for a collection's default task the collection's name."""
    collection, _, task = name.rpartition(".")
    return collection if collection and namespace.collections[collection].default == task else name


def _entry(name: str, task: Any) -> str:
    flags = [_flag(argument) for argument in task.get_arguments()]
    table = ["", "| flag | meaning |", "| --- | --- |", *flags] if flags else []
    return "\n".join([f"## invoke {name}", "", _about(task), *table, ""])


def _about(task: Any) -> str:
    return str(task.__doc__).strip().splitlines()[0]


def _anchor(name: str) -> str:
    """What GitHub makes of the command's heading."""
    return f"invoke-{name.replace('.', '')}"


def _flag(argument: Any) -> str:
    name = argument.name.replace("_", "-")
    value = "" if argument.kind is bool else "=..."
    default = f" (default: {argument.default})" if argument.default not in (None, "", False, []) else ""
    text = (argument.help or "").replace("|", "\\|")
    return f"| `--{name}{value}` | {text}{default} |"


VARIABLES = """# Variables

Made by `scripts/generate` from the inventories and the roles: do not edit. How they are merged and kept is
in the [runbook](runbook.md#variables).

"""
OWNERS = {"sleepconnect": "SleepConnect's function", "twilio": "Twilio's console", "": "this site"}


def variables_reference(sites: Mapping[str, Settings]) -> str:
    """Every variable: kind, source, and its value in each environment whose inventory has one."""
    built = {name: dict(site.variables.build) for name, site in sites.items()}
    fixed = {
        name: {each.name: each.value or "" for each in site.variables.runtime} for name, site in sites.items()
    }
    runtime = {each.name: each for site in sites.values() for each in site.variables.runtime}
    parts = [
        VARIABLES,
        "## Of the build\n\nBaked into the client bundle; another value than the inventory's is refused.\n\n",
        _table(("variable", *sites), [_values(name, built) for name in dict.fromkeys(_names(built))]),
        "\n## Of the server function\n\nA value here yields to `.env`, `.env.local` and the environment; ",
        "where there is none, these must give it.\n\n",
        _table(
            ("variable", "kind", "required", "made by", "what", *sites),
            [
                (
                    f"`{name}`",
                    each.kind,
                    "yes" if each.required else "no",
                    OWNERS[each.owner],
                    each.about,
                    *_values(name, fixed)[1:],
                )
                for name, each in runtime.items()
            ],
        ),
    ]
    return "".join(parts)


OPTIONS = """
## Of provisioning, where the default will not do

Written into the file of their role in `inventories/<environment>/group_vars/<environment>/`; the roles' own
pages say more. Without a default, what is found stays as it is.

"""


def options_reference(root: Path) -> str:
    """Every variable of a role that an inventory may leave out, with its default."""
    import yaml  # noqa: PLC0415  (only scripts/generate reads them)

    rows = []
    for path in sorted((root / "roles").glob("*/meta/argument_specs.yml")):
        options = yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]
        rows += [_option(name, each) for name, each in options.items() if not each.get("required")]
    return OPTIONS + _table(("variable", "default", "what"), rows)


def _option(name: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    default = spec.get("default")
    shown = "" if default is None else f"`{json.dumps(default).strip(chr(34))}`"
    fields = ", ".join(f"`{each}`" for each in spec.get("options", ()))
    choices = " or ".join(f"`{each}`" for each in spec.get("choices", ()))
    named = f" Its fields: {fields}." if fields else ""
    return (f"`{name}`", shown, f"{spec['description']}{named}{f' {choices}.' if choices else ''}")


def _names(values: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [name for each in values.values() for name in each]


def _values(name: str, values: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    return (f"`{name}`", *(f"`{each[name]}`" if each.get(name) else "" for each in values.values()))


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell or '-' for cell in line)} |\n" for line in lines)

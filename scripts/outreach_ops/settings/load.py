"""Reads an environment's inventory through Ansible's own loader and templating."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from outreach_ops import convention
from outreach_ops.errors import Place, UsageError
from outreach_ops.settings import behaviours_file
from outreach_ops.settings.model import Settings
from outreach_ops.settings.parse import COMMAND_LINE, Raw, parse

ROOT = Path(__file__).resolve().parents[3]
"""The project's root: where ansible.cfg and inventories/ stand."""


def environments(root: Path = ROOT) -> list[str]:
    """The environments that have an inventory."""
    return sorted(path.parent.name for path in (root / "inventories").glob("*/hosts.yml"))


def load_site(environment: str, root: Path = ROOT) -> Settings:
    """The settings of the environment's one site; raises UsageError that names what there is."""
    known = environments(root)
    if environment not in known:
        raise UsageError(
            f"there is no environment {environment!r}" if environment else "no environment was named",
            f"choose one: {', '.join(f'--env={name}' for name in known)}",
        )
    _check_syntax(root, environment)
    folder = f"inventories/{environment}/group_vars/{environment}"
    sites = _variables(root, environment)
    _refuse_many(environment, len(sites))
    ((host, variables),) = sites.items()
    settings = parse(host, variables, folder)
    if settings.site.environment != environment:
        place = variables["site_environment"].place
        raise UsageError(
            f"{place}: site_environment is {settings.site.environment!r} in the inventory of {environment}",
            f"write site_environment: {environment}",
        )
    return settings


def play_site(host: str, variables: Mapping[str, Any], templar: Any, root: Path = ROOT) -> Settings:
    """The settings that a play's variables give for `host`, extra variables included; raises as load_site."""
    prefixes, typed = tuple(f"{field.name.rstrip('_')}_" for field in dataclasses.fields(Settings)), _typed()
    raw = {
        str(key): _template(templar, key, value, root)
        for key, value in variables.items()
        if str(key).startswith(prefixes) or key in typed or _place(key, root).file.startswith("inventories/")
    }
    # Ansible takes the name from the file and the value from the command line, which is where it is wrong.
    raw |= {key: dataclasses.replace(raw[key], place=COMMAND_LINE) for key in typed if key in raw}
    groups = variables["group_names"]
    folder = f"inventories/{Path(str(variables.get('inventory_dir', ''))).name}/group_vars/{groups[0]}"
    settings = _with_artifact(parse(host, raw, folder))
    if settings.site.environment not in groups:
        raise UsageError(
            f"site_environment is {settings.site.environment!r}, and {host} is in {', '.join(groups)} only",
            "correct it, or use the inventory of that environment",
        )
    _refuse_many(settings.site.environment, len(variables["groups"][settings.site.environment]))
    _refuse_shared(settings, typed, variables["ansible_play_hosts_all"])
    return settings


def _with_artifact(settings: Settings) -> Settings:
    """Add the paths of the build that the play was started for."""
    cloudfront = dataclasses.replace(settings.cloudfront, artifact_behaviours=behaviours_file.read())
    return dataclasses.replace(settings, cloudfront=cloudfront)


def _typed() -> Collection[str]:
    """The names of the variables of the command line."""
    from ansible.parsing.dataloader import DataLoader  # noqa: PLC0415
    from ansible.utils.vars import load_extra_vars  # noqa: PLC0415

    return {str(key) for key in load_extra_vars(DataLoader())}


def _refuse_shared(settings: Settings, typed: Collection[str], hosts: Sequence[str]) -> None:
    """Raises UsageError for a name of the command line that several sites of the play would have."""
    for variable in convention.CLAIMED:
        if variable in typed and len(hosts) > 1 and convention.value(variable, settings):
            raise UsageError(
                f"{COMMAND_LINE}: {variable} would be that of {', '.join(sorted(hosts))}",
                f"add --limit {settings.host}, or write it into that site's inventory",
            )


def _refuse_many(environment: str, hosts: int) -> None:
    """Raises UsageError for two sites that have one group's variables, one bucket for instance."""
    if hosts != 1:
        raise UsageError(
            f"inventories/{environment}/hosts.yml has {hosts} hosts in the group {environment}",
            "leave exactly one host, the site, in that group",
        )


def _refuse_twice(found: Any, place: Place) -> None:
    """Raises UsageError for a key that stands twice: Ansible takes the last, silently."""
    keys: set[str] = set()
    for key, _ in found.value if found is not None else ():
        if key.value in keys:
            where = dataclasses.replace(place, line=key.start_mark.line + 1)
            raise UsageError(f"{where}: {key.value} stands here twice", "remove one of the two lines")
        keys.add(key.value)


def _check_syntax(root: Path, environment: str) -> None:
    """Raises UsageError with file and line of what is no YAML, which Ansible's own message leaves out."""
    import yaml  # noqa: PLC0415

    for path in sorted((root / "inventories" / environment).rglob("*.y*ml")):
        place = Place(str(path.relative_to(root)))
        try:
            found = yaml.compose(path.read_text())
        except UnicodeDecodeError as error:
            raise UsageError(f"{place}: this is not UTF-8: {error.reason}", "correct it there") from error
        except yaml.MarkedYAMLError as error:
            line = None if error.problem_mark is None else error.problem_mark.line + 1
            place = dataclasses.replace(place, line=line)
            raise UsageError(f"{place}: this is no YAML: {error.problem}", "correct it there") from error
        if isinstance(found, yaml.ScalarNode) and found.value == "":
            found = None
        if found is not None and not isinstance(found, yaml.MappingNode):
            raise UsageError(f"{place}: names with values are needed here", "correct it there")
        _refuse_twice(found, place)


def _variables(root: Path, environment: str) -> dict[str, dict[str, Raw]]:
    # Imported here: Ansible costs a quarter of a second, which `invoke --list` must not pay.
    from ansible.inventory.manager import InventoryManager  # noqa: PLC0415
    from ansible.parsing.dataloader import DataLoader  # noqa: PLC0415
    from ansible.template import Templar  # noqa: PLC0415
    from ansible.vars.manager import VariableManager  # noqa: PLC0415

    _init_plugins()
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(root / "inventories" / environment)])
    manager = VariableManager(loader=loader, inventory=inventory)
    # In a play it takes the command line's, which are for that play's sites, and not for those beside them.
    manager._extra_vars = {}
    hosts = inventory.groups[environment].get_hosts() if environment in inventory.groups else []
    sites: dict[str, dict[str, Raw]] = {}
    for host in hosts:
        found = manager.get_vars(host=host)
        templar = Templar(loader=loader, variables=found)
        sites[host.name] = {str(key): _template(templar, key, value, root) for key, value in found.items()}
    return sites


@functools.cache
def _init_plugins() -> None:
    """Once a process, and not in a play's own: Ansible warns of a second time."""
    from ansible.plugins.loader import init_plugin_loader  # noqa: PLC0415
    from ansible.utils.collection_loader import AnsibleCollectionConfig  # noqa: PLC0415

    if AnsibleCollectionConfig.collection_finder is None:
        init_plugin_loader()


def _template(templar: Any, key: Any, value: Any, root: Path) -> Raw:
    from ansible.errors import AnsibleError  # noqa: PLC0415

    place = _place(key, root)
    try:
        # The round trip strips Ansible's tagged types.
        return Raw(json.loads(json.dumps(templar.template(value), default=str)), place)
    except AnsibleError as error:
        return Raw(None, place, str(error).splitlines()[0])


def _place(key: Any, root: Path) -> Place:
    # The only record of file and line that Ansible keeps; it has no public reader yet.
    from ansible._internal._datatag._tags import Origin  # noqa: PLC0415

    origin = Origin.get_tag(key)
    if origin is None or origin.path is None:
        return Place("the inventory")
    path = Path(origin.path)
    return Place(str(path.relative_to(root) if path.is_relative_to(root) else path), origin.line_num)

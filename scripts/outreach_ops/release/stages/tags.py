"""The stage that fills the tag table, without which a tag purges no page that nobody has visited yet."""

from __future__ import annotations

from outreach_ops import commands
from outreach_ops.errors import OpsError
from outreach_ops.release.work import Work
from outreach_ops.roles import Role

ROLE: Role = "initialization"
EVENT = {"requestType": "create"}
# OpenNext writes it to the log and answers all the same.
REFUSED = "Failed to batch write dynamo item"


def seed(work: Work) -> None:
    """Has the build's own function write its tags, all under its build id: no visitor asks for them yet."""
    desk = work.desk
    if not work.plan.seeds:
        desk.console.note("the table has all")
        return
    function = desk.site.functions[ROLE]
    said = function.invoke(work.versions[ROLE], EVENT, with_log=True)
    if said.error is not None or REFUSED in said.log:
        for line in said.log.splitlines():
            desk.console.detail(f"log: {line}")
        written = commands.logs(desk.environment, ROLE)
        raise OpsError(
            f"{function.name} could not fill the tag table {desk.settings.isr.tag_table}",
            f"{commands.provision(desk.environment)} --tags isr, or look: {written}",
            step="tags",
        )
    desk.console.note("the build's tags are there")

"""The stage that fills the tag table, without which a tag purges no page that nobody has visited yet."""

from __future__ import annotations

from outreach_ops import commands
from outreach_ops.aws.functions import Function
from outreach_ops.errors import OpsError
from outreach_ops.release.work import Work
from outreach_ops.roles import Role

ROLE: Role = "initialization"
EVENT = {"requestType": "create"}
MARGIN_SECONDS = 15
"""What a cold start and the network take beside the function's own time."""
# OpenNext writes it to the log and answers all the same.
REFUSED = "Failed to batch write dynamo item"


def seed(work: Work) -> None:
    """Has the build's own function write its tags, all under its build id: no visitor asks for them yet."""
    desk = work.desk
    if not work.plan.seeds:
        desk.console.note("the table has all")
        return
    isr = desk.settings.isr
    # Asked again while it still writes, it would be running twice, and might end after the alias has moved.
    patient = desk.site.aws.patient("lambda", isr.initialization_timeout + MARGIN_SECONDS)
    function = Function(patient, isr.initialization_name)
    said = function.invoke(work.versions[ROLE], EVENT, with_log=True)
    if said.error is not None or REFUSED in said.log:
        for line in said.log.splitlines():
            desk.console.detail(f"log: {line}")
        written = commands.logs(desk.environment, ROLE)
        raise OpsError(
            f"{function.name} could not fill the tag table {isr.tag_table}",
            f"{commands.provision(desk.environment)} --tags isr, or look: {written}",
            step="tags",
        )
    desk.console.note("the build's tags are there")

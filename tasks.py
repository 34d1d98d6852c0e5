"""Every command: invoke --list."""

from invoke import Collection

from outreach_ops.tasks import (
    auth0,
    checks,
    env,
    infra,
    lock,
    observe,
    origin,
    release,
    releases,
    sandbox,
    secrets,
    sleepconnect,
    upkeep,
)

namespace = Collection()
namespace.add_task(release.deploy)
namespace.add_task(release.rollback)
namespace.add_task(release.resume)
namespace.add_task(release.status)
namespace.add_task(upkeep.promote)
namespace.add_task(upkeep.prune)
namespace.add_task(checks.doctor)
namespace.add_task(checks.pre_deploy_check)
namespace.add_task(observe.logs)
namespace.add_task(observe.insights)
namespace.add_task(observe.diagnose)
namespace.add_task(checks.verify)
namespace.add_collection(auth0)
namespace.add_collection(env)
namespace.add_collection(infra)
namespace.add_collection(lock)
namespace.add_collection(origin)
namespace.add_collection(releases)
namespace.add_collection(sandbox)
namespace.add_collection(secrets)
namespace.add_collection(sleepconnect)

"""Every command: invoke --list."""

from invoke import Collection

from outreach_ops.tasks import infra, lock, release, sandbox

namespace = Collection()
namespace.add_task(release.deploy)
namespace.add_task(release.rollback)
namespace.add_task(release.releases)
namespace.add_task(release.resume)
namespace.add_task(release.status)
namespace.add_collection(infra)
namespace.add_collection(lock)
namespace.add_collection(sandbox)

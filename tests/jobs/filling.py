"""Run by `manage.py shell` in an installation of its own: a design, its evidence, a statement in words, a package."""

from evidence import services, tasks
from seal_advisor.access import Actor
from tests import factories

alice = factories.member("alice", "architect")
design = factories.design(alice)
factories.token(alice)
services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
package = services.start_package(design, actor=Actor(alice))
tasks.run_job(str(package.job_id))
package.refresh_from_db()
assert package.archive_sha256, package.job.error

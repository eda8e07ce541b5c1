"""`tilewright jobs`: what the service has accepted, and where it stands."""

from typing import TYPE_CHECKING, Any

import click

from tilewright.cli.ledger import database, hinting, moment, service_meant
from tilewright.cli.say import say_json
from tilewright.cli.table import say_table

if TYPE_CHECKING:
    from tilewright.jobs import Job

HEAD = ("JOB", "ACCOUNT", "STATE", "ENGINE", "ACCEPTED (UTC)", "WHY IT FAILED")

KEPT = "ended jobs are kept for a while only; `tilewright jobs list` shows those that are there"


@click.group()
def jobs() -> None:
    """Jobs of the service: list, look at and cancel them."""


@jobs.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
def list_them(limit: int, as_json: bool) -> None:
    """The newest jobs of all accounts."""
    from tilewright.accounts import account_name
    from tilewright.jobs import newest

    with database() as (tx, _):
        found = newest(tx, limit)
        names = {id: account_name(tx, id) for id in {job.account_id for job in found}}
    if as_json:
        for job in found:
            say_json({"account": names[job.account_id], **_shown(job)})
    elif found:
        say_table(HEAD, [_row(job, names[job.account_id]) for job in found])
    else:
        kept = "those that ended are kept for a while only"
        click.echo(f"There are no jobs now, {kept}, of the service {service_meant()}.", err=True)


@jobs.command()
@click.argument("job_id")
def show(job_id: str) -> None:
    """Everything that is known of a job, as JSON."""
    from tilewright.jobs import find

    with database() as (tx, now), hinting(KEPT):
        say_json(_shown(find(tx, None, job_id, now)))


@jobs.command()
@click.argument("job_id")
def cancel(job_id: str) -> None:
    """End a job, and give its cost back.

    It may wait or run; a worker at it stops at once.
    """
    from tilewright.jobs import cancel as cancel_job
    from tilewright.jobs import find
    from tilewright.service import cancel_now
    from tilewright.settings import load_settings

    with database() as (tx, now), hinting(KEPT):
        ended = find(tx, None, job_id, now).ended
        job = cancel_job(tx, None, job_id, now)
    if ended:
        click.echo(f"{job.id} had ended already: {job.state}")
        return
    click.echo(f"{job.id} is cancelled")
    if not cancel_now(load_settings(), job.id):
        click.echo("No queue runs that could tell a worker; one that is at it stops by itself.")


def _row(job: "Job", account: str) -> tuple[str, ...]:
    return job.id, account, job.state, job.engine, moment(job.created_at), job.error or ""


def _shown(job: "Job") -> dict[str, Any]:
    return job._asdict()

"""`tilewright migrate`: the service's database brought up to date, once for all who open it."""

import click


@click.command()
@click.option("--check", is_flag=True, help="Say what would be done, and do nothing.")
def migrate(check: bool) -> int:
    """Bring the database up to date.

    A door does so by itself when it starts, unless TILEWRIGHT_MIGRATE is false: a fleet sets that,
    and runs this once before its new doors. With --check the exit code is 1 where it is needed.
    """
    from tilewright.service import look_at_data, migrate_data
    from tilewright.settings import load_settings

    step = (look_at_data if check else migrate_data)(load_settings())
    if step.done:
        click.echo(f"The database has schema {step.wanted}, as this version needs.")
        return 0
    if check:
        click.echo(
            f"The database has {step.before}, and this version needs schema {step.wanted}: "
            "run tilewright migrate."
        )
        return 1
    click.echo(f"The database had {step.before}; it has schema {step.wanted} now.")
    return 0

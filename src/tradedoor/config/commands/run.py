"""`tradedoor run`: everything on one machine, by one command, stopped by Ctrl-C."""

import shlex
import socket
import sys

import click
from django.conf import settings

from tradedoor.accounts.queries import has_owner
from tradedoor.config.commands.demo import build_demo
from tradedoor.config.commands.login_link import owner_still_to_come, sign_in_address
from tradedoor.config.commands.migrate import bring_up_to_date
from tradedoor.config.supervisor import Child, ChildKeepsDyingError, Supervisor, is_answering

START_SECONDS = 60
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared with, not listened on


@click.command("run")
def run_command() -> None:
    """Start the web server and the worker; on the first start prepare everything."""
    require_free_port()
    bring_up_to_date()
    if settings.TRADEDOOR_DEMO and not has_owner():
        build_demo()
    keeper = Supervisor(say=click.echo, children=[child("web"), child("worker")])
    try:
        keeper.run(when_started=lambda: say_where_to_go(keeper))
    except ChildKeepsDyingError as dead:
        raise click.ClickException(f"The {dead} process ends right after each start; see above.") from dead
    click.echo("Stopped.")


def child(name: str) -> Child:
    return Child(name, (sys.executable, "-m", "tradedoor.config.cli", name))


def require_free_port() -> None:
    """Raise `ClickException` where something listens already: most likely another one of us."""
    with socket.socket(socket.AF_INET6 if ":" in settings.TRADEDOOR_HOST else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.TRADEDOOR_HOST, settings.TRADEDOOR_PORT))
        except OSError as taken:
            raise click.ClickException(
                f"TRADEDOOR_PORT: cannot listen on {settings.TRADEDOOR_HOST}:{settings.TRADEDOOR_PORT} "
                f"({taken.strerror}). Stop what listens there, or choose another port."
            ) from taken


def say_where_to_go(keeper: Supervisor) -> None:
    """Once the web server answers, print its address and, while it is the only way in, a link for the owner."""
    host = EVERYWHERE.get(settings.TRADEDOOR_HOST, settings.TRADEDOOR_HOST)
    known_as = settings.TRADEDOOR_BASE_URL.partition("://")[2]
    if not keeper.wait_for(
        lambda: is_answering(host, settings.TRADEDOOR_PORT, known_as=known_as), seconds=START_SECONDS
    ):
        if not keeper.stopping:
            click.echo(f"The web server has not answered for {START_SECONDS} seconds; see above.", err=True)
        return
    click.echo(f"Tradedoor is ready: {settings.TRADEDOOR_BASE_URL}/  (Ctrl-C stops it)")
    click.echo(way_in())


def way_in() -> str:
    """How the owner gets in: by a link while there is no password, which is also how there comes to be one."""
    command = shlex.quote(sys.argv[0]) if sys.argv[0].endswith("tradedoor") else "tradedoor"
    if not has_owner():
        return f"There is no owner yet. Make one, and get a link to sign in: {command} login-link --email <your email>"
    waiting = owner_still_to_come()
    if not waiting:
        return f"A link to sign in without password: {command} login-link --email <email>"
    return f"Sign in as {waiting}, once, within 30 minutes: {sign_in_address(waiting)}"

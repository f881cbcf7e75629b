"""`tradedoor web` and `tradedoor worker`: the two processes of an installation, each as often as wanted."""

import click
from django.conf import settings
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tradedoor.config.commands.migrate import collect_static
from tradedoor.config.schedule import prepare_background
from tradedoor.jobs.worker import run_worker


@click.command("web")
def web_command() -> None:
    """Serve the pages."""
    collect_static()
    Server(
        "tradedoor.config.wsgi:application",
        address=settings.TRADEDOOR_HOST,
        port=settings.TRADEDOOR_PORT,
        interface=Interfaces.WSGI,
        workers=settings.TRADEDOOR_WORKERS,
        blocking_threads=settings.TRADEDOOR_THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,  # without access lines, which would hold the paths of one-time links
    ).serve()


@click.command("worker")
def worker_command() -> None:
    """Send mail and do the work that runs in the background."""
    prepare_background()
    run_worker()

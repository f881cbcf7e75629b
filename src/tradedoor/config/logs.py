"""Logging: one line an event, as JSON for machines or text for a terminal, with no secret and no address in it."""

import re
import sys
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_PATHS = (
    "join", "link", "password/reset", "password/first", "email/report", "register/confirm", "unsubscribe",
    "hooks/mailchimp", "login/link", "sign-in-link",
)  # fmt: skip
LINK = re.compile(rf"(/(?:{'|'.join(SECRET_PATHS)})/)[^/\s?#\"'\\]+")
ADDRESS = re.compile(r"[^\s@<>\"(){}\[\],;:=\\/]{1,64}@[^\s@<>\"'(){}\[\],;:=\\/]{1,255}")
BREAKS = re.compile(r"[\r\x1b\x85\u2028\u2029]")


def mask(line: str) -> str:
    """Take out what a log may never hold: the secret part of one-time links, and mail addresses (AUD-02)."""
    return ADDRESS.sub("***@***", LINK.sub(r"\1***", line))


def masked(renderer: Processor) -> Callable[[WrappedLogger, str, EventDict], str]:
    """Mask the finished line, so that it holds for tracebacks and for fields nobody thought of."""

    def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
        return BREAKS.sub(" ", mask(str(renderer(logger, name, event))))

    return render


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def logging_config(*, form: str, level: str) -> dict[str, Any]:
    """Configure structlog, and give the dictionary by which Django sets up the standard library's logging."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": structlog.stdlib.ProcessorFormatter, **_formatter(as_text=as_text)}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            # Django's own handlers would print a second line, unmasked.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            # Anybody can ask under any name, as often as they like: answered with 400, and no news.
            "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }


def _formatter(*, as_text: bool) -> dict[str, Any]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_text:
        # The usual traceback prints the variables of every frame, passwords and tokens among them.
        plain = structlog.dev.plain_traceback
        last: list[Processor] = [
            masked(structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain))
        ]
    else:
        last = [structlog.processors.format_exc_info, masked(structlog.processors.JSONRenderer())]
    return {"foreign_pre_chain": list(SHARED), "processors": [drop, *last]}

"""Every variable Tradedoor reads, in the order of docs/admin/settings.md, which is made from this list.

In code a setting has the same name as here: `settings.TRADEDOOR_PORT`.
"""

from tradedoor.config.env import (
    Variable,
    choice,
    duration,
    flag,
    path,
    shaped,
    text,
    url,
    whole,
    whole_or_auto,
    words,
)

ARGON2_FLOOR_KIB = 19456  # HA-01: below this a stolen table is guessed too fast

# --- Where it runs
DATA_DIR = Variable(
    "TRADEDOOR_DATA_DIR", path(), "./var", "Folder of the embedded database, the keys, uploads and results."
)
HOST = Variable("TRADEDOOR_HOST", text(), "127.0.0.1", "Address the web server listens on.")
PORT = Variable("TRADEDOOR_PORT", whole(1, 65535), "8000", "Port the web server listens on.")
BASE_URL = Variable(
    "TRADEDOOR_BASE_URL",
    url("http", "https", empty=True),
    "",
    "Address under which people reach this installation, without a path. Every link in a mail starts with it. "
    "Empty: `http://127.0.0.1:<port>`. Plain http is refused unless it is this machine (see TRADEDOOR_TRIAL).",
)
STORE_HOSTS = Variable(
    "TRADEDOOR_STORE_HOSTS",
    words(),
    "",
    "Further host names under which stores are reached, separated by commas. `*` is refused.",
)
TRUSTED_PROXIES = Variable(
    "TRADEDOOR_TRUSTED_PROXIES",
    whole(0, 10),
    "0",
    "How many proxies of yours stand before this server; so many entries of X-Forwarded-For are believed. "
    "From 1 on the nearest proxy must set X-Forwarded-Proto, and plain http is redirected.",
)
WORKERS = Variable("TRADEDOOR_WORKERS", whole(0, 64), "0", "Web server processes. 0: one a core.")
THREADS = Variable("TRADEDOOR_THREADS", whole(1, 64), "4", "Threads in each web server process.")
TRIAL = Variable(
    "TRADEDOOR_TRIAL",
    flag(),
    "0",
    "For trying out in a local network: allows plain http on private addresses, captures all mail, and says so "
    "on every page.",
)
DEMO = Variable(
    "TRADEDOOR_DEMO", flag(), "1", "Whether `tradedoor run` fills an empty data folder with the demo company."
)
DEBUG = Variable(
    "TRADEDOOR_DEBUG", flag(), "0", "For developers: error pages with source. Loopback base URL only."
)
LOG_FORMAT = Variable(
    "TRADEDOOR_LOG_FORMAT",
    choice("auto", "json", "text"),
    "auto",
    "Form of the log lines. auto: text on a terminal, else JSON.",
)
LOG_LEVEL = Variable(
    "TRADEDOOR_LOG_LEVEL",
    choice("debug", "info", "warning", "error"),
    "info",
    "The least level that is logged.",
)
ENV_FILE = Variable(
    "TRADEDOOR_ENV_FILE",
    text(),
    ".env",
    "File with further `NAME=value` lines, read at start; the real environment wins. Empty: none.",
)

# --- Database
DATABASE_URL = Variable(
    "TRADEDOOR_DATABASE_URL",
    url("sqlite", "postgres", "postgresql", empty=True),
    "",
    "`postgres://user:password@host:5432/name`, or `sqlite:////path/to/file`. Empty: SQLite in the data folder.",
)

# --- Keys
SECRET_KEY = Variable(
    "TRADEDOOR_SECRET_KEY",
    text(),
    "",
    "Signs cookies; 50 characters or more. Empty: made at the first start and kept in `<data>/keys/secret.key`.",
)
SECRET_KEY_FALLBACKS = Variable(
    "TRADEDOOR_SECRET_KEY_FALLBACKS",
    words(),
    "",
    "Former secret keys that are still accepted while they are phased out, separated by commas.",
)
LINK_KEY = Variable(
    "TRADEDOOR_LINK_KEY",
    text(),
    "",
    "Makes one-time links; 50 characters or more. Empty: made and kept in `<data>/keys/link.key`. A new one "
    "kills every link that is still on its way.",
)
AUDIT_KEY = Variable(
    "TRADEDOOR_AUDIT_KEY",
    text(),
    "",
    "Seals the audit history; 50 characters or more. Empty: made and kept in `<data>/keys/audit.key`. Keep a copy: "
    "without it old history cannot be verified.",
)

# --- Mail
MAIL_URL = Variable(
    "TRADEDOOR_MAIL_URL",
    url("smtp", "smtps", "smtp+starttls", empty=True),
    "",
    "`smtp://user:password@host:port`, `smtps://…` or `smtp+starttls://…`. Empty: mail is captured and shown at "
    "Captured mail, which only a loopback base URL allows.",
)
MAIL_FROM = Variable(
    "TRADEDOOR_MAIL_FROM",
    text(),
    "Tradedoor <no-reply@tradedoor.example>",
    "Sender of mail. Must be set where mail is sent, but for a mail server on this machine while trying out.",
)
MAIL_THREADS = Variable(
    "TRADEDOOR_MAIL_THREADS", whole(1, 64), "8", "Mails sent at once, each over a connection that is kept."
)
MAIL_PER_MINUTE = Variable(
    "TRADEDOOR_MAIL_PER_MINUTE",
    whole_or_auto(0, 100_000),
    "auto",
    "Pace: the most mails handed over in a minute; 0: unlimited, for a relay of your own. `auto` is 25, what common "
    "mail services allow, and unlimited where the mail server is on this machine.",
)
SMTPUTF8 = Variable(
    "TRADEDOOR_SMTPUTF8",
    flag(),
    "0",
    "Whether addresses with letters beyond ASCII before the @ (josé@shop.example) are accepted; the mail server "
    "has to offer SMTPUTF8. Off, such a contact is kept as it is and cannot be invited.",
)
MAILCHIMP_KEY = Variable(
    "TRADEDOOR_MAILCHIMP_KEY",
    shaped(r"[!-~]{8,200}-[a-z]{2}[0-9]{1,3}", "a key of Mailchimp's API, which ends as in -us6"),
    "",
    "Key of your Mailchimp account (Account → Extras → API keys). With it a store can be connected to an audience.",
)
EMAIL_CHANGE_DELAY = Variable(
    "TRADEDOOR_EMAIL_CHANGE_DELAY",
    duration("0s", "30d"),
    "1h",
    "How long a contact's new email waits before it becomes the sign-in address, from the last edit.",
)
EMAIL_CHANGES_UNCONFIRMED = Variable(
    "TRADEDOOR_EMAIL_CHANGES_UNCONFIRMED",
    whole(0, 1_000_000),
    "200",
    "The most changes of emails that one import makes without being asked; more wait for somebody to confirm them.",
)

# --- Sessions and passwords
BUYER_SESSION_IDLE = Variable(
    "TRADEDOOR_BUYER_SESSION_IDLE", duration("5m", "24h"), "1h", "Buyers are signed out after so long unused."
)
BUYER_SESSION_LIFE = Variable(
    "TRADEDOOR_BUYER_SESSION_LIFE",
    duration("15m", "7d"),
    "12h",
    "Buyers sign in again after so long at most.",
)
REGISTRATIONS_PER_HOUR = Variable(
    "TRADEDOOR_REGISTRATIONS_PER_HOUR",
    whole(1, 100_000),
    "10",
    "How many people may register in an hour from one network. A school or a large office behind one address may "
    "need more.",
)
BUYER_KEPT_IDLE = Variable(
    "TRADEDOOR_BUYER_KEPT_IDLE",
    duration("1h", "30d"),
    "14d",
    "As TRADEDOOR_BUYER_SESSION_IDLE, with **Keep me signed in**.",
)
BUYER_KEPT_LIFE = Variable(
    "TRADEDOOR_BUYER_KEPT_LIFE",
    duration("1h", "90d"),
    "30d",
    "As TRADEDOOR_BUYER_SESSION_LIFE, with **Keep me signed in**.",
)
STAFF_SESSION_IDLE = Variable(
    "TRADEDOOR_STAFF_SESSION_IDLE", duration("5m", "24h"), "1h", "Staff are signed out after so long unused."
)
STAFF_SESSION_LIFE = Variable(
    "TRADEDOOR_STAFF_SESSION_LIFE",
    duration("15m", "24h"),
    "12h",
    "Staff sign in again after so long at most.",
)
PASSWORD_MIN_LENGTH = Variable(
    "TRADEDOOR_PASSWORD_MIN_LENGTH",
    whole(8, 64),
    "12",
    "Fewest characters of a new password. 15 is what NIST asks of a login with no second factor.",
)
ARGON2_MEMORY = Variable(
    "TRADEDOOR_ARGON2_MEMORY",
    whole(ARGON2_FLOOR_KIB, 65536),
    str(ARGON2_FLOOR_KIB),
    "Memory of one password hash, in KiB. Passwords are hashed anew at the next sign-in after a change.",
)
RESET_LINK_LIFE = Variable(
    "TRADEDOOR_RESET_LINK_LIFE", duration("10m", "24h"), "1h", "How long a password reset link works."
)
TEMPORARY_PASSWORD_HOURS = Variable(
    "TRADEDOOR_TEMPORARY_PASSWORD_HOURS",
    whole(1, 336),
    "72",
    "How long login details made by staff work: a temporary password, or the link to choose the first own one. 14 "
    "days at most.",
)

# --- Background work and imports
JOB_LEASE = Variable(
    "TRADEDOOR_JOB_LEASE",
    duration("10s", "1h"),
    "5m",
    "How long a worker may be silent about a job before another takes it over.",
)
WORKER_SILENT_AFTER = Variable(
    "TRADEDOOR_WORKER_SILENT_AFTER",
    duration("30s", "1h"),
    "5m",
    "A worker silent for so long shows a red bar on staff pages and fails /readyz.",
)
IMPORT_MAX_MEGABYTES = Variable(
    "TRADEDOOR_IMPORT_MAX_MEGABYTES", whole(1, 2000), "50", "Largest file that can be imported."
)
IMPORT_MAX_ROWS = Variable(
    "TRADEDOOR_IMPORT_MAX_ROWS", whole(100, 5_000_000), "1000000", "Most rows of a file that can be imported."
)

GROUPS: dict[str, tuple[Variable[object], ...]] = {
    "Where it runs": (
        DATA_DIR,
        HOST,
        PORT,
        BASE_URL,
        STORE_HOSTS,
        TRUSTED_PROXIES,
        WORKERS,
        THREADS,
        TRIAL,
        DEMO,
        DEBUG,
        LOG_FORMAT,
        LOG_LEVEL,
        ENV_FILE,
    ),
    "Database": (DATABASE_URL,),
    "Keys": (SECRET_KEY, SECRET_KEY_FALLBACKS, LINK_KEY, AUDIT_KEY),
    "Mail": (
        MAIL_URL,
        MAIL_FROM,
        MAIL_THREADS,
        MAIL_PER_MINUTE,
        SMTPUTF8,
        MAILCHIMP_KEY,
        EMAIL_CHANGE_DELAY,
        EMAIL_CHANGES_UNCONFIRMED,
    ),
    "Sessions and passwords": (
        BUYER_SESSION_IDLE,
        BUYER_SESSION_LIFE,
        REGISTRATIONS_PER_HOUR,
        BUYER_KEPT_IDLE,
        BUYER_KEPT_LIFE,
        STAFF_SESSION_IDLE,
        STAFF_SESSION_LIFE,
        PASSWORD_MIN_LENGTH,
        ARGON2_MEMORY,
        RESET_LINK_LIFE,
        TEMPORARY_PASSWORD_HOURS,
    ),
    "Background work and imports": (
        JOB_LEASE,
        WORKER_SILENT_AFTER,
        IMPORT_MAX_MEGABYTES,
        IMPORT_MAX_ROWS,
    ),
}

ALL = tuple(variable for group in GROUPS.values() for variable in group)

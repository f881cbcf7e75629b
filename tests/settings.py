"""The product's own settings, on data of the test run's own; nothing of the developer's environment leaks in.

`TEST_DATABASE_URL` says which database; SQLite where it is empty.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for name in [name for name in os.environ if name.startswith("TRADEDOOR_")]:
    del os.environ[name]
data_dir = Path(tempfile.mkdtemp(prefix="tradedoor-tests-"))
atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
os.environ |= {
    "TRADEDOOR_ENV_FILE": "",
    "TRADEDOOR_DATA_DIR": str(data_dir),
    "TRADEDOOR_DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
    "TRADEDOOR_LOG_LEVEL": "warning",
    "TRADEDOOR_LOG_FORMAT": "text",
}

from tradedoor.config.settings import *  # noqa: E402, F403  # read only once the environment is as above
from tradedoor.config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402  # the same

# A file, not memory: threads that race for a row need connections of their own.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(data_dir / "test.sqlite3")}
# What a hash costs is measured in bench/; here it only takes time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True)

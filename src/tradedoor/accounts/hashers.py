"""How passwords are stored (HA-01, HA-02)."""

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id at the least OWASP names: Django's default held 1.9 GB for 16 sign-ins at once."""

    time_cost = 2
    parallelism = 1

    @property
    def memory_cost(self) -> int:  # type: ignore[override]  # read late, since tests change it
        return int(settings.TRADEDOOR_ARGON2_MEMORY)

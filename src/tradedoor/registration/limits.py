"""How often one may try to register (RL-06). Kept beside those of signing in, and counted in the same way."""

from datetime import timedelta

from django.conf import settings

from tradedoor.accounts.actions.throttle import Limit

HOUR = timedelta(hours=1)
PER_NETWORK = Limit("register-network", settings.TRADEDOOR_REGISTRATIONS_PER_HOUR, HOUR)
PER_ADDRESS = (
    Limit("register-address-hour", 3, HOUR),
    Limit("register-address-day", 10, timedelta(days=1)),
)

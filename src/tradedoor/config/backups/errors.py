"""Why a backup cannot be made or taken back."""


class BackupError(Exception):
    """A sentence for whoever has the machine."""

"""What upgrades brought."""

from django.db import models
from django.utils import timezone


class Shipped(models.Model):
    """What the last upgrade put here: the digest of a data file as it was loaded.

    A local edit shows as content that no longer has this digest, and is then left alone.
    """

    origin = models.CharField(max_length=200, primary_key=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.origin

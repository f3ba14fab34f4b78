"""Keys to the API: each may do what its user may on the pages, and no more."""

import datetime as dt
import hashlib
import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import ApiToken, User

PREFIX = "hw_"
# The time of last use is told to the minute, so that a busy client does not write at each call.
LAST_USED_STEP = dt.timedelta(minutes=1)


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256, in hex. Secrets are long and random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create(actor: User | None, user: User, label: str) -> tuple[ApiToken, str]:
    """A new key and its secret, which is told this once.

    Raises ValidationError (`label`) when it has no label.
    """
    label = label.strip()
    if not 0 < len(label) <= 80:
        raise ValidationError({"label": _("Give the key a label of up to 80 characters.")})
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(user=user, label=label, digest=digest(secret))
        audit.record(actor, "token.created", token, person=str(user.pk))
    return token, secret


def authenticate(secret: str) -> ApiToken | None:
    """The key that a secret belongs to, unless it is revoked or its user is not active."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=digest(secret), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_STEP:
        ApiToken.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=now), pk=token.pk).update(
            last_used_at=now
        )
    return token


@transaction.atomic
def revoke(actor: User | None, token: ApiToken) -> None:
    """From now on the key opens nothing. Revoking twice changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        audit.record(actor, "token.revoked", token, person=str(token.user_id))

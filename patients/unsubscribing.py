"""Who is meant by an unsubscribe address (docs/rules.md 7). Its key is secret and is the only proof asked for."""

from patients.models import ReminderPreference


def preference_of(key: str) -> ReminderPreference | None:
    return ReminderPreference.objects.filter(unsubscribe_key=key).select_related("patient__clinic").first()

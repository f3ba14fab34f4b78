"""What Holdwell answers to a reason for skipping (docs/rules.md 5): one kind, useful sentence or two each."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models.sessions import SkipReason

TIPS: dict[SkipReason, Promise] = {
    SkipReason.PAIN: _(
        "A stretch should never hurt. Leave this one out today. Your clinic sees that it hurt and can change it."
    ),
    SkipReason.FORGOT: _("That happens to everybody. A reminder at a time that suits you is under Settings."),
    SkipReason.NO_TIME: _(
        "A part of a session counts too. One stretch now and the rest later is better than none."
    ),
    SkipReason.NOT_SURE_HOW: _(
        "Look once more at the pictures and steps. Your clinic sees that you were not sure and can show you."
    ),
    SkipReason.TOO_HARD: _(
        "Go only as far as is comfortable, or take the easier way where there is one. "
        "If it stays too hard, say so at the end: your clinic can make it easier."
    ),
    SkipReason.UNWELL: _("Rest first. The stretches wait until you feel better."),
    SkipReason.AWAY: _(
        "If you will be away for some days, ask your clinic for a pause: then nothing is due until you are back."
    ),
    SkipReason.FEELING_BETTER: _(
        "Good to hear. Stretches keep their effect best when they go on for a while; "
        "ask your clinic when you may do fewer."
    ),
}

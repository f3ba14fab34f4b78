"""The words that the library chooses from (docs/rules.md 1 and 9)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sides(models.TextChoices):
    NONE = "none", _("no sides")
    BOTH = "both", _("both sides")
    LEFT = "left", _("left side")
    RIGHT = "right", _("right side")


class ScheduleMode(models.TextChoices):
    FIXED = "fixed", _("on fixed days")
    FLEXIBLE = "flexible", _("so many times a week")


class Region(models.TextChoices):
    BACK = "back", _("back")
    HIP_GLUTEAL = "hip_gluteal", _("hip and gluteal")
    HAMSTRINGS = "hamstrings", _("hamstrings")
    THIGH = "thigh", _("front of the thigh")
    CALF = "calf", _("calf")
    NECK_SHOULDER = "neck_shoulder", _("neck and shoulder")
    CHEST = "chest", _("chest")
    ARM = "arm", _("arm and hand")
    OTHER = "other", _("other")


class Position(models.TextChoices):
    STANDING = "standing", _("standing")
    SEATED = "seated", _("seated")
    HALF_KNEELING = "half_kneeling", _("half-kneeling")
    KNEELING = "kneeling", _("kneeling")
    SUPINE = "supine", _("on the back")
    SIDE_LYING = "side_lying", _("on the side")
    PRONE = "prone", _("on the front")
    UNKNOWN = "unknown", _("to be decided")


class StepKind(models.TextChoices):
    GET_READY = "get_ready", _("get ready")
    MOVE = "move", _("move")
    HOLD = "hold", _("hold")
    BREATHE = "breathe", _("breathe")
    FORM = "form", _("form")
    RELEASE = "release", _("release")


class Condition(models.TextChoices):
    """Contraindication tags, and the conditions of a patient they are checked against (evidence.md C1)."""

    OSTEOPOROSIS = "osteoporosis", _("osteoporosis or a vertebral fracture")
    ACUTE_DISC = "acute_disc", _("acute disc trouble or sciatica")
    HIP_REPLACEMENT_POSTERIOR = "hip_replacement_posterior", _("hip replacement, from the back or side")
    HIP_REPLACEMENT_ANTERIOR = "hip_replacement_anterior", _("hip replacement, from the front")
    SPINAL_SURGERY = "spinal_surgery", _("recent spinal surgery")
    PREGNANCY = "pregnancy", _("pregnancy")
    BALANCE = "balance", _("poor balance or dizziness")
    KNEE = "knee", _("knee pain, or a knee that bends little")
    SHOULDER = "shoulder", _("shoulder pain")
    BLOOD_PRESSURE = "blood_pressure", _("raised blood or eye pressure")


class CautionLevel(models.TextChoices):
    AVOID = "avoid", _("avoid")
    ASK = "ask", _("ask first")
    MODIFY = "modify", _("modify")

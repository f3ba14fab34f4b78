"""Who lives in the demo, and how each of them fares: invented people, told as facts for `patients.demo`."""

import datetime as dt
from dataclasses import dataclass

from clinic.models import Role
from patients.models.alerts import AlertState, Rule
from patients.models.sessions import SkipReason
from patients.schedule import Fixed, Flexible, Schedule

DAILY = Fixed(frozenset(range(7)), 1)
TWICE_DAILY = Fixed(frozenset(range(7)), 2)
MON_WED_FRI = Fixed(frozenset({0, 2, 4}), 1)
WEEKDAYS = Fixed(frozenset(range(5)), 1)


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that the history raises so many days ago, and where it stands now."""

    rule: Rule
    days_ago: int
    state: AlertState = AlertState.OPEN
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the history, at a local time so many days ago; `by` an account of the demo, or the patient."""

    days_ago: int
    at: dt.time
    text: str
    by: str = ""
    read: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """One patient of the demo. Days are counted back from today; shares run from 0 to 1."""

    name: str
    born: dt.date
    email: str = ""  # empty: made from the name
    conditions: tuple[str, ...] = ()
    zone: str = ""  # empty: the clinic's
    times: tuple[str, ...] = ("09:00",)
    schedule: Schedule = DAILY
    exercises: tuple[int, ...] = (1, 2, 3, 4, 5, 6)  # by their place in the routine
    began: int = 56
    ends_in: int | None = None
    # Sessions done of those due, at the beginning and now; how many of them in full.
    keeps: tuple[float, float] = (0.9, 0.9)
    full: float = 0.85
    quiet_for: int = 0
    pain: tuple[int, int] = (5, 2)  # NPRS at the beginning and now
    severe: tuple[int, ...] = ()  # days on which a session ended with much pain
    skips: tuple[SkipReason, ...] = (SkipReason.NO_TIME,)
    notes: tuple[str, ...] = ()
    paused: tuple[int, int] | None = None
    amended: int | None = None
    amended_reason: str = ""
    alerts: tuple[Told, ...] = ()
    messages: tuple[Said, ...] = ()
    held: bool = False
    event: str = ""  # what went wrong yesterday, in the patient's words
    in_care_of: str = "clinician"


@dataclass(frozen=True, slots=True)
class Practice:
    """One clinic of the demo; `staff`: the demo account → its role here, the owner first."""

    name: str
    zone: str
    phone: str
    domain: str
    staff: dict[str, Role]
    cases: tuple[Case, ...]


NAMES = {
    "owner": "Katrin Lindner",
    "clinician": "Jonas Weidner",
    "assistant": "Aylin Demir",
    "viewer": "Peter Ahlers",
    "curator": "Inês Moreira",
    "reviewer": "Tomasz Zieliński",
    "operator": "Milan Horvat",
    "small-clinician": "Niamh Byrne",
}

PATIENT = Case(
    "Lena Hartmann",
    dt.date(1987, 3, 12),
    email="patient@demo.holdwell.invalid",
    keeps=(0.75, 1.0),
    pain=(6, 2),
    skips=(SkipReason.NO_TIME, SkipReason.FORGOT),
    notes=("Easier after a warm shower.", "Left side is tighter than the right.", "Slept well."),
    messages=(
        Said(
            9,
            dt.time(19, 12),
            "Good evening, the lunge pulls at the front of my left hip, more than on the right."
            "\nIs that what it should feel like?",
        ),
        Said(
            8,
            dt.time(8, 40),
            "Good morning, Ms Hartmann. A gentle pull at the front of the hip is what we are after."
            "\n\nIf it pinches, take a shorter step, and stay a little less long on that side."
            " Write to me how it goes.",
            by="clinician",
        ),
        Said(6, dt.time(20, 5), "The shorter step is much better, thank you."),
        Said(
            1,
            dt.time(11, 20),
            "Good to hear. We will look at the lunge together at your next appointment;"
            " please bring trousers that you can move in.",
            by="assistant",
            read=False,
        ),
    ),
)

LINDENHOF = Practice(
    "Lindenhof Physiotherapy",
    "Europe/Berlin",
    "+49 30 23125 014",
    "demo.holdwell.invalid",
    {
        "owner": Role.OWNER,
        "clinician": Role.CLINICIAN,
        "assistant": Role.ASSISTANT,
        "viewer": Role.VIEWER,
    },
    (
        PATIENT,
        Case(
            "Matthias Krüger",
            dt.date(1974, 11, 2),
            schedule=MON_WED_FRI,
            exercises=(1, 4, 6),
            keeps=(0.95, 0.6),
            pain=(5, 4),
            severe=(2,),
            skips=(SkipReason.NO_TIME, SkipReason.AWAY),
            notes=("Long drive, back was stiff.",),
            alerts=(Told(Rule.PAIN_HIGH, 2),),
            times=("07:00",),
        ),
        Case(
            "Sofia Papadopoulou",
            dt.date(1991, 7, 30),
            exercises=(2, 3, 4, 6),
            began=49,
            keeps=(0.9, 0.7),
            quiet_for=16,
            pain=(4, 3),
            skips=(SkipReason.FORGOT,),
            notes=("Forgot in the morning, did it at night.",),
            times=("12:30",),
        ),
        Case(
            "Emre Yıldız",
            dt.date(1996, 1, 19),
            exercises=(3, 4, 6),
            began=2,
            keeps=(1.0, 1.0),
            pain=(6, 6),
            in_care_of="owner",
            times=("18:30",),
        ),
        Case(
            "Gerda Brandt",
            dt.date(1951, 5, 6),
            conditions=("osteoporosis", "blood_pressure"),
            schedule=WEEKDAYS,
            exercises=(2, 5, 6),
            keeps=(0.7, 0.35),
            full=0.6,
            pain=(4, 4),
            skips=(SkipReason.TOO_HARD, SkipReason.UNWELL),
            notes=("Getting down to the floor is hard work.", "My daughter helped."),
            messages=(
                Said(
                    5,
                    dt.time(10, 32),
                    "Dear Mr Weidner, may I do the lying stretches on my bed? Getting up from the floor is hard work.",
                ),
                Said(
                    4,
                    dt.time(9, 15),
                    "Dear Ms Brandt, yes, on a firm mattress, and near a wall or a chair that you can hold on to."
                    "\nKeep the movements small and slow, as we practised.",
                    by="clinician",
                ),
                Said(
                    1,
                    dt.time(15, 48),
                    "The bed works well. My daughter asks whether she may help me with the towel.",
                    read=False,
                ),
            ),
            times=("10:00",),
        ),
        Case(
            "Oliver Stein",
            dt.date(1968, 9, 27),
            schedule=Flexible(3),
            exercises=(1, 2, 4),
            keeps=(1.0, 1.0),
            pain=(3, 1),
            notes=("After cycling.",),
            messages=(
                Said(
                    12,
                    dt.time(21, 3),
                    "I am on a cycling tour next week. Is it all right to stretch after riding?",
                ),
                Said(
                    11,
                    dt.time(13, 26),
                    "Hello Mr Stein, yes: on any three days, once you have cooled down a little. Enjoy the tour.",
                    by="assistant",
                ),
            ),
            times=("19:00",),
        ),
        Case(
            "Hanna Lorenz",
            dt.date(1983, 2, 14),
            schedule=TWICE_DAILY,
            exercises=(3, 4),
            began=42,
            keeps=(0.85, 0.62),
            pain=(5, 3),
            skips=(SkipReason.NO_TIME,),
            notes=("Evenings are difficult with the children.",),
            times=("08:15", "20:00"),
        ),
        Case(
            "David Okafor",
            dt.date(1979, 12, 5),
            keeps=(0.9, 0.92),
            pain=(5, 2),
            paused=(30, 20),
            notes=("Back from holiday, a little stiff.",),
            times=("08:00",),
            in_care_of="owner",
        ),
        Case(
            "Ursula Meinhardt",
            dt.date(1962, 6, 21),
            exercises=(1, 2, 3, 6),
            keeps=(0.6, 0.95),
            pain=(7, 3),
            severe=(37,),
            amended=35,
            amended_reason="Shorter holds for a start; the long ones hurt.",
            alerts=(
                Told(Rule.PAIN_HIGH, 37, AlertState.RESOLVED, "Called her; holds shortened."),
                Told(Rule.PAIN_RISE, 37, AlertState.RESOLVED, "With the severe pain of that day."),
            ),
            notes=("The shorter holds are fine.",),
            times=("09:30",),
        ),
        Case(
            "Felix Braun",
            dt.date(1989, 10, 8),
            conditions=("knee",),
            exercises=(1, 3, 4, 5),
            keeps=(0.9, 0.72),
            full=0.5,
            pain=(3, 4),
            skips=(SkipReason.PAIN, SkipReason.NOT_SURE_HOW),
            notes=("My knee does not like lying on that side.",),
            alerts=(Told(Rule.SKIPPED, 3, AlertState.ACKNOWLEDGED),),
            times=("17:00",),
        ),
        Case(
            "Marta Kowalczyk",
            dt.date(1958, 4, 17),
            schedule=MON_WED_FRI,
            ends_in=5,
            keeps=(0.9, 1.0),
            pain=(5, 1),
            notes=("I would like to go on with it.",),
            times=("11:00",),
        ),
        Case(
            "Yuki Tanaka",
            dt.date(1993, 8, 25),
            exercises=(2, 3, 6),
            began=21,
            keeps=(0.95, 0.9),
            pain=(4, 3),
            quiet_for=1,
            held=True,
            times=("07:30",),
        ),
    ),
)

HARBOUR = Practice(
    "Harbour Street Clinic",
    "Europe/Dublin",
    "+353 1 555 0143",
    "small.holdwell.invalid",
    {"small-clinician": Role.OWNER},
    (
        Case(
            "Seán Murphy",
            dt.date(1970, 3, 29),
            schedule=WEEKDAYS,
            keeps=(0.85, 0.95),
            pain=(4, 2),
            in_care_of="small-clinician",
            notes=("Done at work.",),
        ),
        Case(
            "Aoife Kelly",
            dt.date(1985, 9, 9),
            exercises=(2, 4, 6),
            began=35,
            keeps=(0.8, 0.6),
            pain=(6, 4),
            in_care_of="small-clinician",
            skips=(SkipReason.FORGOT, SkipReason.NO_TIME),
            event="I felt dizzy when I got up from the floor. It passed after a minute, sitting on the bed.",
        ),
    ),
)

PRACTICES = (LINDENHOF, HARBOUR)
# Somebody who has not taken their place yet, with the invitation in the mailbox.
INVITED = ("Clara Neumann", "clara.neumann@demo.holdwell.invalid")

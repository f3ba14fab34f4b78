"""Dosage: sets, repetitions, hold, rest and sides of one exercise (docs/rules.md 1). Pure; seconds throughout."""

from dataclasses import dataclass

SETS_MAX = 10
REPETITIONS_MAX = 30
HOLD_MAX = 600  # s
REST_MAX = 600  # s
# How often a schedule may ask for a session.
TIMES_PER_DAY_MAX = 6
PER_WEEK_MAX = 14

# What the player spends around the holds, in seconds; the estimate must say what the patient will meet.
GET_READY = 5
RELEASE = 3
CHANGE_SIDES = 5


@dataclass(frozen=True, slots=True)
class Dosage:
    """How much of one exercise. `sides` is "none", "both", "left" or "right"."""

    sets: int
    repetitions: int
    hold: int
    rest: int
    sides: str

    @property
    def side_names(self) -> tuple[str, ...]:
        """The sides in the order they are done; one unnamed side where there are none."""
        return {"both": ("left", "right"), "left": ("left",), "right": ("right",)}.get(self.sides, ("none",))

    @property
    def total_sets(self) -> int:
        """Sets over all sides: what `completion` counts (docs/rules.md 4)."""
        return self.sets * len(self.side_names)

    @property
    def set_hold(self) -> int:
        """Seconds held in one set: hold × repetitions."""
        return self.hold * self.repetitions

    @property
    def hold_time(self) -> int:
        """Seconds held in all, over sets and sides."""
        return self.set_hold * self.total_sets

    @property
    def duration(self) -> int:
        """Estimated seconds from the first "get ready" to the last release, rests between sets included."""
        between_repetitions = RELEASE * (self.repetitions - 1)
        one_set = GET_READY + self.set_hold + between_repetitions + RELEASE
        changes = CHANGE_SIDES * self.sets * (len(self.side_names) - 1)
        return one_set * self.total_sets + changes + self.rest * (self.sets - 1)


def session_seconds(dosages: list[Dosage]) -> int:
    """Estimated seconds of a whole session: the exercises and the rest after each but the last."""
    return sum(d.duration for d in dosages) + sum(d.rest for d in dosages[:-1])

"""Reading an exercise that is written as prose: typed steps, hold, sides, position, equipment, and what is not sure.

Pure. It would rather ask than guess in silence: every reading that the text does not plainly state has a note.
The words it looks for are English, as the text is.
"""

import re
from dataclasses import dataclass, field

from exercises.dosage import HOLD_MAX
from exercises.models import Position, Sides, StepKind

UNTOLD_HOLD = (20, 10, 30)  # s: the hold, its shortest and longest, where the text names none
OPEN_END = 30  # s: the longest hold where the text says "or more"

_NUMBERS = {"ten": "10", "fifteen": "15", "twenty": "20", "thirty": "30", "sixty": "60"}
_SECONDS = re.compile(r"(\d+)(?:\s*(?:-|–|to)\s*(\d+))?\s*(or more )?\s*seconds?\b", re.IGNORECASE)
_REPETITIONS = re.compile(
    r"\b\d+\s*(?:-|–|to)?\s*\d*\s*(?:repetitions|reps|times)\b|number of repetitions|amount of repetitions",
    re.IGNORECASE,
)

_START_MARK = re.compile(r"\bth(?:is|at) (?:will be|is) (?:your|the) starting position\b", re.IGNORECASE)
_STANCE = re.compile(
    r"^(?:to begin,? |first,? |first |start (?:off )?(?:by )?|begin (?:by )?|being (?:by )?|now,? )*"
    r"(?:lie|lay|lying|sit|seat|seated|stand|standing|kneel|kneeling|get (?:on|in|into)|position|place yourself|"
    r"start|begin|being|from an? |in an? |while (?:seated|standing|lying)|hands and knees|"
    r"it'?s easiest to get into|grab|loop|straddle|wrap|"
    r"use an? |using an? |take an? [^.]*stance)",
    re.IGNORECASE,
)
_HOLD = re.compile(
    r"\b(?:hold|holding|pause|pausing|keep it there|stay|remain)\b[^.]*\bseconds?\b"
    r"|^hold (?:the|this|that) (?:stretch|position|contraction|pose)"
    r"|\bhold until you feel\b",
    re.IGNORECASE,
)
_RELEASE = re.compile(
    r"^(?:after a (?:brief )?pause,? )?(?:and )?(?:then )?(?:now,? )?(?:slowly |promptly |immediately )*"
    r"(?:begin to )?"
    r"(?:return|repeat|switch|alternate|release|reverse|continu(?:e|ing)(?: to)? alternat|come back|come up|"
    r"lower (?:back|your legs)|change (?:sides|legs|arms))\w*\b"
    r"|\brepeat (?:with|on|for) (?:the|your) (?:left|right|other|opposite)\b"
    r"|^\w+ to the other side\.?$"
    r"|\b(?:switch|change) (?:sides|legs|arms|feet|hands)\b"
    r"|\b(?:back down )?to (?:the|your) starting pos",
    re.IGNORECASE,
)
_BREATHE = re.compile(
    r"^\W*(?:tip: )?(?:now,? )?(?:remember to )?(?:slowly )?(?:breathe|inhale|exhale)\b"
    r"|^during [^,]*, (?:try to )?breathe\b",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"^(?:tip|note|keep|make sure|be sure|be careful|maintain|avoid|don'?t|do not|try not|remember|imagine|pretend|"
    r"relax|you should|you (?:may|can)|your (?:\w+ )?(?:legs?|feet|head|palms?|knees?|arms?|torso|back) should|"
    r"the arms should|if (?:you|it)|that'?s ok(?:ay)?|this (?:also|stretch(?:es)?|helps|exercise|is)|"
    r"to (?:intensify|get more|add)|once you have)\b"
    r"|^(?:you'?ll|feel this|at the top)\b|\(.*doesn'?t need to.*\)",
    re.IGNORECASE,
)

_OTHER_SIDE = re.compile(
    r"\b(?:switch|change) (?:sides|legs|arms|feet|hands)\b"
    r"|\bother (?:side|leg|arm|foot|hand|hip|shoulder|direction)s?\b(?! (?:flat|straight|extended|on|bent))"
    r"|\b(?:opposite|alternate) (?:side|leg|arm)\b"
    r"|\b(?:each|either) (?:leg|side|arm|foot)\b",
    re.IGNORECASE,
)
# The plain statement that the whole is done again on the other side.
_AGAIN = re.compile(
    r"\b(?:switch|change) (?:sides|legs|arms|feet|hands)\b"
    r"|\b(?:repeat|then)\b[^.]*\b(?:other|opposite|left|right) (?:side|leg|arm|foot)\b"
    r"|\bto the other side\b|\b(?:on|with|for) each (?:side|leg|arm)\b"
    r"|\b(?:continue|continuing)\b[^.]*\balternat",
    re.IGNORECASE,
)
_ONE_SIDE = re.compile(
    r"\b(?:one|your left|your right|the left|the right|left|right) (?:\w+ )?"
    r"(?:leg|arm|foot|hand|knee|elbow|heel|side|hip|ankle|shoulder)\b"
    r"|\ba bent arm\b|\btowards your shoulder\b",
    re.IGNORECASE,
)

# In order: the first that fits the opening of the text is it.
_POSITIONS: tuple[tuple[Position, str], ...] = (
    (Position.PRONE, r"(?<!palms )\bface ?down\b|on your stomach|push-?up position|forward onto the ball"),
    (
        Position.SIDE_LYING,
        r"\bl(?:ie|ay|ying)\b[^.]* on your (?:left |right )?side|\bl(?:ie|ay)\b[^.]* on your side",
    ),
    (Position.KNEELING, r"hands and (?:your )?knees|hands knees|all fours"),
    (
        Position.SUPINE,
        r"\bl(?:ie|ay|ying)\b[^.]* (?:on|with) your back|\bon your back\b|back (?:on|pressed against) the floor",
    ),
    (Position.HALF_KNEELING, r"\bkneel\b[^.]*\bbring your (?:right|left) knee up"),
    (Position.KNEELING, r"\bkneel"),
    (Position.SEATED, r"\b(?:sit|seat|seated|sitting)\b"),
    (Position.STANDING, r"\b(?:stand|standing|stance|upright)\b"),
)
_LYING = re.compile(r"\b(?:lie|lay|lying)\b", re.IGNORECASE)

_THINGS: tuple[tuple[str, str], ...] = (
    ("foam roller", r"\bfoam roll"),
    ("muscle roller or rolling pin", r"\bmuscle roller|\brolling pin"),
    ("foot roller", r"\bfoot roller"),
    ("belt, rope or band", r"\b(?:belt|rope|band)\b"),
    ("towel", r"\btowel"),
    ("partner", r"\b(?:partner|parner|helper|assistant)\b"),
    ("chair", r"\bchair\b"),
    ("wall", r"\b(?:wall|doorway)\b"),
    ("bench or step", r"\b(?:bench|step,|on a step|or step|the step)\b"),
    ("pole or broomstick", r"\b(?:bodybar|broomstick)\b"),
    ("bar to hang from", r"\bchin-?up ?bar\b"),
    ("steady support", r"\b(?:squat rack|vertical support|other support)\b"),
    ("exercise ball", r"\bexercise ball\b"),
    ("mat", r"\b(?:mat)\b"),
)


@dataclass(slots=True)
class Reading:
    """What the prose says. `notes` hold what it leaves open, in words for the person who reviews it."""

    steps: list[dict[str, str]] = field(default_factory=list)
    hold: int = UNTOLD_HOLD[0]
    hold_min: int = UNTOLD_HOLD[1]
    hold_max: int = UNTOLD_HOLD[2]
    sides: str = Sides.NONE
    position: str = Position.UNKNOWN
    equipment: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(name: str, paragraphs: list[str]) -> Reading:
    """Read the instructions of one exercise, a paragraph an entry; its name helps where they are silent."""
    if not paragraphs:
        return Reading(notes=["The source has no instructions at all."])
    reading = Reading(steps=_steps(paragraphs))
    text = " ".join(paragraphs)
    _read_hold(text, reading)
    _read_sides(text, reading)
    _read_position(name, paragraphs, reading)
    reading.equipment = [name for name, pattern in _THINGS if re.search(pattern, text, re.IGNORECASE)]
    _read_character(f"{name}. {text}", reading)
    return reading


# --- Steps

MINIMAL_PART = 2  # words; what is shorter is no sentence
_WHEN = re.compile(r"(?:after|when|once|as|while|if)\b", re.IGNORECASE)
_AND = r"(?:,\s+(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?)"
_INTO_HOLD = re.compile(
    _AND
    + r"(?=hold(?:ing)? (?:for|this position for|this stretch for|this contraction for|the stretch for) \d)",
    re.IGNORECASE,
)
_INTO_CHANGE = re.compile(_AND + r"(?=(?:switch|repeat)\b|\w+ to the other side\b)", re.IGNORECASE)


def _steps(paragraphs: list[str]) -> list[dict[str, str]]:
    told: list[tuple[StepKind, str]] = []
    for index, paragraph in enumerate(paragraphs):
        sentences = [part for sentence in _sentences(paragraph) for part in _parts(sentence)]
        marked = next((i for i, s in enumerate(sentences) if _START_MARK.search(s)), -1)
        moving = any(kind is StepKind.MOVE for kind, _text in told)
        for place, sentence in enumerate(sentences):
            if place == marked and len(_START_MARK.sub("", sentence).strip(" .,")) < 4:
                continue  # "This will be your starting position." says no more than the kind of the step
            kind = _kind(sentence)
            before_start = place <= marked or (index == 0 and not moving)
            if kind is StepKind.MOVE and (place <= marked or (before_start and _STANCE.search(sentence))):
                kind = StepKind.GET_READY
            moving = moving or kind is StepKind.MOVE
            told.append((kind, sentence))
    return [{"kind": str(kind), "text": text} for kind, text in _joined(told)]


def _kind(sentence: str) -> StepKind:
    if _HOLD.search(sentence):
        return StepKind.HOLD
    if _RELEASE.search(sentence):
        return StepKind.RELEASE
    if _BREATHE.search(sentence):
        return StepKind.BREATHE
    if _FORM.search(sentence):
        return StepKind.FORM
    return StepKind.MOVE


def _sentences(paragraph: str) -> list[str]:
    text = re.sub(r"\s+", " ", paragraph).strip()
    ends = r"(?:(?<=[.!?])|(?<=[.!?][\")]))\s+(?=[\"(A-Z“]|this will be)"
    return [s.strip() for s in re.split(ends, text) if s.strip(" .")]


def _parts(sentence: str) -> list[str]:
    """A sentence that moves, holds and changes sides, as one part for each."""
    if _WHEN.match(sentence):
        return [sentence]  # "When you are done with the right foot, then …" is one thought
    for split in (_INTO_HOLD, _INTO_CHANGE):
        match = split.search(sentence)
        if match and len(sentence[: match.start()].split()) >= MINIMAL_PART:
            head, tail = sentence[: match.start()], sentence[match.end() :]
            return [*_parts(_as_sentence(head)), *_parts(_as_sentence(tail))]
    return [sentence]


def _as_sentence(part: str) -> str:
    part = part.strip(" ,;")
    return part[:1].upper() + part[1:] + ("" if part.endswith((".", "!", "?", ")")) else ".")


def _joined(told: list[tuple[StepKind, str]]) -> list[tuple[StepKind, str]]:
    """Neighbours of one kind as one step, so that nobody has to read ten lines for one movement."""
    steps: list[tuple[StepKind, str]] = []
    for kind, text in told:
        if (
            steps
            and steps[-1][0] is kind
            and kind is not StepKind.MOVE
            and len(steps[-1][1]) + len(text) < 400
        ):
            steps[-1] = (kind, f"{steps[-1][1]} {text}")
        else:
            steps.append((kind, text))
    return steps


# --- Hold


def _read_hold(text: str, reading: Reading) -> None:
    holds = " ".join(step["text"] for step in reading.steps if step["kind"] == StepKind.HOLD)
    found, elsewhere = _seconds(holds), _seconds(text)
    if not elsewhere:
        reading.notes.append(f"The text names no hold; {UNTOLD_HOLD[0]} s is a guess.")
        return
    if not found:
        found = elsewhere
        reading.notes.append("The seconds named are not plainly those of a hold; check them.")
    low, high, more = found[-1]
    reading.hold_min, reading.hold_max = low, high
    if more:
        reading.hold_max = max(high, OPEN_END)
        reading.notes.append(f"The text says “{low} or more seconds”; the longest hold is a guess.")
    # The middle of a range, in steps of five seconds.
    middle = 5 * round((low + high) / 10) if high > low else low
    reading.hold = min(max(middle, low), high)
    if len({(low, high) for low, high, _more in found}) > 1:
        said = ", ".join(f"{a} to {b} s" if b > a else f"{a} s" for a, b, _more in found)
        reading.notes.append(f"The text names several times ({said}); the last was taken.")


def _seconds(text: str) -> list[tuple[int, int, bool]]:
    """Every time named: shortest, longest (s), and whether it may be more."""
    words = r"\b(" + "|".join(_NUMBERS) + r")(?= seconds?)"
    plain = re.sub(words, lambda m: _NUMBERS[m[1].lower()], text, flags=re.IGNORECASE)
    found = [(int(m[1]), int(m[2] or m[1]), bool(m[3])) for m in _SECONDS.finditer(plain)]
    return [(low, high, more) for low, high, more in found if 1 <= low <= high <= HOLD_MAX]


# --- Sides


def _read_sides(text: str, reading: Reading) -> None:
    if _AGAIN.search(text):
        reading.sides = Sides.BOTH
    elif _OTHER_SIDE.search(text) or _ONE_SIDE.search(text):
        reading.sides = Sides.BOTH
        reading.notes.append(
            "The text speaks of one side and does not say to change; both sides are a guess."
        )


# --- Position


def _read_position(name: str, paragraphs: list[str], reading: Reading) -> None:
    opening, whole = paragraphs[0], " ".join(paragraphs)
    for passage in (opening, name, whole):
        for position, pattern in _POSITIONS:
            if re.search(pattern, passage, re.IGNORECASE):
                reading.position = position
                if passage is whole and len(paragraphs) > 1:
                    reading.notes.append(
                        f"The position ({position.label}) was read late in the text; check it."
                    )
                if re.search(r"\bsit or stand\b", passage, re.IGNORECASE):
                    reading.notes.append("The text lets one sit or stand.")
                return
        if _LYING.search(passage):
            reading.position = Position.SUPINE
            reading.notes.append("The text says “lie”; that it is on the back is a guess.")
            return
    reading.notes.append("The text does not name a position.")


# --- What kind of thing it is


_DOUBTS: tuple[tuple[str, str], ...] = (
    (
        r"\b(?:jump|hop|swing|quickly|promptly|explosive|increasing speed)",
        "our stretches are slow and never bounce",
    ),
    (r"\bcirc(?:les?|ular)\b", "decide whether it is a stretch at all"),
    (
        r"\b(?:squats?|lunges?|lunging|push-?ups?)\b",
        "it may be strength work; decide whether it is a stretch at all",
    ),
    (r"\bas (?:pictured|shown)\b", "no picture was taken over"),
)


def _read_character(text: str, reading: Reading) -> None:
    has = {step["kind"] for step in reading.steps}
    if any("roller" in thing for thing in reading.equipment):
        reading.notes.append("This is self-massage with a roller, not a stretch.")
    if "partner" in reading.equipment:
        reading.notes.append("A second person is needed; it cannot be prescribed for doing alone at home.")
        if _seconds(text):
            reading.notes.append("The time named may be that of pushing against the partner.")
    for pattern, doubt in _DOUBTS:
        if found := re.search(pattern, text, re.IGNORECASE):
            reading.notes.append(f"It says “{found[0].lower()}”; {doubt}.")
    if _REPETITIONS.search(text):
        reading.notes.append("It is counted in repetitions; decide whether it is a held stretch at all.")
    elif StepKind.HOLD not in has:
        reading.notes.append("No step holds; decide where the hold begins, or whether this is a stretch.")
    if StepKind.GET_READY not in has:
        reading.notes.append("No step tells how to get ready.")

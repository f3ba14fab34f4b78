"""How handing over a message may fail."""


class Refused(Exception):  # noqa: N818  # what happened, not a mistake of ours
    """For good: trying this message again is of no use."""


class Delayed(Exception):  # noqa: N818
    """It may pass: the message is tried again."""

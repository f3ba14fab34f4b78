"""What can go wrong without anybody having done wrong."""


class Conflict(Exception):  # noqa: N818 - the word of the API's answer
    """Somebody else was first, or the same id came with other content. Answered with 409; nothing was changed.

    The text is shown to the person and says what to do now.
    """

"""What the no of a mail server is about: the address, us, or this one mail (RFC 5321, RFC 3463).

Only the first says something against somebody's address. The second (a relay that does not know us, a sign-in, a
policy) is mended by an operator, and loses nothing meanwhile.
"""

import re

ADDRESS, US, MAIL = "address", "us", "mail"

# An enhanced status anywhere in an answer, and no IP address.
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
# Commands that it does not take from us, and sign-in or encryption that it wants first (RFC 4954, RFC 3207).
_OF_US = {502, 503, 504, 530, 534, 535, 538}
# The sender's address, not the recipient's.
_OF_SENDER = {"5.1.7", "5.1.8"}
# Without a status: no such mailbox, not here, no such name.
_OF_ADDRESS = {550, 551, 553}
# Exim says "550 relay not permitted", without a status.
_RELAY = re.compile(r"\brelay", re.IGNORECASE)


def about(code: int, said: str, status: str = "") -> str:
    """What a refusal for good is about. `status` is what a report gives beside the words; 5.0.0 says nothing."""
    told = next((one for one in (status, *_STATUS.findall(said)) if one and not one.endswith(".0.0")), "")
    if code in _OF_US or told[1:].startswith(".7.") or told in _OF_SENDER:
        return US
    if told:
        return ADDRESS if told.startswith("5.1.") or told == "5.2.1" else MAIL
    if _RELAY.search(said):
        return US
    return ADDRESS if code in _OF_ADDRESS else MAIL

"""What the no of a mail server is about, in the words of those that are met (docs/rules.md 7)."""

import pytest

from clinic.refusals import ADDRESS, MAIL, US, about


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (550, "5.1.1 <pat@example.org>: Recipient address rejected: User unknown in virtual mailbox table"),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
        (550, "5.2.1 The email account that you tried to reach is disabled"),
        (550, "#5.1.0 Address rejected."),
        (554, "5.1.2 no such domain"),
        (550, "5.0.0 User unknown"),
        (550, "no such mailbox"),
        (551, "User not local"),
        (553, "Mailbox name not allowed"),
        (550, "not known at 10.5.7.1.example.org, asked from 5.7.1.2"),
    ],
)
def test_no_such_mailbox_is_about_the_address(code: int, said: str) -> None:
    assert about(code, said) == ADDRESS


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
        (554, "5.7.1 <pat@example.org>: Relay access denied"),
        (550, "relay not permitted"),
        (550, "Relaying denied"),
        (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
        (550, "5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy."),
        (530, "Authentication required"),
        (535, "5.7.8 Username and Password not accepted"),
        (550, "5.1.8 <holdwell@example.net>: Sender address rejected: Domain not found"),
        (504, "5.5.2 <web>: Helo command rejected: need fully-qualified hostname"),
    ],
)
def test_a_relay_a_sign_in_and_a_policy_are_about_us(code: int, said: str) -> None:
    assert about(code, said) == US


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (552, "5.2.2 Mailbox is full"),
        (552, "5.3.4 Message size exceeds fixed limit"),
        (554, "not wanted here"),
        (554, "5.6.0 Message cannot be read"),
    ],
)
def test_all_else_is_about_this_mail(code: int, said: str) -> None:
    assert about(code, said) == MAIL


def test_a_report_says_it_beside_the_words() -> None:
    assert about(550, "550 go away", "5.7.1") == US
    assert about(550, "550 5.1.1 User unknown", "5.0.0") == ADDRESS
    assert about(550, "550 User unknown", "5.0.0") == ADDRESS
    assert about(0, "connection timed out", "5.4.7") == MAIL

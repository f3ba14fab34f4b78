"""Who may open what: one line for each address and method. `tests/test_routes.py` walks them with the whole cast.

A new page fails the walk until it has a line here. `may` are those who get it; `forbidden` those who know of the
object but lack the right (403); to everybody else it does not exist (404). Whoever is not signed in is asked to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clinic.models import Invitation, OutgoingMail
from exercises.models import Comment, Exercise, LibraryImport, Medium, Routine
from patients import feeds
from patients.models import (
    AdverseEvent,
    Alert,
    Archive,
    CalendarFeed,
    DeletionRequest,
    Message,
    PatientImport,
    Pause,
    PushDevice,
    Report,
    RosterView,
    Session,
)
from patients.unsubscribing import key_of
from tests.world import World

NOBODY = "nobody"  # not signed in
STAFF = frozenset({"owner", "clinician", "assistant", "viewer"})
CARERS = STAFF - {"viewer"}
ASSISTANT = frozenset({"assistant"})
VIEWER = STAFF - CARERS
PRESCRIBERS = frozenset({"owner", "clinician"})
OWNER = frozenset({"owner"})
PATIENT = frozenset({"patient"})
PATIENTS = frozenset({"patient", "stranger"})
LIBRARIANS = frozenset({"curator", "reviewer"})
REVIEWER = frozenset({"reviewer"})
OPERATOR = frozenset({"operator"})
STRANGERS = frozenset({"stranger", "stranger_clinician"})
SIGNED_IN = STAFF | PATIENTS | LIBRARIANS | OPERATOR | STRANGERS
EVERYBODY = SIGNED_IN | {NOBODY}
# Colleagues of any clinic read the shared library.
READERS = STAFF | LIBRARIANS | {"stranger_clinician"}
# Prescribers of any clinic copy from it.
COPIERS = PRESCRIBERS | {"stranger_clinician"}
# Whoever writes a library: the shared one, or their clinic's own.
WRITERS = PRESCRIBERS | LIBRARIANS | {"stranger_clinician"}


@dataclass(frozen=True)
class Things:
    """What the addresses of the table are about; all of it belongs to the first clinic."""

    world: World
    session: Session
    pause: Pause
    alert: Alert
    event: AdverseEvent
    report: Report
    archive: Archive
    brought: LibraryImport
    draft: PatientImport
    message: Message
    view: RosterView
    deletion: DeletionRequest
    device: PushDevice
    mail: OutgoingMail
    medium: Medium
    letter: Invitation
    letter_secret: str
    patient_secret: str
    own_exercise: Exercise
    own_routine: Routine


Place = Callable[[Things], Mapping[str, Any]]


@dataclass(frozen=True)
class Route:
    """One address and method, and what the cast gets there."""

    name: str
    may: frozenset[str]
    place: Place = field(default=lambda things: {})
    forbidden: frozenset[str] = frozenset()
    method: str = "get"
    ok: tuple[int, ...] = (200,)
    others: int = 404

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def clinic(things: Things) -> Mapping[str, Any]:
    return {"clinic": things.world.clinic.pk}


def failed_mail(things: Things) -> Mapping[str, Any]:
    return {"name": "mails", "pk": things.mail.pk}


def patient(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.pat.pk}


def thread(things: Things) -> Mapping[str, Any]:
    return {"patient": things.world.pat.pk}


def message(things: Things) -> Mapping[str, Any]:
    return {"patient": things.world.pat.pk, "pk": things.message.pk}


def prescription(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.prescription.pk}


def session(things: Things) -> Mapping[str, Any]:
    return {"pk": things.session.pk}


def exercise(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.knee_to_chest.pk}


def routine(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.routine.pk}


def no_comment(things: Things) -> Mapping[str, Any]:
    return exercise(things) | {"comment": things.world.knee_to_chest.pk}


def no_comment_on_a_routine(things: Things) -> Mapping[str, Any]:
    return routine(things) | {"comment": things.world.knee_to_chest.pk}


def drawn_exercise(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.hamstring.pk}


def revision(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.knee_to_chest.published_id}


def remark(things: Things) -> Mapping[str, Any]:
    """A comment on what is published."""
    revision = things.world.knee_to_chest.published
    assert revision is not None
    said, _made = Comment.objects.get_or_create(revision=revision, text="Which knee?")
    return {"pk": revision.pk, "comment": said.pk}


def medium(things: Things) -> Mapping[str, Any]:
    return {"pk": things.medium.pk}


def photo(things: Things) -> Mapping[str, Any]:
    return {"pk": things.medium.pk, "part": "480"}


def routine_revision(things: Things) -> Mapping[str, Any]:
    return {"pk": things.world.routine.published_id}


def own_exercise(things: Things) -> Mapping[str, Any]:
    return {"pk": things.own_exercise.pk}


def first_of(thing: Callable[[Things], Mapping[str, Any]]) -> Callable[[Things], Mapping[str, Any]]:
    """The first revision of a thing of the library."""
    return lambda things: {**thing(things), "number": 1}


def own_routine(things: Things) -> Mapping[str, Any]:
    return {"pk": things.own_routine.pk}


def own_routine_revision(things: Things) -> Mapping[str, Any]:
    return {"pk": things.own_routine.published_id}


def alert(things: Things) -> Mapping[str, Any]:
    return {"pk": things.alert.pk}


def event(things: Things) -> Mapping[str, Any]:
    return {"pk": things.event.pk}


def report(things: Things) -> Mapping[str, Any]:
    """The clinician's digest."""
    return {"pk": things.report.pk}


def archive(things: Things) -> Mapping[str, Any]:
    return {"pk": things.archive.pk}


def brought(things: Things) -> Mapping[str, Any]:
    """A file for the shared library, looked at."""
    return {"pk": things.brought.pk}


def digest(things: Things) -> Mapping[str, Any]:
    return {"clinic": things.world.clinic.pk, "kind": "digest"}


def draft(things: Things) -> Mapping[str, Any]:
    """A file that the assistant brought."""
    return {"pk": things.draft.pk}


def view(things: Things) -> Mapping[str, Any]:
    return {"pk": things.view.pk}


def feed(things: Things) -> Mapping[str, Any]:
    """The secret address of a calendar is the proof; whoever has it may read."""
    own, _made = CalendarFeed.objects.get_or_create(patient=things.world.pat)
    return {"secret": feeds.address(own).rpartition("/")[2].removesuffix(".ics")}


def device(things: Things) -> Mapping[str, Any]:
    return {"pk": things.device.pk}


def colleague(things: Things) -> Mapping[str, Any]:
    return {"clinic": things.world.clinic.pk, "pk": things.world.viewer.memberships.get().pk}


def staff(name: str, may: frozenset[str], place: Place, **more: Any) -> Route:
    """A page of one clinic's staff: the colleagues without the right are told so."""
    return Route(name, may, place, forbidden=STAFF - may, **more)


def on_patient(name: str, may: frozenset[str], place: Place, **more: Any) -> Route:
    """A page of the staff about a patient, who knows of it but has no business there."""
    return Route(name, may, place, forbidden=(STAFF | PATIENT) - may, **more)


def curating(name: str, may: frozenset[str], place: Place, **more: Any) -> Route:
    """What curators do with a thing of the shared library, which its readers know of."""
    return Route(name, may, place, forbidden=READERS - may, **more)


def everybody(name: str, place: Place = lambda things: {}, **more: Any) -> Route:
    return Route(name, EVERYBODY, place, **more)


# What an act answers when it was sent nothing: done, or asked for what is missing.
ACTED = (200, 201, 204, 302, 400, 422)

COLLEAGUES = STAFF | LIBRARIANS | OPERATOR | {"stranger_clinician"}
NONE: frozenset[str] = frozenset()
# Before an account is changed the person is asked once more who they are.
ASKED = (302,)

ROUTES = [
    # The account: everybody's own
    Route("mfa_index", SIGNED_IN),
    Route("usersessions_list", SIGNED_IN),
    Route("usersessions_end", SIGNED_IN, lambda t: {"pk": 0}, method="post", ok=(302,)),
    everybody("set_language", method="post", ok=(302,)),
    everybody("mfa_login_webauthn", ok=(302,)),
    everybody("mfa_authenticate", ok=(302,)),
    Route("mfa_add_webauthn", SIGNED_IN, ok=ASKED),
    Route("mfa_edit_webauthn", SIGNED_IN, lambda t: {"pk": 0}, ok=ASKED),
    Route("mfa_remove_webauthn", SIGNED_IN, lambda t: {"pk": 0}, ok=ASKED),
    Route("mfa_activate_totp", COLLEAGUES, others=403, ok=ASKED),
    Route("mfa_generate_recovery_codes", COLLEAGUES, others=403, ok=ASKED),
    # Whoever has no such thing finds none, and nobody of the cast has.
    Route("mfa_reauthenticate", SIGNED_IN, ok=ASKED),
    Route("mfa_reauthenticate_webauthn", SIGNED_IN, ok=ASKED),
    Route("mfa_deactivate_totp", NONE),
    Route("mfa_view_recovery_codes", NONE),
    Route("mfa_download_recovery_codes", NONE),
    everybody("livez"),
    # Switched off: nobody finds it, whoever asks. `tests/clinic/test_metrics.py` switches it on.
    Route("metrics", EVERYBODY, ok=(404,)),
    Route("operations", OPERATOR, forbidden=SIGNED_IN),
    Route("send-again", OPERATOR, failed_mail, forbidden=SIGNED_IN, method="post", ok=(302,)),
    everybody("readyz", ok=(200, 503)),
    everybody("api-schema"),
    everybody("home", ok=(200, 302)),
    # The team
    staff("clinic:team", OWNER, clinic),
    staff("clinic:invite", OWNER, clinic),
    staff("clinic:role", OWNER, colleague),
    staff("clinic:end", OWNER, colleague),
    staff("clinic:audit", OWNER, clinic),
    staff("clinic:settings", OWNER, clinic),
    staff(
        "clinic:withdraw",
        OWNER,
        lambda t: {"clinic": t.world.clinic.pk, "pk": t.letter.pk},
        method="post",
        ok=ACTED,
    ),
    everybody("clinic:invitation", lambda t: {"token": t.letter_secret}),
    # The desk
    staff("desk:roster", STAFF, clinic),
    staff("desk:invite", CARERS, clinic),
    staff("desk:import_start", CARERS, clinic),
    staff("desk:import_template", CARERS, clinic),
    staff("desk:import", ASSISTANT, draft),
    staff("desk:roster_csv", CARERS, clinic),
    staff("desk:new_view", STAFF, clinic),
    # The clinician's own: for their colleagues it does not exist either.
    Route("desk:view", frozenset({"clinician"}), view),
    Route("desk:delete_view", frozenset({"clinician"}), view, method="post", ok=ACTED),
    on_patient("desk:progress_report", STAFF, patient),
    staff("desk:reports", CARERS, clinic),
    staff("desk:report", CARERS, report),
    staff("desk:report_again", CARERS, report, method="post", ok=ACTED),
    staff("desk:report_mail", CARERS, report),
    staff("desk:report_pdf", CARERS, report),
    staff("desk:report_csv", CARERS, report),
    staff("desk:report_preview", CARERS, digest),
    staff("desk:report_preview_mail", CARERS, digest),
    staff("desk:archives", OWNER, clinic),
    staff("desk:archive_file", OWNER, archive),
    staff("desk:archive_delete", OWNER, archive, method="post", ok=ACTED),
    on_patient("desk:patient", STAFF, patient),
    staff("desk:messages", STAFF, clinic),
    on_patient("desk:message_thread", STAFF, patient),
    on_patient("desk:message_thread", CARERS, patient, method="post", ok=ACTED),
    on_patient("desk:message_unread", CARERS, patient, method="post", ok=ACTED),
    on_patient("desk:sent", STAFF, patient),
    on_patient("desk:details", CARERS, patient),
    on_patient("desk:reinvite", CARERS, patient),
    on_patient("desk:move", CARERS, patient),
    on_patient("desk:deactivate", CARERS, patient),
    on_patient("desk:reactivate", CARERS, patient),
    on_patient("desk:discharge", PRESCRIBERS, patient),
    on_patient("desk:readmit", PRESCRIBERS, patient),
    on_patient("desk:code", CARERS, patient),
    on_patient("desk:withdraw_code", CARERS, patient, method="post", ok=ACTED),
    on_patient("desk:prescribe", PRESCRIBERS, patient),
    on_patient("desk:estimate", PRESCRIBERS, patient, method="post", ok=ACTED),
    on_patient("desk:as_patient", PRESCRIBERS, patient, method="post", ok=ACTED),
    on_patient("desk:amend", PRESCRIBERS, prescription),
    on_patient("desk:pause", CARERS, prescription),
    on_patient("desk:extend", PRESCRIBERS, prescription),
    on_patient("desk:stop", PRESCRIBERS, prescription),
    on_patient("desk:resume", PRESCRIBERS, prescription),
    on_patient("desk:release", PRESCRIBERS, prescription),
    on_patient("desk:handout", STAFF, prescription),
    on_patient("desk:end_pause", CARERS, lambda t: {"pk": t.pause.pk}),
    staff("desk:alerts", STAFF, clinic),
    staff("desk:alerts", CARERS, clinic, method="post", ok=ACTED),
    staff("desk:alert", STAFF, alert),
    staff("desk:alert", CARERS, alert, method="post", ok=ACTED),
    staff("desk:alert_thresholds", OWNER, clinic),
    on_patient("desk:adverse_event", CARERS, patient),
    staff("desk:acknowledge", CARERS, alert, method="post", ok=ACTED),
    staff("desk:resolve", CARERS, alert),
    on_patient("desk:log", CARERS, prescription),
    on_patient("desk:correct", CARERS, session),
    on_patient("desk:void", CARERS, session),
    on_patient("desk:ask_deletion", CARERS, patient),
    staff("desk:deletions", OWNER, clinic),
    staff("desk:deletion", OWNER, lambda t: {"pk": t.deletion.pk}),
    # The patient's own
    Route("portal:today", PATIENTS, others=403),
    Route("portal:plan", PATIENTS, others=403),
    Route("portal:progress", PATIENTS, others=403),
    Route("portal:seen", PATIENTS, others=403),
    Route("portal:progress_report", PATIENT, lambda t: {"patient": t.world.pat.pk}, forbidden=STAFF),
    Route("portal:urgent", PATIENTS, others=403),
    Route("portal:settings", PATIENTS, others=403),
    Route("portal:adverse_event", PATIENTS, others=403),
    Route("portal:channels", PATIENTS, others=403),
    Route("portal:device_add", PATIENTS, method="post", ok=ACTED, others=403),
    # Whoever has no secret of a subscription is told nothing, signed in or not.
    everybody("portal:device_renewed", method="post", ok=(422,)),
    Route("portal:device_test", PATIENT, device, forbidden=STAFF, method="post", ok=ACTED),
    Route("portal:device_remove", PATIENT, device, forbidden=STAFF, method="post", ok=ACTED),
    Route("portal:phone", PATIENTS, method="post", ok=(422,), others=403),
    Route("portal:phone_code", PATIENTS, method="post", ok=(422,), others=403),
    Route("portal:phone_remove", PATIENTS, method="post", ok=ACTED, others=403),
    Route("portal:messages", PATIENTS, others=403),
    Route("portal:zone", PATIENTS, method="post", ok=ACTED, others=403),
    Route("portal:sent", PATIENTS, others=403),
    Route("portal:calendar", PATIENTS, others=403),
    everybody("portal:feed", feed),
    Route("portal:session", PATIENT, lambda t: {"prescription": t.world.prescription.pk}, forbidden=STAFF),
    Route("portal:handout", PATIENT, lambda t: {"prescription": t.world.prescription.pk}, forbidden=STAFF),
    Route("portal:done", PATIENT, session, forbidden=STAFF),
    Route("portal:correct", PATIENT, session, forbidden=STAFF),
    Route("portal:my_data", PATIENTS, ok=ASKED, others=403),
    Route("portal:archive", PATIENTS, ok=ASKED, others=403, method="post"),
    Route("portal:ask_deletion", PATIENT, patient, ok=ASKED, forbidden=STAFF),
    Route("portal:keep", PATIENT, patient, forbidden=STAFF, method="post", ok=(302,)),
    everybody("portal:explained"),
    everybody("portal:manifest"),
    everybody("portal:worker"),
    Route("portal:offline", PATIENTS, others=403),
    Route("portal:offline_today", PATIENTS, lambda t: {"ahead": 0}, others=403),
    Route("portal:offline_urgent", PATIENTS, others=403),
    Route(
        "portal:offline_session",
        PATIENT,
        lambda t: {"prescription": t.world.prescription.pk, "revision": 1},
        forbidden=STAFF,
    ),
    everybody(
        "portal:unsubscribe",
        lambda t: {"key": key_of(t.world.pat.reminder_preference, "session_due"), "kinds": "session_due"},
    ),
    everybody("portal:start"),
    everybody("portal:invitation", lambda t: {"token": t.patient_secret}),
    # The library
    Route("exercises:list", READERS, others=403),
    Route("exercises:detail", READERS, exercise),
    Route("exercises:revision", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS),
    Route(
        "exercises:translate",
        LIBRARIANS,
        lambda t: revision(t) | {"language": "es"},
        forbidden=READERS - LIBRARIANS,
    ),
    Route("exercises:figure", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS),
    Route("exercises:media", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS),
    Route(
        "exercises:media_upload",
        LIBRARIANS,
        revision,
        forbidden=READERS - LIBRARIANS,
        method="post",
        ok=ACTED,
    ),
    # Shown by the first clinic's prescription, in a stretch of the shared library.
    Route("exercises:medium", READERS | PATIENT, photo),
    Route("exercises:medium_withdraw", LIBRARIANS, medium, forbidden=READERS - LIBRARIANS),
    Route("exercises:preview", LIBRARIANS, method="post", ok=(400,), others=403),
    Route("exercises:create", LIBRARIANS | PRESCRIBERS | {"stranger_clinician"}, others=403),
    Route("exercises:edit", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS),
    Route("exercises:look", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS, method="post", ok=(200,)),
    Route("exercises:discard", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS, ok=(302,)),
    Route("exercises:submit", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS, method="post", ok=ACTED),
    Route("exercises:export", WRITERS, others=403),
    Route("exercises:export", WRITERS, method="post", others=403),
    Route("exercises:import", WRITERS, others=403),
    Route("exercises:import", WRITERS, method="post", ok=(422,), others=403),
    Route("exercises:import_shown", LIBRARIANS, brought, forbidden=READERS - LIBRARIANS),
    Route(
        "exercises:import_confirm",
        LIBRARIANS,
        brought,
        forbidden=READERS - LIBRARIANS,
        method="post",
        ok=ACTED,
    ),
    Route(
        "exercises:import_again", LIBRARIANS, brought, forbidden=READERS - LIBRARIANS, method="post", ok=ACTED
    ),
    Route(
        "exercises:import_drop", LIBRARIANS, brought, forbidden=READERS - LIBRARIANS, method="post", ok=ACTED
    ),
    everybody("exercises:schema"),
    Route("exercises:publish", REVIEWER, revision, forbidden=READERS - REVIEWER, method="post", ok=ACTED),
    Route("exercises:comment", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS, method="post", ok=ACTED),
    Route("exercises:settle", LIBRARIANS, remark, forbidden=READERS - LIBRARIANS, method="post", ok=ACTED),
    Route(
        "exercises:take_back", LIBRARIANS, revision, forbidden=READERS - LIBRARIANS, method="post", ok=ACTED
    ),
    Route("exercises:compare", READERS, exercise, ok=(404,)),
    Route("exercises:retire", REVIEWER, exercise, forbidden=READERS - REVIEWER),
    Route("exercises:bring_back", REVIEWER, exercise, forbidden=READERS - REVIEWER, method="post", ok=ACTED),
    Route(
        "exercises:schedule_review",
        LIBRARIANS,
        exercise,
        forbidden=READERS - LIBRARIANS,
        method="post",
        ok=ACTED,
    ),
    # A clinic's own library
    Route("exercises:copy", COPIERS, exercise, forbidden=READERS - COPIERS),
    Route("exercises:original", PRESCRIBERS, own_exercise, forbidden=STAFF - PRESCRIBERS, ok=(302,)),
    Route("exercises:offer", PRESCRIBERS, own_exercise, forbidden=STAFF - PRESCRIBERS),
    Route("exercises:detail", STAFF, own_exercise),
    # Routines
    Route("exercises:routines", READERS, others=403),
    Route("exercises:routine_create", LIBRARIANS | COPIERS, others=403),
    Route("exercises:routine", READERS, routine),
    Route("exercises:routine", STAFF, own_routine),
    Route("exercises:routine_compare", READERS, routine, ok=(404,)),
    Route("exercises:routine_copy", COPIERS, routine, forbidden=READERS - COPIERS),
    Route("exercises:routine_original", PRESCRIBERS, own_routine, forbidden=STAFF - PRESCRIBERS, ok=(302,)),
    Route("exercises:routine_offer", PRESCRIBERS, own_routine, forbidden=STAFF - PRESCRIBERS),
    Route("exercises:routine_retire", REVIEWER, routine, forbidden=READERS - REVIEWER),
    *(
        Route(f"exercises:routine_{act}", may, place, forbidden=READERS - may, method="post", ok=ACTED)
        for act, may, place in (
            ("bring_back", REVIEWER, routine),
            ("schedule_review", LIBRARIANS, routine),
            ("look", LIBRARIANS, routine_revision),
            ("submit", LIBRARIANS, routine_revision),
            ("take_back", LIBRARIANS, routine_revision),
            ("publish", REVIEWER, routine_revision),
            ("comment", LIBRARIANS, routine_revision),
        )
    ),
    Route(
        "exercises:routine_settle",
        LIBRARIANS,
        lambda t: routine_revision(t) | {"comment": t.world.routine.pk},
        forbidden=READERS - LIBRARIANS,
        method="post",
        ok=(404,),
    ),
    Route("exercises:routine_revision", LIBRARIANS, routine_revision, forbidden=READERS - LIBRARIANS),
    Route("exercises:routine_revision", PRESCRIBERS, own_routine_revision, forbidden=STAFF - PRESCRIBERS),
    Route("exercises:routine_edit", LIBRARIANS, routine_revision, forbidden=READERS - LIBRARIANS),
    Route("exercises:routine_edit", PRESCRIBERS, own_routine_revision, forbidden=STAFF - PRESCRIBERS),
    Route(
        "exercises:routine_discard",
        LIBRARIANS,
        routine_revision,
        forbidden=READERS - LIBRARIANS,
        ok=(302,),
    ),
    Route(
        "exercises:translate_routine",
        LIBRARIANS,
        lambda t: routine_revision(t) | {"language": "es"},
        forbidden=READERS - LIBRARIANS,
    ),
    # The API
    Route("api:exercise-list", READERS, others=403),
    Route("api:exercise-detail", READERS, exercise),
    Route("api:exercise-picture", READERS, drawn_exercise),
    Route("api:exercise-list", SIGNED_IN, method="post", ok=(400,)),
    curating("api:exercise-draft", LIBRARIANS, exercise),
    curating("api:exercise-draft", LIBRARIANS, exercise, method="patch", ok=(428,)),
    curating("api:exercise-draft", LIBRARIANS, exercise, method="delete", ok=(428,)),
    Route("api:exercise-history", READERS, exercise),
    curating("api:exercise-submit", LIBRARIANS, exercise, method="post", ok=ACTED),
    curating("api:exercise-take-back", LIBRARIANS, exercise, method="post", ok=ACTED),
    curating("api:exercise-publish", REVIEWER, exercise, method="post", ok=(428,)),
    curating("api:exercise-comments", LIBRARIANS, exercise),
    curating("api:exercise-comments", LIBRARIANS, exercise, method="post", ok=ACTED),
    curating("api:exercise-retire", REVIEWER, exercise, method="post", ok=ACTED),
    curating("api:exercise-bring-back", REVIEWER, exercise, method="post", ok=ACTED),
    curating("api:exercise-schedule-review", LIBRARIANS, exercise, method="post", ok=ACTED),
    curating("api:exercise-settle", LIBRARIANS, no_comment, method="post", ok=(404,)),
    curating("api:exercise-attach", LIBRARIANS, exercise, method="post", ok=(428,)),
    curating(
        "api:exercise-detach",
        LIBRARIANS,
        lambda t: exercise(t) | {"medium": t.medium.pk},
        method="delete",
        ok=(428,),
    ),
    Route("api:exercise-usage", READERS, exercise),
    Route("api:exercise-usage", STAFF, own_exercise),
    *(
        route
        for kind, shared, own in (("exercise", exercise, own_exercise), ("routine", routine, own_routine))
        for route in (
            Route(f"api:{kind}-copy", COPIERS, shared, READERS - COPIERS, method="post", ok=ACTED),
            Route(f"api:{kind}-news", WRITERS, others=403),
            Route(f"api:{kind}-in-work", WRITERS, others=403),
            Route(f"api:{kind}-history", STAFF, own),
            Route(f"api:{kind}-compare", READERS, shared),
            Route(f"api:{kind}-compare", STAFF, own),
            Route(f"api:{kind}-former", READERS, first_of(shared)),
            Route(f"api:{kind}-former", STAFF, first_of(own)),
            # Nothing here is a copy.
            staff(f"api:{kind}-original", PRESCRIBERS, own, ok=(404,)),
            staff(f"api:{kind}-take-over", PRESCRIBERS, own, method="post", ok=(404,)),
            staff(f"api:{kind}-leave", PRESCRIBERS, own, method="post", ok=(404,)),
            staff(f"api:{kind}-offer", PRESCRIBERS, own),
            staff(f"api:{kind}-offer", PRESCRIBERS, own, method="post", ok=ACTED),
            staff(f"api:{kind}-offer", PRESCRIBERS, own, method="delete", ok=ACTED),
            staff(f"api:{kind}-draft", PRESCRIBERS, own),
            staff(f"api:{kind}-retire", PRESCRIBERS, own, method="post", ok=ACTED),
        )
    ),
    staff("api:exercise-attach", PRESCRIBERS, own_exercise, method="post", ok=(428,)),
    Route("api:routine-begin", SIGNED_IN, method="post", ok=(400,)),
    Route("api:medium-list", READERS, others=403),
    # A file comes as a form, never as JSON.
    Route("api:medium-list", WRITERS, method="post", ok=(415,), others=403),
    Route("api:medium-detail", READERS, medium),
    curating("api:medium-detail", LIBRARIANS, medium, method="patch", ok=(428,)),
    curating("api:medium-detail", LIBRARIANS, medium, method="delete", ok=(428,)),
    curating("api:medium-withdraw", LIBRARIANS, medium, method="post", ok=ACTED),
    Route("api:medium-part", READERS | PATIENT, photo),
    # A prescriber names their clinic; of none it is the shared library.
    Route("api:library-archive", WRITERS, method="post", ok=(200, 400), others=403),
    Route("api:library-import-list", WRITERS, others=403),
    Route("api:library-import-list", WRITERS, method="post", ok=(415,), others=403),
    curating("api:library-import-detail", LIBRARIANS, brought),
    curating("api:library-import-report", LIBRARIANS, brought),
    curating("api:library-import-confirm", LIBRARIANS, brought, method="post", ok=(428,)),
    curating("api:library-import-again", LIBRARIANS, brought, method="post", ok=(409,)),
    curating("api:library-import-drop", LIBRARIANS, brought, method="post"),
    curating("api:routine-draft", LIBRARIANS, routine),
    curating("api:routine-draft", LIBRARIANS, routine, method="patch", ok=(428,)),
    curating("api:routine-draft", LIBRARIANS, routine, method="delete", ok=(428,)),
    Route("api:routine-history", READERS, routine),
    curating("api:routine-submit", LIBRARIANS, routine, method="post", ok=ACTED),
    curating("api:routine-take-back", LIBRARIANS, routine, method="post", ok=ACTED),
    curating("api:routine-publish", REVIEWER, routine, method="post", ok=(428,)),
    curating("api:routine-comments", LIBRARIANS, routine),
    curating("api:routine-comments", LIBRARIANS, routine, method="post", ok=ACTED),
    curating("api:routine-retire", REVIEWER, routine, method="post", ok=ACTED),
    curating("api:routine-bring-back", REVIEWER, routine, method="post", ok=ACTED),
    curating("api:routine-schedule-review", LIBRARIANS, routine, method="post", ok=ACTED),
    curating("api:routine-settle", LIBRARIANS, no_comment_on_a_routine, method="post", ok=(404,)),
    Route("api:routine-list", READERS, others=403),
    Route("api:routine-list", SIGNED_IN, method="post", ok=(400,)),
    Route("api:routine-detail", READERS, lambda t: {"pk": t.world.routine.pk}),
    Route("api:patient-list", SIGNED_IN),
    Route("api:patient-list", SIGNED_IN, method="post", ok=(400,)),
    Route("api:patient-detail", STAFF | PATIENT, patient),
    on_patient("api:patient-detail", CARERS, patient, method="patch", ok=ACTED),
    on_patient("api:patient-reinvite", CARERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-move", CARERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-deactivate", CARERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-reactivate", CARERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-discharge", PRESCRIBERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-readmit", PRESCRIBERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-paper-code", CARERS, patient, method="post", ok=ACTED),
    on_patient("api:patient-paper-code", CARERS, patient, method="delete", ok=(204,)),
    Route("api:adherence-list", SIGNED_IN, ok=(400,)),
    Route("api:patient-adherence", STAFF | PATIENT, patient, ok=(200, 400)),
    Route("api:patient-progress-report", STAFF | PATIENT, patient),
    Route("api:import-list", SIGNED_IN, method="post", ok=(400,)),
    staff("api:import-detail", ASSISTANT, draft),
    staff("api:import-confirm", ASSISTANT, draft, method="post", ok=ACTED),
    Route("api:message-list", STAFF | PATIENT, thread),
    Route("api:message-list", CARERS | PATIENT, thread, forbidden=VIEWER, method="post", ok=ACTED),
    Route("api:message-read", CARERS | PATIENT, thread, forbidden=VIEWER, method="post", ok=ACTED),
    on_patient("api:message-unread", CARERS, thread, method="post", ok=ACTED),
    Route("api:message-withdraw", CARERS | PATIENT, message, forbidden=VIEWER, method="post", ok=ACTED),
    Route("api:prescription-list", SIGNED_IN),
    Route("api:prescription-list", SIGNED_IN, method="post", ok=(400,)),
    Route("api:prescription-detail", STAFF | PATIENT, prescription),
    Route("api:prescription-adherence", STAFF | PATIENT, prescription, ok=(200, 400)),
    Route("api:prescription-handout", STAFF | PATIENT, prescription),
    on_patient("api:prescription-extend", PRESCRIBERS, prescription, method="post", ok=ACTED),
    on_patient("api:prescription-pauses", CARERS, prescription, method="post", ok=ACTED),
    on_patient(
        "api:prescription-end-pause",
        CARERS,
        lambda t: {"pk": t.world.prescription.pk, "pause": t.pause.pk},
        method="post",
        ok=ACTED,
    ),
    on_patient("api:prescription-resume", PRESCRIBERS, prescription, method="post", ok=ACTED),
    on_patient("api:prescription-release", PRESCRIBERS, prescription, method="post", ok=ACTED),
    on_patient("api:prescription-revisions", PRESCRIBERS, prescription, method="post", ok=ACTED),
    on_patient("api:prescription-stop", PRESCRIBERS, prescription, method="post", ok=ACTED),
    Route("api:session-list", SIGNED_IN),
    Route("api:session-list", SIGNED_IN, method="post", ok=(400,)),
    Route("api:session-detail", STAFF | PATIENT, session),
    on_patient("api:session-correct", CARERS | PATIENT, session, method="post", ok=ACTED),
    on_patient("api:session-void", CARERS, session, method="post", ok=ACTED),
    Route("api:safety-screen-list", SIGNED_IN, method="post", ok=(400,)),
    Route("api:alert-list", SIGNED_IN),
    staff("api:alert-detail", STAFF, alert),
    staff("api:alert-acknowledge", CARERS, alert, method="post", ok=ACTED),
    staff("api:alert-resolve", CARERS, alert, method="post", ok=ACTED),
    staff("api:alert-notes", CARERS, alert, method="post", ok=ACTED),
    staff("api:alert-assign", CARERS, alert, method="post", ok=ACTED),
    staff("api:alert-reopen", CARERS, alert, method="post", ok=ACTED),
    Route("api:adverse-event-list", SIGNED_IN),
    Route("api:adverse-event-list", SIGNED_IN, method="post", ok=(400,)),
    Route("api:adverse-event-detail", STAFF | PATIENT, event),
    Route("api:thresholds-list", SIGNED_IN),
    Route("api:report-list", SIGNED_IN),
    Route("api:report-list", SIGNED_IN, method="post", ok=(400,)),
    staff("api:report-detail", CARERS, report),
    staff("api:report-again", CARERS, report, method="post", ok=(202,)),
    staff("api:report-as-pdf", CARERS, report),
    staff("api:report-as-csv", CARERS, report),
    Route("api:archive-list", SIGNED_IN),
    Route("api:archive-list", SIGNED_IN, method="post", ok=(400,)),
    staff("api:archive-detail", OWNER, archive),
    staff("api:archive-file", OWNER, archive),
    Route("api:today-list", SIGNED_IN),
    # By key alone: to a browser that is signed in it is shut.
    Route("api:my-archive", NONE, others=401),
    # The demo, which only a demo has
    everybody("demo:sign_in", method="post", ok=(302,)),
    everybody("demo:letters"),
    everybody("demo:components"),
]

# Addresses of libraries, by the beginning of their name: their own guards stand behind the declared right.
LIBRARIES = {"admin:": OPERATOR, "account_": EVERYBODY}
# Answered for everybody, but about a letter that only a running demo has written.
WITHOUT_A_LINE = {"demo:letter", "demo:letter_html"}

"""An import as work that is a row: looked at, confirmed, taken in; dropped, taken over, said why."""

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import making
from clinic.models import AuditEvent, LibraryRole, User
from exercises import publishing, shipping
from exercises.exchange import jobs
from exercises.exchange.entries import report_of
from exercises.exchange.jobs import _tell
from exercises.models import Exercise, LibraryImport, Revision, RoutineItem
from tests.exercises.exchange.making import changed, shipped
from tests.exercises.making import entry

pytestmark = pytest.mark.django_db

KNEE = "exercises/knee-to-chest.json"


@pytest.fixture
def curator() -> User:
    return User.objects.create_user("curator@example.org", name="Curator", library_role=LibraryRole.CURATOR)


def brought(curator: User, raw: bytes, **more: Any) -> LibraryImport:
    return jobs.request(curator, None, io.BytesIO(raw), name="library.zip", size=len(raw), **more)


def tick(job: LibraryImport, later: dt.timedelta = dt.timedelta()) -> LibraryImport:
    jobs.make_due(timezone.now() + later)
    job.refresh_from_db()
    return job


def looked_at(curator: User, raw: bytes, **more: Any) -> LibraryImport:
    return tick(brought(curator, raw, **more))


class TestAFile:
    def test_is_looked_at_and_nothing_is_written(self, curator: User) -> None:
        job = looked_at(curator, shipped())
        assert (job.state, job.format, job.counts) == ("done", "holdwell", {"new": 11})
        assert (job.done, job.total, job.may_be_taken_in) == (11, 11, True)
        assert report_of(job.report).as_json() == job.report
        assert not Exercise.objects.exists()

    def test_is_taken_in_when_somebody_says_so(
        self, curator: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))
        with django_capture_on_commit_callbacks(execute=True):
            tick(job)
        assert (job.taken_in, job.drafts) == (True, 11)
        assert set(Revision.objects.values_list("state", flat=True)) == {"draft"}
        job.refresh_from_db()
        assert job.file == ""
        assert AuditEvent.objects.get(verb="library.imported").details == {"drafts": 11}
        with pytest.raises(ValidationError):
            jobs.confirm(curator, job)

    def test_is_known_by_its_content_whatever_it_is_called(self, curator: User) -> None:
        raw = json.dumps([entry(), entry(id="Press", name="Press", category="strength")]).encode()
        job = looked_at(curator, raw, category="stretching")
        assert (job.format, job.total, job.counts) == ("free-exercise-db", 1, {"new": 1})
        assert job.report[0]["notes"] > 0

    @pytest.mark.parametrize("raw", [b"%PDF-1.7", b"PK\x03\x04", b"<html>", b"[]", b"{}", b"\x00" * 100])
    def test_that_is_something_else_is_answered_in_words_and_not_tried_again(
        self, curator: User, raw: bytes
    ) -> None:
        job = looked_at(curator, raw)
        assert (job.state, job.due_at) == ("failed", None)
        assert job.error.endswith(".")
        assert (job.unreadable, job.file, jobs.storage().exists(f"imports/{job.pk}")) == (True, "", False)
        assert not jobs.may_be_tried_again(job)
        assert not jobs.try_again(job)
        assert jobs.drop(curator, job)

    def test_with_a_refused_entry_cannot_be_taken_in(self, curator: User) -> None:
        job = looked_at(curator, changed(shipped(), KNEE, content__hold=0))
        assert (job.counts["refused"], job.may_be_taken_in) == (1, False)
        with pytest.raises(ValidationError):
            jobs.confirm(curator, job)

    def test_that_is_too_large_is_not_kept(self, curator: User) -> None:
        with pytest.raises(ValidationError) as error:
            jobs.request(curator, None, io.BytesIO(b""), name="x", size=jobs.FILE_MAX + 1)
        assert "file" in error.value.message_dict
        assert not LibraryImport.objects.exists()

    def test_that_would_do_something_else_by_now_is_shown_again(self, curator: User) -> None:
        job = looked_at(curator, shipped())
        jobs.confirm(curator, job)
        shipping.load()
        tick(job)
        assert (job.waits_for_word, job.counts) == (True, {"same": 11})

    def test_says_what_it_says_in_the_language_of_whoever_brought_it(self, curator: User) -> None:
        assert looked_at(curator, b"<html>").error.startswith("The file is not JSON")


class TestAWorkerThatIsKilled:
    def test_leaves_it_to_the_next_one(self, curator: User) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))
        assert making.claim(LibraryImport.objects.all(), job.pk, timezone.now()) is not None
        assert not tick(job).taken_in
        assert tick(job, making.LEASE + dt.timedelta(seconds=1)).taken_in
        assert Exercise.objects.count() == 10

    def test_writes_nothing_when_it_comes_back_too_late(self, curator: User) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))
        late = making.claim(LibraryImport.objects.all(), job.pk, timezone.now())
        assert late is not None
        tick(job, making.LEASE + dt.timedelta(seconds=1))
        publishing.discard(curator, Revision.objects.get(exercise__slug="standing-back-flexion"))
        assert jobs._make(late, timezone.now()) is False
        assert not Exercise.objects.filter(slug="standing-back-flexion").exists()

    def test_while_it_writes_begins_anew(self, curator: User, monkeypatch: pytest.MonkeyPatch) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))

        def killed(*_rows: Any, **_more: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(RoutineItem.objects, "bulk_create", killed)
            with pytest.raises(KeyboardInterrupt):
                jobs.make_due(timezone.now())
        job.refresh_from_db()
        assert (job.state, job.writing, Exercise.objects.count()) == ("running", True, 0)
        told = []
        monkeypatch.setattr(jobs, "_tell", lambda job, **said: told.append(said) or _tell(job, **said))
        assert tick(job, making.LEASE + dt.timedelta(seconds=1)).taken_in
        assert [said["writing"] for said in told] == [*[False] * (len(told) - 1), True]

    def test_again_and_again_by_the_same_file_is_said_and_not_tried_any_more(self, curator: User) -> None:
        job = brought(curator, shipped())
        later = timezone.now()
        for _ in range(jobs.ATTEMPTS_MAX):
            assert making.claim(LibraryImport.objects.all(), job.pk, later) is not None
            later += making.LEASE + dt.timedelta(seconds=1)
        jobs.make_due(later)
        job.refresh_from_db()
        assert (job.state, job.due_at) == ("failed", None)
        assert job.error == "It was begun several times, and each time it stopped before its end."
        assert jobs.may_be_tried_again(job)
        jobs.try_again(job)
        assert tick(job).waits_for_word


class TestTriedAgain:
    def test_goes_on_to_what_was_confirmed(self, curator: User) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))
        LibraryImport.objects.filter(pk=job.pk).update(state="failed", due_at=None, error="Broken.")
        job.refresh_from_db()
        assert jobs.may_be_tried_again(job)
        assert jobs.try_again(job)
        assert not jobs.try_again(job)
        assert tick(job).taken_in

    def test_is_not_what_was_given_up(self, curator: User) -> None:
        job = looked_at(curator, b"<html>")
        jobs.drop(curator, job)
        assert not jobs.try_again(job)

    def test_by_nobody_is_forgotten_though_it_was_confirmed(self, curator: User) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))
        LibraryImport.objects.filter(pk=job.pk).update(state="failed", due_at=None)
        assert tick(job, jobs.KEPT_FOR + dt.timedelta(seconds=1)).dropped_at is not None


class TestGivenUp:
    def test_before_it_is_confirmed_its_file_goes(
        self, curator: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        job = looked_at(curator, shipped())
        name = job.file
        with django_capture_on_commit_callbacks(execute=True):
            assert jobs.drop(curator, job)
        assert not jobs.storage().exists(name)
        assert not jobs.drop(curator, job)

    def test_while_a_worker_has_it_that_one_writes_nothing(self, curator: User) -> None:
        job = jobs.confirm(curator, looked_at(curator, shipped()))
        at_work = making.claim(LibraryImport.objects.all(), job.pk, timezone.now())
        assert at_work is not None
        jobs.drop(curator, job)
        assert jobs._make(at_work, timezone.now()) is False
        assert not Exercise.objects.exists()

    def test_when_it_is_taken_in_it_is_too_late(self, curator: User) -> None:
        job = tick(jobs.confirm(curator, looked_at(curator, shipped())))
        assert not jobs.drop(curator, job)
        assert job.taken_in

    def test_by_nobody_it_is_forgotten_after_a_week(self, curator: User) -> None:
        job = looked_at(curator, shipped())
        assert tick(job, jobs.KEPT_FOR - dt.timedelta(hours=1)).waits_for_word
        tick(job, jobs.KEPT_FOR + dt.timedelta(seconds=1))
        assert (job.dropped_at is not None, job.may_be_taken_in) == (True, False)


def test_what_went_wrong_here_is_said_and_tried_again(curator: User) -> None:
    job = brought(curator, shipped())
    jobs.storage().delete(job.file)
    tick(job)
    assert (job.state, job.due_at is not None) == ("failed", True)
    assert "FileNotFoundError" in job.error


def test_five_hundred_are_taken_in_by_a_few_dozen_statements(
    curator: User, django_assert_max_num_queries: Any
) -> None:
    """How long and how much memory 5,000 take: tests/bench."""
    raw = json.dumps([entry(id=f"E{n}", name=f"Stretch {n}") for n in range(500)]).encode()
    job = brought(curator, raw)
    with django_assert_max_num_queries(40):
        tick(job)
    jobs.confirm(curator, job)
    with django_assert_max_num_queries(85):
        tick(job)
    assert (job.taken_in, Exercise.objects.count()) == (True, 500)

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from clinic import acts


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        claims, mail, outbox = (import_module(f"clinic.{name}") for name in ("claims", "mail", "outbox"))
        reminders = import_module("patients.reminders")
        nav, messaging = import_module("clinic.ui.nav"), import_module("patients.messaging")
        threads = import_module("patients.threads")
        mail.still_wanted.update(dict.fromkeys(reminders.Kind, reminders.still_wanted))
        look = outbox.Look(reminders.wanted_of, reminders.changed)
        mail.looks.update(dict.fromkeys(reminders.Kind, look))
        critical, queue = import_module("patients.critical"), import_module("patients.desk.queue")
        reports = import_module("patients.reporting.mails")
        for kind in reports.TEMPLATES.values():
            mail.still_wanted[kind] = reports.still_wanted
            mail.pictures[kind] = reports.pictures
            mail.enclosures[kind] = reports.enclosures
        notes = import_module("patients.reaching.notes")
        notes.still_wanted.update(dict.fromkeys(reminders.Kind, reminders.still_wanted))
        notes.looks.update(dict.fromkeys(reminders.Kind, look))
        mail.still_wanted[messaging.TOLD_STAFF] = messaging.still_wanted
        leaving, portal_nav = import_module("patients.leaving"), import_module("patients.portal.account")
        claims.forgotten.add(leaving.FAREWELL)
        import_module("exercises.media.showing").also_seen.append(
            import_module("patients.pictured").is_prescribed
        )
        nav.account_pages.append(portal_nav.pages)
        reading, choosing = import_module("clinic.reading"), import_module("patients.choosing")
        reading.followers.append(choosing.follow_language)
        mail.still_wanted[critical.KIND] = critical.still_wanted
        nav.news.update({"portal:messages": threads.news_of_patient, "desk:messages": threads.news_of_clinic})
        nav.news["desk:alerts"] = queue.news
        import_module("patients.operating").connect()
        import_module("exercises.usage").counters.append(import_module("patients.prescribed").active)
        acts.WORDS.update(
            {
                "patient.invited": _("Invited"),
                "patient.reinvited": _("Invited again"),
                "patient.imported": _("Taken in from a file"),
                "import.confirmed": _("Took in patients from a file"),
                "patient.details_changed": _("Changed the details"),
                "patient.moved": _("Moved to another clinician"),
                "patient.deactivated": _("Made inactive"),
                "patient.reactivated": _("Made active again"),
                "patient.discharged": _("Discharged"),
                "patient.left": _("Left care on the day of the discharge"),
                "patient.readmitted": _("Took back into care"),
                "patient.code_made": _("Made a code on paper"),
                "patient.code_withdrawn": _("Withdrew the code on paper"),
                "patient.password_renewed": _("Chose a new password, by a code on paper"),
                "patient.archive_taken": _("Took their data along"),
                "deletion.asked": _("Asked for the record to be deleted"),
                "deletion.withdrawn": _("Took the request to delete back"),
                "deletion.declined": _("Declined to delete the record"),
                "deletion.carried_out": _("Deleted the record, as was asked"),
                "patient.accepted": _("Accepted the invitation"),
                "patient.preferences_changed": _("Changed the reminders or the time zone"),
                "patient.zone_kept": _("Stayed in their time zone"),
                "calendar.made": _("Made a calendar address"),
                "calendar.renewed": _("Made another calendar address"),
                "calendar.revoked": _("Switched the calendar address off"),
                "patient.device_added": _("Let a phone take pushes"),
                "patient.device_renewed": _("A phone's address for pushes was renewed"),
                "patient.device_removed": _("Took a phone off the pushes"),
                "patient.phone_given": _("Gave a telephone number"),
                "patient.phone_confirmed": _("Confirmed the telephone number"),
                "patient.phone_removed": _("Took the telephone number away"),
                "prescription.prescribed": _("Prescribed"),
                "prescription.amended": _("Amended"),
                "prescription.paused": _("Paused"),
                "prescription.pause_changed": _("Changed a pause"),
                "prescription.extended": _("Moved the last day"),
                "prescription.stopped": _("Stopped"),
                "prescription.stop_taken_back": _("Took back the stop"),
                "prescription.printed": _("Printed a handout"),
                "progress.printed": _("Printed a progress report"),
                "roster.exported": _("Took the roster out as a file"),
                "prescription.resumed": _("Resumed"),
                "prescription.released": _("Released after review"),
                "session.recorded": _("Recorded a session"),
                "session.corrected": _("Corrected a session"),
                "session.voided": _("Took out a session"),
                "safety.answered": _("Answered the safety questions"),
                "alert.acknowledged": _("Acknowledged an alert"),
                "alert.resolved": _("Resolved an alert"),
                "alert.reopened": _("Opened an alert again"),
                "alert.noted": _("Wrote a note to an alert"),
                "alert.assigned": _("Assigned an alert"),
                "alert.closed": _("An alert closed itself"),
                "adverse_event.reported": _("Reported that something went wrong"),
                "thresholds.changed": _("Changed the thresholds of alerts"),
                "message.written": _("Wrote a message"),
                "message.withdrawn": _("Withdrew a message"),
                "message.marked_unread": _("Marked a message as unread"),
                "view.saved": _("Saved a view of the roster"),
                "view.renamed": _("Renamed a view of the roster"),
                "view.deleted": _("Deleted a view of the roster"),
                "report.requested": _("Asked for a report"),
                "archive.requested": _("Asked for an archive of all data"),
                "archive.downloaded": _("Downloaded an archive of all data"),
                "archive.deleted": _("Deleted an archive of all data"),
            }
        )

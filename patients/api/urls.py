"""The API's addresses, under /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from exercises.api.exchange import LibraryArchiveView, LibraryImportViewSet
from exercises.api.exercises import ExerciseViewSet
from exercises.api.media import MediumViewSet
from exercises.api.routines import RoutineViewSet
from patients.api.adherence import AdherenceViewSet
from patients.api.views import (
    PrescriptionViewSet,
    SafetyScreenViewSet,
    SessionViewSet,
    TodayViewSet,
)
from patients.api.views_alerts import AdverseEventViewSet, AlertViewSet, ThresholdsViewSet
from patients.api.views_archive import ArchiveView
from patients.api.views_imports import ImportViewSet
from patients.api.views_messages import MessageViewSet
from patients.api.views_patients import PatientViewSet
from patients.api.views_reports import ArchiveViewSet, ReportViewSet

app_name = "api"

router = SimpleRouter()
router.register("exercises", ExerciseViewSet, "exercise")
router.register("routines", RoutineViewSet, "routine")
router.register("media", MediumViewSet, "medium")
router.register("library-imports", LibraryImportViewSet, "library-import")
router.register("patients", PatientViewSet, "patient")
router.register("adherence", AdherenceViewSet, "adherence")
router.register("imports", ImportViewSet, "import")
router.register(r"patients/(?P<patient>[^/.]+)/messages", MessageViewSet, "message")
router.register("prescriptions", PrescriptionViewSet, "prescription")
router.register("sessions", SessionViewSet, "session")
router.register("safety-screens", SafetyScreenViewSet, "safety-screen")
router.register("alerts", AlertViewSet, "alert")
router.register("adverse-events", AdverseEventViewSet, "adverse-event")
router.register("thresholds", ThresholdsViewSet, "thresholds")
router.register("reports", ReportViewSet, "report")
router.register("archives", ArchiveViewSet, "archive")
router.register("today", TodayViewSet, "today")

urlpatterns = [
    path("me/archive/", ArchiveView.as_view(), name="my-archive"),
    path("library-archive/", LibraryArchiveView.as_view(), name="library-archive"),
    path("", include(router.urls)),
]

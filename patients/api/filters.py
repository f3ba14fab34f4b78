"""What the lists of the care can be narrowed by.

Another object is named by its id alone and never looked up: a stranger's id and one that does not exist give the
same empty page (docs/rules.md 2).
"""

from typing import ClassVar

from django_filters import rest_framework as filters

from patients.models import Patient, Prescription, Session


class PatientFilter(filters.FilterSet):
    clinic = filters.UUIDFilter()

    class Meta:
        model = Patient
        fields: ClassVar = ["clinic", "state"]


class PrescriptionFilter(filters.FilterSet):
    patient = filters.UUIDFilter()

    class Meta:
        model = Prescription
        fields: ClassVar = ["patient"]


class SessionFilter(filters.FilterSet):
    patient = filters.UUIDFilter()
    prescription = filters.UUIDFilter()

    class Meta:
        model = Session
        fields: ClassVar = {
            "patient": ["exact"],
            "prescription": ["exact"],
            "local_date": ["gte", "lte"],
        }

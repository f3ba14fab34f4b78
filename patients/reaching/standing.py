"""What the desk has to know of the ways to its patients: refused addresses, channels that fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.models import RefusedAddress
from patients.models import ChannelTrouble, Patient


@dataclass(frozen=True, slots=True)
class Reach:
    """Of one patient: the address that is refused, and the channels in whose place e-mail is used."""

    refused: RefusedAddress | None
    troubles: Sequence[ChannelTrouble]


def of(patient: Patient) -> Reach:
    return Reach(refused([patient]).get(patient.pk), list(patient.channel_troubles.order_by("since")))


def refused(patients: Sequence[Patient]) -> dict[UUID, RefusedAddress]:
    """The patients whose address is refused as things stand, with what was said; one query. Users are at hand."""
    addresses = {p.pk: ((p.user.email if p.user else p.email) or "").lower() for p in patients}
    known = RefusedAddress.objects.in_bulk({address for address in addresses.values() if address})
    return {pk: known[address] for pk, address in addresses.items() if address in known}

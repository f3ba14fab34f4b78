"""What Prometheus may ask, at /metrics: numbers alone, no names and no contents.

Every scrape reads the database anew, in a fixed number of queries, so it is right whichever of many web processes
answers. Road not taken: counters in the processes, which would need a folder in common and be lost at each restart.
"""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clinic import health, operating
from clinic.access import Right, requires


@require_GET
@requires(Right.PUBLIC)
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token of HOLDWELL_METRICS_TOKEN; without that setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    if scheme.lower() != "bearer" or not known:
        refused = HttpResponse("This needs the token of the metrics.\n", "text/plain", status=401)
        refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    encode, media_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry()
    registry.register(Installation())
    return HttpResponse(encode(registry), content_type=media_type)


class Installation(Collector):
    def describe(self) -> Iterator[Metric]:
        """Nothing ahead of the numbers: to register it asks the database nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """With the database away or behind, all that can be said is that Holdwell is not ready."""
        try:
            told = health.health()
            numbers = list(_numbers()) if told.get("migrations_waiting") == 0 else []
        except DatabaseError:
            told, numbers = {"ready": False}, []
        yield _gauge("ready", "1 when the installation works as a whole, as /readyz has it.", told["ready"])
        yield from numbers


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"holdwell_{name}", words, value=value)


def _numbers() -> Iterator[Metric]:
    now = timezone.now()
    ages = GaugeMetricFamily(
        "holdwell_tick_age_seconds", "Seconds since a kind of tick was last done.", labels=["tick"]
    )
    for tick in operating.ticking(now):
        if tick.age is None:
            continue
        ages.add_metric([tick.name], tick.age)
        if tick.name == "heartbeat":
            yield _gauge("heartbeat_age_seconds", "Seconds since a worker last answered to beat.", tick.age)
    yield ages

    due = GaugeMetricFamily(
        "holdwell_oldest_due_age_seconds",
        "Seconds that the oldest row has been due; 0 when none is.",
        labels=["outbox"],
    )
    rows = GaugeMetricFamily("holdwell_open_rows", "Rows not at their end.", labels=["outbox", "state"])
    failed = GaugeMetricFamily(
        "holdwell_failed_rows", "Rows not delivered or not made, of the last 14 days.", labels=["outbox"]
    )
    unknown = GaugeMetricFamily(
        "holdwell_unknown_rows", "Rows that may have gone out twice, of the last 14 days.", labels=["outbox"]
    )
    for one in operating.standings(now):
        due.add_metric([one.box.name], one.oldest_due_age)
        for state, count in one.open.items():
            rows.add_metric([one.box.name, state], count)
        if one.box.fails:
            failed.add_metric([one.box.name], one.failed)
        if one.box.sends:
            unknown.add_metric([one.box.name], one.unknown)
    yield from (due, rows, failed, unknown)

    yield _gauge(
        "refused_addresses", "Addresses that a mail server refused for good.", operating.refused_addresses()
    )
    yield _gauge("data_free_bytes", "Bytes free on the disk of the data folder.", operating.disk().free)
    info = GaugeMetricFamily("holdwell_info", "Always 1; says which version runs.", labels=["version"])
    info.add_metric([operating.holdwell_version()], 1)
    yield info

"""/metrics: what an operator watches, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest
from time import perf_counter

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from api.http.problems import Problem
from api.http.requests import services
from matcher.store.measures import Measure, measures

PREFIX = "peerloom_"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

metrics = Blueprint("metrics", __name__)


def time_requests(app: Flask) -> None:
    """Count each request and its time by route: never by path, which may hold ids and secrets."""
    registry = CollectorRegistry()
    seen = Histogram(
        f"{PREFIX}http_request_seconds",
        "Time of requests until the answer begins, of this process.",
        ("method", "route", "status"),
        buckets=_BUCKETS,
        registry=registry,
    )
    app.extensions["peerloom-metrics"] = registry

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "none"
        took = perf_counter() - g.get("began", perf_counter())
        seen.labels(request.method, route, str(response.status_code)).observe(took)
        return response


class _Stored:
    """The numbers of the database, as a collector."""

    def __init__(self, found: list[Measure]) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family a measure."""
        for one in self._found:
            names = tuple(one.samples[0][0]) if one.samples else ()
            family = GaugeMetricFamily(f"{PREFIX}{one.name}", one.words, labels=names)
            for labels, value in one.samples:
                family.add_metric([labels[name] for name in names], value)
            yield family


@metrics.get("/metrics")
def show() -> Response:
    """What an operator watches; open to who has PEERLOOM_METRICS_TOKEN, and to nobody while that is empty."""
    token = services().settings.metrics_token
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token:
        raise Problem("not-found", "Set PEERLOOM_METRICS_TOKEN to read metrics.")
    if not compare_digest(sent.encode(), token.encode()):
        raise Problem("unauthorized", "Send Authorization: Bearer and the PEERLOOM_METRICS_TOKEN.")
    with services().database.read() as connection:
        found = list(measures(connection, services().now()))
    registry = CollectorRegistry()
    registry.register(_Stored(found))
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    own: CollectorRegistry = current_app.extensions["peerloom-metrics"]
    if "openmetrics" in kind:  # one end mark for both
        body = encode(registry).removesuffix(b"# EOF\n") + encode(own)
    else:
        body = encode(registry) + encode(own)
    return Response(body, content_type=kind, headers={"Cache-Control": "no-store"})

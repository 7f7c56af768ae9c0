"""Each request leaves the event of its route and its outcome, before its answer leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from homeroom_superset.audit.recorder import Act, AuditUnavailable
from homeroom_superset.audit.requests import RequestRecorder
from homeroom_superset.audit.routes import ROUTES, event_of


class Kept:
    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.away = False

    def record(self, act: Act) -> None:
        if self.away:
            raise AuditUnavailable(act.name)
        self.acts.append(act)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def app(kept: Kept) -> Flask:
    app = Flask(__name__)
    RequestRecorder(kept).install(app)  # type: ignore[arg-type]

    @app.route("/parts", endpoint="SqlLabRestApi.export_csv")
    def parts() -> Response:
        def body() -> Iterator[bytes]:
            yield b"12345"
            yield b"678"

        return Response(body(), mimetype="text/csv")

    @app.route("/data", methods=["POST"], endpoint="ChartDataRestApi.data")
    def data() -> Response:
        row = '{"n":"\\"rowcount\\": 9"}'
        text = f'{{"result":[{{"is_cached": true,"rowcount": 41,"data":[{row}]}},{{"rowcount":2}}]}}'
        return Response(text, mimetype="application/json")

    @app.route("/broken", endpoint="DashboardRestApi.get")
    def broken() -> Response:
        raise RuntimeError("no")

    @app.route("/denied", endpoint="RLSRestApi.get_list")
    def denied() -> Response:
        return Response('{"message": "Only for 4711 where name = \'Zoe\'"}', 403, mimetype="application/json")

    return app


def test_a_streamed_answer_is_recorded_with_the_bytes_that_were_taken(app: Flask, kept: Kept) -> None:
    assert app.test_client().get("/parts").get_data() == b"12345678"
    (act,) = kept.acts
    assert act.name == "data.exported"
    assert act.details is not None
    assert act.details["result"]["bytes"] == 8
    assert act.details["result"]["aborted"] is False


def test_a_streamed_answer_that_was_left_says_so(app: Flask, kept: Kept) -> None:
    with app.test_request_context("/parts"):
        response = app.full_dispatch_request()
        taken = iter(response.response)
        assert next(taken) == b"12345"
        taken.close()  # type: ignore[union-attr]
    (act,) = kept.acts
    assert act.details is not None
    assert (act.details["result"]["bytes"], act.details["result"]["aborted"]) == (5, True)


def test_a_chart_is_recorded_with_its_rows(app: Flask, kept: Kept) -> None:
    app.test_client().post("/data", json={"form_data": {"slice_id": 3}, "datasource": {"id": 5}})
    (act,) = kept.acts
    assert act.name == "chart.viewed"
    assert act.details is not None
    assert (act.details["result"]["rows"], act.details["result"]["cache_hit"]) == (43, True)
    assert act.details["resource"] == [{"type": "dataset", "id": "5"}, {"type": "chart", "id": "3"}]


def test_a_failing_view_is_recorded_as_failed(app: Flask, kept: Kept) -> None:
    app.test_client().get("/broken")
    (act,) = kept.acts
    assert (act.name, act.failed) == ("dashboard.viewed", True)


def test_a_refusal_is_recorded_without_values(app: Flask, kept: Kept) -> None:
    app.test_client().get("/denied", headers={"X-Purpose": "complaint of parent"})
    (act,) = kept.acts
    assert act.details is not None
    assert act.name == "access.denied"
    assert act.details["http"] == {"method": "GET", "route": "/denied", "status": 403}
    assert "Zoe" not in act.details["result"]["error"]
    assert act.details["purpose"] == "complaint of parent"


def test_regulated_answers_503_when_the_act_cannot_be_recorded(app: Flask, kept: Kept) -> None:
    kept.away = True
    assert app.test_client().post("/data", json={}).status_code == 503


@pytest.mark.parametrize(
    ("endpoint", "method", "status", "mimetype", "event"),
    [
        ("static", "GET", 200, "text/css", None),
        ("static", "GET", 404, "text/html", None),
        (None, "GET", 404, "text/html", None),
        (None, "GET", 401, "text/html", "access.denied"),
        ("homeroom_embed.show", "GET", 401, "text/html", "access.denied"),
        ("CurrentUserRestApi.get_me", "GET", 500, "application/json", "api.called"),
        ("ChartDataRestApi.data", "POST", 200, "text/csv", "data.exported"),
        ("ChartDataRestApi.data", "POST", 400, "application/json", "chart.viewed"),
        ("RLSRestApi.put", "PUT", 200, "application/json", "api.changed"),
        ("UserDBModelView.edit", "GET", 200, "text/html", "page.viewed"),
        ("UserDBModelView.edit", "POST", 302, "text/html", "api.changed"),
        ("ARouteOfTomorrow.get", "GET", 200, "text/html", "api.called"),
        ("ARouteOfTomorrow.post", "POST", 200, "text/html", "api.changed"),
    ],
)
def test_the_event_of_a_route(
    endpoint: str | None, method: str, status: int, mimetype: str, event: str | None
) -> None:
    assert event_of(endpoint, method, status, mimetype) == event


def test_no_route_stands_in_two_events() -> None:
    assert len(ROUTES) > 390

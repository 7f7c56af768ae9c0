"""Records requests, each before its answer leaves."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from flask import Flask, Response, g, request

from homeroom_superset.audit.actor import remember_actor, remembered_actor
from homeroom_superset.audit.recorder import Act, AuditUnavailable, Recorder
from homeroom_superset.audit.resources import filters_of, resources_of
from homeroom_superset.audit.routes import event_of
from homeroom_superset.logs.redact import redact
from homeroom_superset.logs.request_id import request_id

logger = logging.getLogger(__name__)

BEGAN = "homeroom_audit_began"
PURPOSE = "X-Purpose"
LONGEST_REASON = 300
LONGEST_PURPOSE = 200
# Members of Superset's answer; a quotation mark within a text carries a backslash.
ROWS = re.compile(rb'(?<!\\)"rowcount":\s*(\d+)')
CACHED = re.compile(rb'(?<!\\)"is_cached":\s*true')
MESSAGE = re.compile(rb'(?<!\\)"message":\s*"((?:[^"\\]|\\.){1,300})')


class RequestRecorder:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def install(self, app: Flask) -> None:
        """Needs to come before all other hooks that change the answer: Flask runs the first one last."""
        app.before_request_funcs.setdefault(None, []).insert(0, self._begin)
        app.before_request(remember_actor)
        app.after_request_funcs.setdefault(None, []).insert(0, self._finish)

    @staticmethod
    def _begin() -> None:
        setattr(g, BEGAN, time.perf_counter())

    def _finish(self, response: Response) -> Response:
        name = event_of(request.endpoint, request.method, response.status_code, response.mimetype)
        if name is None:
            return response
        if response.is_streamed and not response.direct_passthrough and response.status_code < 400:
            response.response = self._sent(self._act(name, response, {}), response.response)
            return response
        try:
            self._recorder.record(self._act(name, response, _result(response)))
        except AuditUnavailable:
            return Response("audit_unavailable", status=503, mimetype="text/plain")
        except Exception:
            # The answer of a person never fails because its record could not be built.
            logger.exception("audit: %s was not recorded", name)
        return response

    def _sent(self, act: Act, parts: Iterable[Any]) -> Iterator[bytes]:
        """Passes a streamed answer on and records, at its end, how much of it was taken."""
        sent, whole = 0, False
        try:
            for part in parts:
                encoded = part.encode() if isinstance(part, str) else bytes(part)
                sent += len(encoded)
                yield encoded
            whole = True
        finally:
            details = dict(act.details or {})
            details["result"] = {**details["result"], "bytes": sent, "aborted": not whole}
            self._recorder.record(replace(act, details=details))

    @staticmethod
    def _act(name: str, response: Response, result: dict[str, Any]) -> Act:
        person, actor = remembered_actor()
        duration = int((time.perf_counter() - getattr(g, BEGAN, time.perf_counter())) * 1_000_000)
        rule = request.url_rule.rule if request.url_rule is not None else "(unknown)"
        details: dict[str, Any] = {
            "http": {"method": request.method, "route": rule, "status": response.status_code},
            "result": {"duration_us": max(duration, 0), **result},
        }
        if (identity := request_id()) is not None:
            details["request_id"] = identity
        if resources := resources_of():
            details["resource"] = resources
        if purpose := request.headers.get(PURPOSE, "")[:LONGEST_PURPOSE]:
            details["purpose"] = redact(purpose)
        return Act(
            name=name,
            person=person,
            actor=actor,
            failed=response.status_code >= 400,
            details=details,
            address=request.remote_addr,
            agent=request.user_agent.string or None,
            filters=filters_of(),
        )


def _result(response: Response) -> dict[str, Any]:
    if response.direct_passthrough or response.is_streamed:
        return {"bytes": response.content_length or 0}
    body = response.get_data()
    result: dict[str, Any] = {"bytes": len(body)}
    if response.status_code >= 400:
        if found := MESSAGE.search(body[:4096]):
            result["error"] = redact(found[1].decode("utf-8", "replace"))[:LONGEST_REASON]
    elif request.endpoint == "ChartDataRestApi.data":
        result["rows"] = sum(int(rows) for rows in ROWS.findall(body))
        result["cache_hit"] = CACHED.search(body) is not None
    return result

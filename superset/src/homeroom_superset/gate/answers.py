"""Answers to a guest when Superset refuses or fails: a fixed sentence, never Superset's own words.

Those quote the query with the row rules in it, names of columns and what the database said.
"""

from __future__ import annotations

import json

from flask import Response, g, jsonify, request

from homeroom_superset.gate.current import by_guest
from homeroom_superset.logs.request_id import request_id

OURS = "homeroom_refused"
"""Set for answers whose words are ours already."""
OUR_PAGES = "homeroom_embed.show"
SENTENCES = {
    400: "This request cannot be answered as it was sent.",
    401: "Sign in again in your school's product.",
    403: "This is not open to you.",
    404: "This is not here, or no longer.",
    405: "This cannot be done here.",
    413: "This request is too large.",
    429: "Too many requests; try again soon.",
}
CHART_SENTENCE = "This chart cannot be drawn with these filters."
FAILED_SENTENCE = "Something went wrong on the server."


def refusal_of(status: int, message: str) -> Response:
    """An answer in our own words, which plain_answer leaves as it is."""
    setattr(g, OURS, True)
    response = jsonify({"errors": [{"message": message, "error_type": "HOMEROOM_REFUSED", "level": "error"}]})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def sentence_for(status: int, endpoint: str | None) -> str:
    if status >= 500:
        return FAILED_SENTENCE
    if status in (400, 422) and endpoint == "ChartDataRestApi.data":
        return CHART_SENTENCE
    return SENTENCES.get(status, SENTENCES[400])


def plain_answer(response: Response) -> Response:
    """Keeps the status: one that says that the server failed is watched by alarms."""
    if response.status_code < 400 or not by_guest() or getattr(g, OURS, False):
        return response
    if request.endpoint == OUR_PAGES or response.mimetype == "text/html":
        return response
    message = f"{sentence_for(response.status_code, request.endpoint)} Request {request_id()}."
    error = {"message": message, "error_type": "HOMEROOM_FAILED", "level": "error"}
    response.direct_passthrough = False
    response.mimetype = "application/json"
    response.set_data(json.dumps({"errors": [error]}))
    return response

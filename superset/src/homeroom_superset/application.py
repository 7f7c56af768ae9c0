"""What is added to Superset's Flask application."""

from __future__ import annotations

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader

from homeroom_superset.embed.errors import plain_error_page
from homeroom_superset.gate.csrf import protect_cookie_requests
from homeroom_superset.gate.filter_state import seal_filter_state
from homeroom_superset.gate.gate import check_guest, check_token
from homeroom_superset.gate.sessions import install_sessions
from homeroom_superset.gate.trim import trim_datasets
from homeroom_superset.jobs.worker_busy import report_busy
from homeroom_superset.pin.request import PinnableRequest
from homeroom_superset.services import install


def prepare(app: Flask) -> None:
    install(app, app.config["HOMEROOM"])
    report_busy(app.config["HOMEROOM"])
    install_sessions(app)
    app.request_class = PinnableRequest
    hooks = app.before_request_funcs.setdefault(None, [])
    # First of all hooks: rate limits, sessions and Superset itself must not act for a refused caller.
    hooks[:0] = [check_token, check_guest, protect_cookie_requests]
    app.after_request(trim_datasets)
    app.after_request(seal_filter_state)
    app.after_request(plain_error_page)
    ours, theirs = PackageLoader("homeroom_superset.embed", "pages"), app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([ours] if theirs is None else [ours, theirs])

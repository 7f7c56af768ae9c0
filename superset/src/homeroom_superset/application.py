"""What is added to Superset's Flask application."""

from __future__ import annotations

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader

from homeroom_superset.guest.csrf import protect_cookie_requests
from homeroom_superset.guest.errors import plain_error_page
from homeroom_superset.guest.filter_state import seal_filter_state
from homeroom_superset.guest.gate import check_guest, check_token
from homeroom_superset.guest.request import PinnableRequest
from homeroom_superset.guest.services import install
from homeroom_superset.guest.trim import trim_datasets
from homeroom_superset.worker_busy import report_busy


def prepare(app: Flask) -> None:
    install(app, app.config["HOMEROOM"])
    report_busy(app.config["HOMEROOM"])
    app.request_class = PinnableRequest
    hooks = app.before_request_funcs.setdefault(None, [])
    # First of all hooks: rate limits, sessions and Superset itself must not act for a refused caller.
    hooks[:0] = [check_token, check_guest, protect_cookie_requests]
    app.after_request(trim_datasets)
    app.after_request(seal_filter_state)
    app.after_request(plain_error_page)
    ours, theirs = PackageLoader("homeroom_superset.guest", "pages"), app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([ours] if theirs is None else [ours, theirs])

"""Adds Homeroom's hooks, pages and limits to Superset's Flask application."""

from __future__ import annotations

from celery.signals import after_setup_logger
from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader

from homeroom_superset.audit.install import install_audit
from homeroom_superset.embed.domains import check_frame
from homeroom_superset.embed.errors import plain_error_page
from homeroom_superset.gate.answers import plain_answer
from homeroom_superset.gate.csrf import protect_cookie_requests
from homeroom_superset.gate.filter_state import seal_filter_state
from homeroom_superset.gate.gate import check_guest, check_token
from homeroom_superset.gate.headers import forget_broken_addresses
from homeroom_superset.gate.sessions import install_sessions
from homeroom_superset.gate.studio import check_studio_input, tell_failed_sql
from homeroom_superset.gate.trim import trim_datasets
from homeroom_superset.gate.unpoliced import warn_author
from homeroom_superset.jobs.worker_busy import report_busy
from homeroom_superset.logs.rate import limit_lines, limit_root_lines
from homeroom_superset.logs.records import install_records
from homeroom_superset.logs.request_id import begin_request, tell_request_id
from homeroom_superset.pin.request import PinnableRequest
from homeroom_superset.pin.school_time import SchoolClock
from homeroom_superset.services import install


def prepare(app: Flask) -> None:
    install_records()
    limit_lines(None, "gunicorn.error")
    # A Celery worker adds its log handlers after it has created the application.
    after_setup_logger.connect(limit_root_lines, weak=False)
    install(app, app.config["HOMEROOM"])
    report_busy(app.config["HOMEROOM"])
    install_sessions(app)
    app.request_class = PinnableRequest
    SchoolClock().install()
    hooks = app.before_request_funcs.setdefault(None, [])
    # These run before all other hooks: rate limits, sessions and Superset must not act for a refused caller.
    hooks[:0] = [
        begin_request,
        forget_broken_addresses,
        check_token,
        check_guest,
        check_frame,
        protect_cookie_requests,
        check_studio_input,
    ]
    app.after_request(trim_datasets)
    app.after_request(warn_author)
    app.after_request(seal_filter_state)
    app.after_request(plain_error_page)
    # Flask runs these first, before Superset's own, because they are registered last.
    app.after_request(tell_failed_sql)
    app.after_request(plain_answer)
    app.after_request(tell_request_id)
    install_audit(app, app.config["HOMEROOM"])
    ours, theirs = PackageLoader("homeroom_superset.embed", "pages"), app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([ours] if theirs is None else [ours, theirs])

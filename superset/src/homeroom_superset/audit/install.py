"""Connects the recorder with Superset's application, when the process has a spool to write to."""

from __future__ import annotations

import atexit
import hashlib
import logging

from celery.signals import worker_process_shutdown
from flask import Flask

from homeroom_superset.audit.changes import ChangeRecorder
from homeroom_superset.audit.recorder import AuditUnavailable, Recorder
from homeroom_superset.audit.requests import RequestRecorder
from homeroom_superset.audit.signin import EXTENSION
from homeroom_superset.settings import Settings

logger = logging.getLogger(__name__)


def config_hash(settings: Settings) -> str:
    """Returns SHA-256 of the settings, which hold no secret: a change of configuration shows in the log."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()


def make_recorder(settings: Settings) -> Recorder | None:
    if settings.audit_spool_dir is None:
        return None
    return Recorder(
        settings.audit_spool_dir,
        environment=settings.environment,
        origin=settings.audit_log,
        regulated=settings.audit_profile == "regulated",
        contract_dir=settings.contract_dir,
        config_hash=config_hash(settings),
        app_version="superset 6.1.0",
    )


def install_audit(app: Flask, settings: Settings) -> None:
    from superset.extensions import db

    recorder = make_recorder(settings)
    if recorder is None:
        logger.warning("audit: HOMEROOM_AUDIT_SPOOL_DIR is not set; nothing that people do is recorded")
        return
    app.extensions[EXTENSION] = recorder
    RequestRecorder(recorder).install(app)
    ChangeRecorder(recorder).install(db.session)
    app.register_error_handler(AuditUnavailable, lambda _error: ("audit_unavailable", 503))
    atexit.register(recorder.close)
    worker_process_shutdown.connect(lambda **_signal: recorder.close(), weak=False)

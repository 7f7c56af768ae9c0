"""A run that writes the whole bundle in one transaction."""

from __future__ import annotations

from flask import current_app
from superset import db

from homeroom_superset.content.bundle import Bundle
from homeroom_superset.content.dashboards import put_dashboard
from homeroom_superset.content.datasets import put_database, put_datasets
from homeroom_superset.content.ledger import Ledger
from homeroom_superset.content.roles import put_admin, put_guest_role, sync_permissions
from homeroom_superset.settings import settings


def provision(bundle: Bundle) -> str:
    known = settings()
    synced = sync_permissions()
    put_guest_role(current_app.config["GUEST_ROLE_NAME"])
    admin = put_admin(known)
    ledger = Ledger()
    seconds = known.platform.freshness
    # Embed hosts frame the page too: the ?jwt= route shows the dashboard in a frame of its own origin.
    domains = tuple(dict.fromkeys((*known.embed_origins, *known.frame_ancestors)))
    datasets = put_datasets(bundle, put_database(bundle, known, ledger), seconds, ledger)
    for dashboard in bundle.dashboards:
        put_dashboard(dashboard, datasets, seconds, domains, ledger)
    db.session.commit()
    permissions = "permissions synced" if synced else "permissions as they were"
    return f"{permissions}; {admin}; {ledger.summary()}"

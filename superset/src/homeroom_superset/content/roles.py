"""Superset's permissions, the guests' role and the first administrator."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import current_app
from sqlalchemy import text
from superset import appbuilder, db, security_manager

from homeroom_superset.settings import Settings

GUEST_PERMISSIONS = (
    ("can_read", "Chart"),
    ("can_read", "Dashboard"),
    ("can_read", "Dataset"),
    ("can_read", "Theme"),
    ("can_read", "CssTemplate"),
    ("can_read", "EmbeddedDashboard"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_time_range", "Api"),
    ("can_dashboard", "Superset"),
    ("can_explore_json", "Superset"),
)


def sync_permissions() -> bool:
    """Does what `superset init` does, unless the views that it would register are unchanged. Tells whether it
    ran."""
    views = sorted(
        f"{type(view).__name__} {sorted(view.base_permissions or [])}" for view in appbuilder.baseviews
    )
    state = json.dumps([current_app.config["VERSION_STRING"], views])
    fingerprint = hashlib.sha256(state.encode()).hexdigest()
    with db.engine.begin() as connection:
        connection.execute(
            text("create table if not exists homeroom_provision (name text primary key, value text)")
        )
        known = connection.execute(
            text("select value from homeroom_provision where name = 'permissions'")
        ).scalar()
    if known == fingerprint:
        return False
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()
    with db.engine.begin() as connection:
        connection.execute(text("delete from homeroom_provision where name = 'permissions'"))
        connection.execute(
            text("insert into homeroom_provision (name, value) values ('permissions', :value)"),
            {"value": fingerprint},
        )
    return True


def put_guest_role(name: str) -> bool:
    """Gives the guest role exactly GUEST_PERMISSIONS; further permissions are removed. Tells whether it
    changed."""
    role = security_manager.find_role(name) or security_manager.add_role(name)
    wanted = [_permission(permission, view) for permission, view in GUEST_PERMISSIONS]
    if {item.id for item in role.permissions} == {item.id for item in wanted}:
        return False
    role.permissions = wanted
    db.session.commit()
    return True


def _permission(permission: str, view: str) -> Any:
    found = security_manager.find_permission_view_menu(permission, view)
    if found is None:
        raise LookupError(
            f"this Superset has no permission {permission!r} on {view!r}; the guest role needs it"
        )
    return found


def put_admin(settings: Settings) -> str:
    if security_manager.find_user(username="admin"):
        return "admin is there"
    path = settings.secret_file("adminPassword")
    if not path.is_file():
        return f"no admin made: {path} is missing"
    created = security_manager.add_user(
        username="admin",
        first_name="Studio",
        last_name="Admin",
        email="admin@homeroom.example",
        role=security_manager.find_role("Admin"),
        password=settings.secret("adminPassword"),
    )
    if not created:
        raise RuntimeError("Superset refused to make the user admin; its log says why")
    return "admin made"

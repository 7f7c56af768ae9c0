"""The guest as Superset knows a user."""

from __future__ import annotations

from typing import Any

from superset.security.guest_token import GuestUser

from homeroom_superset.pin.dashboard import GuestDashboard
from homeroom_superset.token.claims import Claims


class HomeroomGuest(GuestUser):
    def __init__(self, claims: Claims, dashboard: GuestDashboard, roles: list[Any]) -> None:
        super().__init__(
            token={
                "iat": float(claims.values["iat"]),
                "exp": float(claims.exp),
                "user": {
                    "username": claims.username,
                    "first_name": claims.first_name,
                    "last_name": claims.last_name,
                },
                "resources": [{"type": "dashboard", "id": dashboard.embedded_uuid}],
                "rls_rules": [],
            },
            roles=roles,
        )
        self.email = claims.email
        self.claims = claims
        self.dashboard = dashboard

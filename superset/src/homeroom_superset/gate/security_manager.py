"""Superset's security manager with our tokens and our row policy."""

from __future__ import annotations

from typing import Any

from flask import Request, g
from marshmallow import ValidationError
from superset.security import SupersetSecurityManager

from homeroom_superset.audit.signin import record_signin
from homeroom_superset.gate.current import verified_claims
from homeroom_superset.gate.user import HomeroomGuest
from homeroom_superset.pin.dashboard import find_dashboard
from homeroom_superset.policy.clause import NOTHING
from homeroom_superset.policy.dataset import clause_of, is_sql, problem_of, table_of
from homeroom_superset.policy.rule import Rule, rule_clause
from homeroom_superset.refusal import ExpectedError
from homeroom_superset.services import services
from homeroom_superset.token.claims import Claims

GUEST_ROLE = "Homeroom Guest"


class GuestRoleMissing(ExpectedError):
    """Raised when no import of dashboards has made the role of guests yet."""


class HomeroomSecurityManager(SupersetSecurityManager):
    guest_user_cls = HomeroomGuest

    def auth_user_db(self, username: str, password: str) -> Any:
        user = super().auth_user_db(username, password)
        record_signin("database", username, user)
        return user

    def auth_user_ldap(self, username: str, password: str) -> Any:
        user = super().auth_user_ldap(username, password)
        record_signin("ldap", username, user)
        return user

    def auth_user_remote_user(self, username: str) -> Any:
        user = super().auth_user_remote_user(username)
        record_signin("remote_user", username, user)
        return user

    def auth_user_oauth(self, userinfo: Any) -> Any:
        user = super().auth_user_oauth(userinfo)
        record_signin("oauth", str(userinfo.get("username") or userinfo.get("email") or ""), user)
        return user

    def auth_user_saml(self, userinfo: Any) -> Any:
        user = super().auth_user_saml(userinfo)
        record_signin("saml", str(userinfo.get("username") or userinfo.get("email") or ""), user)
        return user

    def request_loader(self, request: Request) -> Any:
        return self.get_guest_user_from_request(request)

    def get_guest_user_from_request(self, req: Request) -> HomeroomGuest | None:
        """The gate has verified the header; tokens in forms or addresses are never read."""
        claims = verified_claims()
        if claims is None:
            return None
        if not hasattr(g, "homeroom_guest"):
            g.homeroom_guest = self.get_guest_user_from_token(claims)
        return g.homeroom_guest

    def parse_jwt_guest_token(self, raw_token: str) -> dict[str, Any]:
        return dict(services().verifier.verify(raw_token).values)

    def get_guest_user_from_token(self, token: Any) -> HomeroomGuest:
        if not isinstance(token, Claims):
            raise TypeError("a guest is made from verified claims only")
        role = self.find_role(GUEST_ROLE)
        if role is None:
            raise GuestRoleMissing(
                f"role {GUEST_ROLE!r} does not exist; run python -m homeroom_superset.content"
            )
        return HomeroomGuest(token, find_dashboard(token.dashboard), [role])

    def create_guest_access_token(self, user: Any, resources: Any, rls: Any) -> bytes:
        # The one error of this method that Superset's route answers in words, with 400.
        raise ValidationError("Superset signs no tokens here; the token service does")

    def get_rls_cache_key(self, datasource: Any) -> list[str]:
        """The policy and the scope are in the key whatever the clauses say: what the database lock let
        through for one guest is never the cached answer of another, and a SQL dataset has no clause."""
        key: list[str] = super().get_rls_cache_key(datasource)
        claims = verified_claims()
        if claims is None:
            return key
        policy = services().policy.current()
        return [*key, f"homeroom policy {policy.hash}", f"homeroom scope {claims.scope(policy.claims)}"]

    def get_rls_filters(self, table: Any) -> list[Any]:
        """Superset puts these clauses into both the query and the cache key, and renders no template:
        with their claims bound here, both hold the same literals."""
        claims = verified_claims()
        values = None if claims is None else claims.values
        return [
            Rule(row.id, row.group_key, rule_clause(row.clause, values))
            for row in super().get_rls_filters(table)
        ]

    def get_guest_rls_filters(self, dataset: Any) -> list[Any]:
        guest = self.get_current_guest_user_if_guest()
        if guest is None:
            return []
        if not isinstance(guest, HomeroomGuest):
            return [{"dataset": None, "clause": NOTHING}]
        policy = services().policy.current()
        if problem_of(dataset, policy) is not None:
            return [{"dataset": None, "clause": NOTHING}]
        if is_sql(dataset):
            # Its columns need not be those of the policy: row_lock.py narrows the tables that it names.
            return []
        clause = clause_of(table_of(dataset), policy, guest.claims.role, guest.claims.values)
        # Without a dataset, so that Superset leaves the tables under a SQL dataset to row_lock.py.
        return [{"dataset": None, "clause": clause}]

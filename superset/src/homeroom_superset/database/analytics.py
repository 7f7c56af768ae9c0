"""Every query to the schools' database goes through our pool, with the guest's claims set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg2
from sqlalchemy.engine.url import URL, make_url

from homeroom_superset.database.connections import BudgetSpent, ConnectionPool, PooledConnection, Signer
from homeroom_superset.database.login import Login, connect_as, is_in_use
from homeroom_superset.database.signed_claims import sign_claims
from homeroom_superset.gate.budget import remaining_ms
from homeroom_superset.gate.current import current_guest, is_author, verified_claims
from homeroom_superset.policy.compiled import PolicyFile
from homeroom_superset.settings import SHARED, Settings
from homeroom_superset.token.claims import Claims

WAIT_SECONDS = 10.0
READER = "analyticsReaderUser"
LIBPQ_OPTIONS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "connect_timeout"}
)


class UnlockedSource(psycopg2.OperationalError):
    """Raised when a guest's query would go to a database without row-level security."""


def signer_of(settings: Settings, policy: PolicyFile, claims: Claims) -> Signer:
    """Returns the signer of a guest's claims. It signs only claims that a row policy binds, because sessions
    of the same role can read each other's statements."""
    bound = policy.current().claims | {"role"}
    wanted = {name: value for name, value in claims.values.items() if name in bound}
    secret = settings.secret(settings.tenant_secret("claimsKey", claims.tenant))
    return lambda database, pid, began: sign_claims(secret, wanted, database, pid, began)


def time_left(longest_ms: int) -> int:
    """Returns the milliseconds that one statement of a guest's request may take. Never 0, which PostgreSQL
    reads as no limit; raises BudgetSpent instead."""
    remaining = remaining_ms()
    if remaining == 0:
        raise BudgetSpent("the time for this request is spent; ask for fewer rows or a shorter time range")
    return longest_ms if remaining is None else min(longest_ms, remaining)


def _database_address(url: URL) -> tuple[str | None, int, str | None, str | None]:
    return (url.host, int(url.port or 5432), url.database, url.username)


def connection_factory(settings: Settings, address: str, secret: str) -> Callable[[], PooledConnection]:
    url = make_url(address)
    options = {name: value for name, value in url.query.items() if name in LIBPQ_OPTIONS}
    timeout = settings.platform.query_ms

    def connect(login: Login) -> PooledConnection:
        opened: PooledConnection = psycopg2.connect(
            host=url.host,
            port=url.port or 5432,
            dbname=url.database,
            connection_factory=PooledConnection,
            options=f"-c statement_timeout={timeout} -c idle_in_transaction_session_timeout={timeout * 2}",
            **{"connect_timeout": 5, "application_name": "homeroom-superset", **options, **login.parameters},
        )
        opened.login = login
        return opened

    return lambda: connect_as(settings, secret, connect)


def login_pool(settings: Settings, address: str, secret: str) -> ConnectionPool:
    """Returns the pool of a database user. A connection of the user's former login is replaced at its next
    checkout."""
    return ConnectionPool(
        connection_factory(settings, address, secret),
        settings.platform.analytics_pool_size,
        WAIT_SECONDS,
        lambda conn: conn.login is None or is_in_use(settings, secret, conn.login),
    )


class GuestDatabases:
    """The pools of the analytics databases. Only the verified tenant of a request selects its pool (ADR
    9)."""

    def __init__(self, settings: Settings) -> None:
        self.shared = login_pool(settings, settings.analytics_url, READER)
        self._tenants = settings.tenant_databases
        self._tenant_pools = {
            tenant: login_pool(settings, url, settings.tenant_secret(READER, tenant))
            for tenant, url in (self._tenants or {}).items()
            if url != SHARED
        }

    def pool_for(self, tenant: str) -> ConnectionPool:
        if self._tenants is not None and tenant not in self._tenants:
            raise UnlockedSource(
                f"tenant {tenant!r} has no analytics database; HOMEROOM_TENANT_DATABASES lists none"
            )
        return self._tenant_pools.get(tenant, self.shared)


Mutator = Callable[[URL, dict[str, Any], Any, Any, Any], tuple[URL, dict[str, Any]]]


def connection_mutator(settings: Settings) -> Mutator:
    analytics = make_url(settings.analytics_url)
    policy = PolicyFile(settings.policy_file)
    guests = GuestDatabases(settings)
    authors = login_pool(settings, settings.analytics_url, "analyticsAuthorUser")

    def mutate(
        uri: URL, params: dict[str, Any], _username: Any, _security_manager: Any, _source: Any
    ) -> tuple[URL, dict[str, Any]]:
        guest = current_guest()
        claims = guest.claims if guest is not None else verified_claims()
        if analytics.get_backend_name() != "postgresql" or _database_address(uri) != _database_address(
            analytics
        ):
            if claims is not None:
                raise UnlockedSource(f"database {uri.database!r} has no row lock for guests")
            return uri, params
        signer = None if claims is None else signer_of(settings, policy, claims)
        readers = guests.shared if claims is None else guests.pool_for(claims.tenant)
        pool = authors if claims is None and is_author() else readers
        budget = None if claims is None else (lambda: time_left(settings.platform.guest_query_ms))
        # With native hstore psycopg2 would query the type's ids each time, and no dataset has an hstore
        # column.
        return uri, {**params, "creator": lambda: pool.checkout(signer, budget), "use_native_hstore": False}

    return mutate

"""Settings from environment variables, read once and validated as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from homeroom_superset.platform import Platform, read_platform
from homeroom_superset.refusal import ExpectedError
from homeroom_superset.settings_fields import SettingsFields

REPOSITORY_CONTRACT = Path(__file__).resolve().parents[3] / "contract"
POSSIBLY_EMPTY_SECRETS = frozenset({"cacheRedisPassword", "brokerRedisPassword"})
SHARED = "shared"
LONG_SECRETS = frozenset({"secretKey", "claimsKey"})
OPTIONAL_SECRETS = frozenset({"adminPassword"})
LOGIN_SECRETS = frozenset({"metadataUser", "analyticsReaderUser", "analyticsAuthorUser"})


class SettingsError(ExpectedError):
    """Raised with every problem of the environment in one message."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(
            "Homeroom cannot start; fix these settings:\n" + "\n".join(f"  - {p}" for p in problems)
        )


@dataclass(frozen=True, kw_only=True)
class Settings(SettingsFields):
    """The checked environment, with the contract that the image carries."""

    contract_dir: Path
    platform: Platform

    def secret_file(self, name: str) -> Path:
        name, dot, tenant = name.partition(".")
        return self.secrets_dir / f"{self.platform.secret_files[name]}{dot}{tenant}"

    def secret(self, name: str) -> str:
        """Reads a secret from its file, each time, because mounted secrets rotate while the process runs."""
        return self.secret_file(name).read_text(encoding="utf-8").strip()

    def tenant_secret(self, name: str, tenant: str) -> str:
        """Returns the name of the tenant's own secret, whose file ends in the tenant, or of the shared
        one."""
        own = f"{name}.{tenant}"
        return own if self.secret_file(own).exists() else name

    @property
    def studio_hosts(self) -> frozenset[str]:
        return frozenset(host_of(origin) for origin in self.studio_origins)

    @property
    def cookies_need_tls(self) -> bool:
        return all(origin.startswith("https://") for origin in self.studio_origins)


def host_of(origin: str) -> str:
    return (urlsplit(origin).hostname or "").lower()


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading the port is what checks it
    except ValueError:
        return None
    return parts


def _url_problem(name: str, value: str) -> str | None:
    schemes = ("redis", "rediss") if name.endswith("REDIS_URL") else ("postgresql+psycopg2", "sqlite")
    parts = _split(value)
    if parts is None or parts.scheme not in schemes:
        return f"{name} is not a URL that starts with {' or '.join(s + '://' for s in schemes)}"
    if parts.password:
        return f"{name} carries a password; move it to its file under HOMEROOM_SECRETS_DIR"
    if parts.scheme != "sqlite" and not parts.hostname:
        return f"{name} names no host"
    return None


def _origin_problem(name: str, value: str) -> str | None:
    for origin in _origins(value):
        parts = _split(origin)
        whole = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
        if (
            not whole
            or parts is None
            or f"{parts.scheme}://{parts.netloc}" != origin
            or "@" in origin
            or "*" in origin
        ):
            return f"{name}: {origin!r} is not an origin; write scheme://host[:port] and no more"
    return None if _origins(value) else f"{name} lists no origin; give at least one, separated by commas"


def _databases_problem(name: str, value: str) -> str | None:
    try:
        databases = json.loads(value)
    except ValueError:
        databases = None
    if (
        not isinstance(databases, dict)
        or not databases
        or not all(isinstance(url, str) for url in databases.values())
    ):
        return f'{name} is not a JSON object of tenants; write {{"north":"shared","south":"postgresql+psycopg2://…"}}'
    own = {tenant: url for tenant, url in databases.items() if url != SHARED}
    for tenant, url in own.items():
        if problem := _url_problem(f"{name}, tenant {tenant!r}:", url):
            return problem
        if not url.startswith("postgresql"):
            return f"{name}, tenant {tenant!r}: only PostgreSQL has the row security that guests need"
    if len({database_address(url) for url in own.values()}) < len(own):
        return f"{name}: two tenants have the same database; let them share, or give each its own"
    return None


def database_address(url: str) -> tuple[str | None, int, str]:
    """Returns host, port and path of a URL; two URLs with equal ones are the same database."""
    parts = urlsplit(url)
    return (parts.hostname, parts.port or 5432, parts.path)


def _origins(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _tenant_databases(value: str) -> Mapping[str, str] | None:
    """Returns the databases of the tenants; None when the value is empty or invalid, which is reported
    elsewhere."""
    if not value.strip() or _databases_problem("", value) is not None:
        return None
    return dict(json.loads(value))


def _zones(value: str) -> Mapping[str, str] | None:
    """Returns the time zones of the tenants; None when the value is invalid, which is reported elsewhere."""
    try:
        zones = json.loads(value)
    except ValueError:
        return None
    good = isinstance(zones, dict) and all(isinstance(zone, str) for zone in zones.values())
    return zones if good else None


def _zones_problem(name: str, value: str) -> str | None:
    zones = _zones(value)
    if zones is None:
        return f'{name} is not a JSON object of tenants and time zones; write {{"north":"Australia/Sydney"}}'
    for tenant, zone in zones.items():
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return f"{name}, tenant {tenant!r}: {zone!r} is no time zone of the IANA database"
    return None


READ: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "url": str,
    "file": Path,
    "directory": Path,
    "integer": int,
    "boolean": "true".__eq__,
    "origins": _origins,
    "databases": _tenant_databases,
    "zones": _zones,
}


def _read(rule: Mapping[str, Any], value: str) -> Any:
    """Returns the checked value by the variable's type, its default when it is not set, else None."""
    return READ[rule["type"]](value) if value else rule.get("default")


def _problem(name: str, rule: Mapping[str, Any], value: str) -> str | None:
    kind = rule["type"]
    if kind == "integer":
        low, high = rule["minimum"], rule["maximum"]
        good = value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high
        return None if good else f"{name} is {value!r}; it must be a whole number from {low} to {high}"
    if kind == "boolean":
        return None if value in ("true", "false") else f"{name} is {value!r}; write true or false"
    if kind == "directory":
        return (
            None
            if Path(value).is_dir()
            else f"{name} is {value!r}, which is not a folder; create it or correct the path"
        )
    if kind == "file":
        return (
            None
            if Path(value).is_file()
            else f"{name} is {value!r}, which is not a file; create it or correct the path"
        )
    if kind == "url":
        return _url_problem(name, value)
    if kind == "origins":
        return _origin_problem(name, value)
    if kind == "databases":
        return _databases_problem(name, value)
    if kind == "zones":
        return _zones_problem(name, value)
    return None


def _secret_problems(directory: Path, files: Mapping[str, str]) -> list[str]:
    problems = []
    for key, filename in files.items():
        path = directory / filename
        if key in OPTIONAL_SECRETS:
            continue
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"secret file {path} cannot be read ({type(error).__name__}); it holds the {key}")
            continue
        if not value and key not in POSSIBLY_EMPTY_SECRETS:
            problems.append(f"secret file {path} is empty; it must hold the {key}")
        if value and key in LOGIN_SECRETS and not _is_login(value):
            problems.append(
                f'secret file {path} holds no login; it must be JSON with "username" and "password"'
            )
        if key in LONG_SECRETS and 0 < len(value) < 32:
            problems.append(f"secret file {path} has {len(value)} characters; the {key} needs at least 32")
    return problems


def _is_login(text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) and value[name] for name in ("username", "password")
    )


def _policy_problems(path: Path) -> list[str]:
    try:
        policy = json.loads(path.read_text(encoding="utf-8"))
        good = isinstance(policy["datasets"], dict) and policy["version"] == 1
    except (OSError, ValueError, KeyError, TypeError):
        good = False
    return (
        []
        if good
        else [f"HOMEROOM_POLICY_FILE {path} is no compiled policy of version 1; run npm run policy:compile"]
    )


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Validates every variable of contract/environment.json. Raises one SettingsError that names all
    problems."""
    contract_dir = Path(environ.get("HOMEROOM_CONTRACT_DIR", REPOSITORY_CONTRACT))
    try:
        declared: dict[str, dict[str, Any]] = json.loads(
            (contract_dir / "environment.json").read_text(encoding="utf-8")
        )
        platform = read_platform(contract_dir)
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(
            [f"contract folder {contract_dir} cannot be read ({error}); set HOMEROOM_CONTRACT_DIR to it"]
        ) from error
    problems: list[str] = []
    for name, rule in declared.items():
        value = environ.get(name, "").strip()
        if not value:
            if rule["required"]:
                problems.append(f"{name} is missing: {rule['description']}")
            continue
        if problem := _problem(name, rule, value):
            problems.append(problem)
    secrets_dir = Path(environ.get("HOMEROOM_SECRETS_DIR", "").strip() or "/nonexistent")
    if secrets_dir.is_dir():
        problems += _secret_problems(secrets_dir, platform.secret_files)
    policy_file = Path(environ.get("HOMEROOM_POLICY_FILE", "").strip() or "/nonexistent")
    if policy_file.is_file():
        problems += _policy_problems(policy_file)
    embeds, studios = (
        {host_of(o): o for o in _origins(environ.get(name, "")) if _split(o) is not None}
        for name in ("HOMEROOM_EMBED_ORIGINS", "HOMEROOM_STUDIO_ORIGINS")
    )
    problems += [
        f"HOMEROOM_STUDIO_ORIGINS: {studios[host]!r} is also an embed host; sessions need a host of their own"
        for host in sorted(embeds.keys() & studios.keys())
    ]
    own = _tenant_databases(environ.get("HOMEROOM_TENANT_DATABASES", "")) or {}
    shared = environ.get("HOMEROOM_ANALYTICS_URL", "").strip()
    problems += [
        f"HOMEROOM_TENANT_DATABASES, tenant {tenant!r}: is HOMEROOM_ANALYTICS_URL itself; write 'shared'"
        for tenant, url in own.items()
        if url != SHARED and not problems and database_address(url) == database_address(shared)
    ]
    if problems:
        raise SettingsError(problems)
    fields = {
        name.removeprefix("HOMEROOM_").lower(): _read(rule, environ.get(name, "").strip())
        for name, rule in declared.items()
    }
    return Settings(contract_dir=contract_dir, platform=platform, **fields)


@lru_cache(maxsize=1)
def settings() -> Settings:
    return read_settings(os.environ)

from __future__ import annotations

import json
from pathlib import Path

import pytest
from homeroom_superset.cache.redis import broker_url, cache_url
from homeroom_superset.content_security import talisman
from homeroom_superset.settings import SettingsError, read_settings


def test_good_environment_is_read(environ: dict[str, str]) -> None:
    settings = read_settings(environ)
    assert settings.studio_hosts == frozenset({"studio.homeroom.localhost"})
    assert settings.cookies_need_tls
    assert settings.secret("secretKey") == "s" * 40


def test_every_problem_is_in_one_error(environ: dict[str, str]) -> None:
    broken = environ | {
        "HOMEROOM_AUDIENCE": "",
        "HOMEROOM_PROXY_HOPS": "many",
        "HOMEROOM_JWKS_FILE": "/nowhere/jwks.json",
        "HOMEROOM_METADATA_URL": "postgresql+psycopg2://meta:hunter2@db/x",
        "HOMEROOM_FRAME_ANCESTORS": "https://*.school.localhost/path",
    }
    with pytest.raises(SettingsError) as caught:
        read_settings(broken)
    for name in (
        "HOMEROOM_AUDIENCE",
        "HOMEROOM_PROXY_HOPS",
        "HOMEROOM_JWKS_FILE",
        "HOMEROOM_METADATA_URL",
        "HOMEROOM_FRAME_ANCESTORS",
    ):
        assert name in str(caught.value)
    assert len(caught.value.problems) == 5
    assert "hunter2" not in str(caught.value)


def test_missing_empty_and_short_secrets_are_named_without_their_value(environ: dict[str, str]) -> None:
    secrets = Path(environ["HOMEROOM_SECRETS_DIR"])
    (secrets / "metadata-user").unlink()
    (secrets / "analytics-reader-user").write_text("\n")
    (secrets / "secret-key").write_text("tooshort")
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    text = str(caught.value)
    assert "metadata-user" in text
    assert "analytics-reader-user" in text
    assert "at least 32" in text
    assert "tooshort" not in text


@pytest.mark.parametrize(
    "text", ["hunter2", "[]", "7", "{}", '{"username": "a"}', '{"username": "", "password": "hunter2"}']
)
def test_a_login_file_without_a_login_is_named_without_its_value(environ: dict[str, str], text: str) -> None:
    (Path(environ["HOMEROOM_SECRETS_DIR"]) / "metadata-user").write_text(text)
    with pytest.raises(SettingsError, match="metadata-user holds no login") as caught:
        read_settings(environ)
    assert "hunter2" not in str(caught.value)


def test_a_host_cannot_be_studio_and_embed(environ: dict[str, str]) -> None:
    environ["HOMEROOM_STUDIO_ORIGINS"] = "https://analytics1.homeroom.localhost"
    with pytest.raises(SettingsError, match="also an embed host"):
        read_settings(environ)


def test_a_policy_that_is_not_one_stops_the_start(environ: dict[str, str]) -> None:
    Path(environ["HOMEROOM_POLICY_FILE"]).write_text("{}")
    with pytest.raises(SettingsError, match="HOMEROOM_POLICY_FILE"):
        read_settings(environ)


def test_a_redis_password_is_quoted_and_absent_when_empty(environ: dict[str, str]) -> None:
    settings = read_settings(environ)
    Path(settings.secret_file("cacheRedisPassword")).write_text("a/b@c")
    assert cache_url(settings, 2) == "redis://:a%2Fb%40c@127.0.0.1:6380/2"
    Path(settings.secret_file("brokerRedisPassword")).write_text("")
    assert broker_url(settings, 0) == "rediss://127.0.0.1:6381/0?ssl_cert_reqs=CERT_REQUIRED"


def test_the_content_policy_names_no_foreign_host(environ: dict[str, str]) -> None:
    policy = talisman(read_settings(environ))["content_security_policy"]
    assert policy.pop("frame-ancestors") == [
        "'self'",
        "https://analytics1.homeroom.localhost:8443",
        "https://school.localhost:8443",
    ]
    assert not [source for sources in policy.values() for source in sources if "//" in source]


@pytest.mark.parametrize(
    ("zones", "problem"),
    [
        ("Australia/Sydney", "is not a JSON object of tenants and time zones"),
        ('["Australia/Sydney"]', "is not a JSON object of tenants and time zones"),
        ('{"north": 10}', "is not a JSON object of tenants and time zones"),
        ('{"north": "Sydney"}', "tenant 'north': 'Sydney' is no time zone"),
        ('{"north": "../etc/passwd"}', "tenant 'north': .* is no time zone"),
        ('{"north": ""}', "tenant 'north': '' is no time zone"),
    ],
)
def test_a_time_zone_that_is_none_stops_the_start(environ: dict[str, str], zones: str, problem: str) -> None:
    environ["HOMEROOM_TENANT_TIME_ZONES"] = zones
    with pytest.raises(SettingsError, match=problem):
        read_settings(environ)


def test_tenants_have_their_time_zones(environ: dict[str, str]) -> None:
    assert read_settings(environ).tenant_time_zones is None
    environ["HOMEROOM_TENANT_TIME_ZONES"] = '{"north": "Australia/Adelaide"}'
    assert read_settings(environ).tenant_time_zones == {"north": "Australia/Adelaide"}


EAST = "postgresql+psycopg2://reader@127.0.0.1:5433/homeroom_east"


@pytest.mark.parametrize(
    ("databases", "problem"),
    [
        ("east", "is not a JSON object of tenants"),
        ("{}", "is not a JSON object of tenants"),
        ('["east"]', "is not a JSON object of tenants"),
        (json.dumps({"east": 5}), "is not a JSON object of tenants"),
        (json.dumps({"east": "mysql://reader@host/east"}), "tenant 'east': is not a URL"),
        (json.dumps({"east": "sqlite:////tmp/east"}), "only PostgreSQL has the row security"),
        (json.dumps({"east": EAST.replace("reader@", "reader:word@")}), "tenant 'east': carries a password"),
        (json.dumps({"east": EAST, "west": f"{EAST}?sslmode=disable"}), "two tenants have the same database"),
        (
            json.dumps({"east": EAST.replace("_east", "_schools")}),
            "tenant 'east': is HOMEROOM_ANALYTICS_URL itself",
        ),
    ],
)
def test_databases_of_tenants_are_checked(environ: dict[str, str], databases: str, problem: str) -> None:
    environ["HOMEROOM_TENANT_DATABASES"] = databases
    with pytest.raises(SettingsError, match=problem):
        read_settings(environ)


def test_tenants_share_unless_a_database_of_their_own_is_listed(environ: dict[str, str]) -> None:
    assert read_settings(environ).tenant_databases is None
    environ["HOMEROOM_TENANT_DATABASES"] = json.dumps({"north": "shared", "east": EAST})
    assert read_settings(environ).tenant_databases == {"north": "shared", "east": EAST}

"""Redis connections and cache settings, with the passwords of the mounted files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from redis import Redis

from homeroom_superset.settings import Settings

# Databases of the cache's Redis, which evicts the least recently used keys when it is full.
METADATA_DB, DATA_DB, STATE_DB, RESULTS_DB, RATE_DB, COORDINATION_DB = range(6)
# Database of the broker's Redis, which evicts nothing: 0 is the queue, 1 the trust store of
# contract/platform.json,
# 2 the results of tasks.
SESSION_DB = 3
WAIT_SECONDS = 0.5
"""Timeout of a connection and of an answer. A guest's request asks the cache's Redis several times."""


def redis_url(base: str, password: str, number: int, *, tls_query: str = "") -> str:
    parts = urlsplit(base)
    host = parts.netloc.rpartition("@")[2]
    user = parts.netloc.rpartition("@")[0]
    login = f"{user}:{quote(password, safe='')}@" if password else ""
    query = tls_query if parts.scheme == "rediss" else ""
    return urlunsplit((parts.scheme, login + host, f"/{number}", query, ""))


def cache_url(settings: Settings, number: int) -> str:
    password = settings.secret("cacheRedisPassword")
    return redis_url(settings.cache_redis_url, password, number, tls_query="ssl_cert_reqs=required")


def broker_url(settings: Settings, number: int) -> str:
    # Celery takes the name of the ssl constant where redis-py takes a word.
    password = settings.secret("brokerRedisPassword")
    return redis_url(settings.broker_redis_url, password, number, tls_query="ssl_cert_reqs=CERT_REQUIRED")


def flask_cache(settings: Settings, prefix: str, number: int, seconds: int) -> dict[str, Any]:
    return {
        "CACHE_TYPE": "RedisCache",
        "CACHE_REDIS_URL": cache_url(settings, number),
        "CACHE_KEY_PREFIX": f"homeroom:{prefix}:",
        "CACHE_DEFAULT_TIMEOUT": seconds,
    }


def cache_client(settings: Settings, number: int) -> Redis:
    return Redis.from_url(
        cache_url(settings, number), socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS
    )


def session_redis(settings: Settings) -> Redis:
    """Opens the Redis of sessions, the broker's: a full cache must sign nobody out (decision 24)."""
    password = settings.secret("brokerRedisPassword")
    return Redis.from_url(
        redis_url(settings.broker_redis_url, password, SESSION_DB, tls_query="ssl_cert_reqs=required")
    )


def coordination(settings: Settings) -> dict[str, Any]:
    parts = urlsplit(settings.cache_redis_url)
    return {
        "CACHE_TYPE": "RedisCache",
        "CACHE_REDIS_HOST": parts.hostname,
        "CACHE_REDIS_PORT": parts.port or 6379,
        "CACHE_REDIS_USER": parts.username or "",
        "CACHE_REDIS_PASSWORD": settings.secret("cacheRedisPassword"),
        "CACHE_REDIS_DB": COORDINATION_DB,
        "CACHE_REDIS_SSL": parts.scheme == "rediss",
        "CACHE_REDIS_SSL_CERT_REQS": "required",
    }

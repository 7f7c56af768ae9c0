"""Superset's configuration: assignments only. The same file runs locally and in the cluster."""

from datetime import timedelta

from flask_caching.backends.rediscache import RedisCache
from superset.config import *
from superset.utils.log import DBEventLogger

from homeroom_superset import chart_types, content_security, metrics
from homeroom_superset.actions.logger import EventChain
from homeroom_superset.application import prepare
from homeroom_superset.audit.queries import log_query
from homeroom_superset.cache import redis as stores
from homeroom_superset.database.analytics import connection_mutator
from homeroom_superset.database.metadata import engine_options, metadata_uri
from homeroom_superset.embed.embed import blueprint as embed_blueprint
from homeroom_superset.gate.cookies import CookieGate
from homeroom_superset.gate.row_lock import lock_rows
from homeroom_superset.gate.security_manager import HomeroomSecurityManager
from homeroom_superset.jobs import worker
from homeroom_superset.settings import settings

HOMEROOM = settings()

SECRET_KEY = HOMEROOM.secret("secretKey")
DATA_DIR = str(HOMEROOM.state_dir)
UPLOAD_FOLDER = str(HOMEROOM.state_dir / "uploads") + "/"
SQLALCHEMY_DATABASE_URI = metadata_uri(HOMEROOM)
SQLALCHEMY_ENGINE_OPTIONS = engine_options(HOMEROOM)
SQLALCHEMY_EXAMPLES_URI = None
PREVENT_UNSAFE_DB_CONNECTIONS = True
DB_CONNECTION_MUTATOR = connection_mutator(HOMEROOM)

CACHE_DEFAULT_TIMEOUT = HOMEROOM.platform.freshness["daily"]
CACHE_CONFIG = stores.flask_cache(
    HOMEROOM, "metadata", stores.METADATA_DB, HOMEROOM.platform.freshness["realtime"]
)
DATA_CACHE_CONFIG = stores.flask_cache(HOMEROOM, "data", stores.DATA_DB, HOMEROOM.platform.freshness["daily"])
FILTER_STATE_CACHE_CONFIG = {
    **stores.flask_cache(HOMEROOM, "filter", stores.STATE_DB, HOMEROOM.platform.freshness["historical"]),
    "REFRESH_TIMEOUT_ON_RETRIEVAL": True,
}
EXPLORE_FORM_DATA_CACHE_CONFIG = {
    **stores.flask_cache(HOMEROOM, "explore", stores.STATE_DB, HOMEROOM.platform.freshness["historical"]),
    "REFRESH_TIMEOUT_ON_RETRIEVAL": True,
}
DISTRIBUTED_COORDINATION_CONFIG = stores.coordination(HOMEROOM)
RESULTS_BACKEND = RedisCache(
    stores.cache_client(HOMEROOM, stores.RESULTS_DB),
    key_prefix="homeroom:results:",
    default_timeout=HOMEROOM.platform.freshness["daily"],
)

SESSION_SERVER_SIDE = True
SESSION_TYPE = "redis"
SESSION_REDIS = stores.session_redis(HOMEROOM)
SESSION_KEY_PREFIX = "homeroom:session:"
SESSION_PERMANENT = True
PERMANENT_SESSION_LIFETIME = timedelta(hours=HOMEROOM.platform.session_hours)
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = HOMEROOM.cookies_need_tls

ENABLE_PROXY_FIX = HOMEROOM.proxy_hops > 0
PROXY_FIX_CONFIG = {
    "x_for": HOMEROOM.proxy_hops,
    "x_proto": HOMEROOM.proxy_hops,
    "x_host": HOMEROOM.proxy_hops,
    "x_port": 0,
    "x_prefix": 0,
}
ADDITIONAL_MIDDLEWARE = [CookieGate.for_hosts(HOMEROOM.studio_hosts)]
ENABLE_CORS = False
TALISMAN_ENABLED = True
TALISMAN_CONFIG = content_security.talisman(HOMEROOM)
TALISMAN_DEV_CONFIG = TALISMAN_CONFIG
CONTENT_SECURITY_POLICY_WARNING = False
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
WTF_CSRF_ENABLED = True
# The check runs for every cookie request in gate/csrf.py, where a verified token can be told from a cookie.
WTF_CSRF_CHECK_DEFAULT = False
WTF_CSRF_EXEMPT_LIST: list[str] = []
RATELIMIT_ENABLED = True
# Per address: a whole school opens dashboards behind one address. nginx limits each client more finely.
RATELIMIT_APPLICATION = "1000 per second"
RATELIMIT_STORAGE_URI = stores.cache_url(HOMEROOM, stores.RATE_DB)
MAX_CONTENT_LENGTH = HOMEROOM.platform.body_max_bytes

FEATURE_FLAGS = {
    "EMBEDDED_SUPERSET": True,
    "DASHBOARD_RBAC": False,
    "GLOBAL_ASYNC_QUERIES": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "ALERT_REPORTS": False,
    "DRILL_BY": False,
    "DRILL_TO_DETAIL": False,
    "ALLOW_ADHOC_SUBQUERY": False,
}
GUEST_ROLE_NAME = "Homeroom Guest"
GUEST_TOKEN_HEADER_NAME = "X-GuestToken"  # noqa: S105 - a header's name
GUEST_TOKEN_JWT_EXP_SECONDS = HOMEROOM.platform.token_max_age_seconds
PUBLIC_ROLE_LIKE = None
AUTH_USER_REGISTRATION = False
FAB_API_KEY_ENABLED = False
CUSTOM_SECURITY_MANAGER = HomeroomSecurityManager
SQL_QUERY_MUTATOR = lock_rows
MUTATE_AFTER_SPLIT = False
BLUEPRINTS = [embed_blueprint]
FLASK_APP_MUTATOR = prepare

CELERY_CONFIG = worker.celery_config(HOMEROOM)
SQLLAB_ASYNC_TIME_LIMIT_SEC = HOMEROOM.platform.freshness["daily"]
SUPERSET_WEBSERVER_TIMEOUT = HOMEROOM.platform.gunicorn_seconds
ROW_LIMIT = HOMEROOM.platform.row_limit
SQL_MAX_ROW = HOMEROOM.platform.row_limit
QUERY_LOGGER = log_query
EVENT_LOGGER = EventChain(authors=[DBEventLogger()])
STATS_LOGGER = metrics.stats_logger(HOMEROOM)
ALEMBIC_SKIP_LOG_CONFIG = True
MAPBOX_API_KEY = ""
VIZ_TYPE_DENYLIST = chart_types.CLOSED

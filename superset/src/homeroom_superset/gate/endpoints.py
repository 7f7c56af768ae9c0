"""The endpoints that a guest, or anybody on a host without sessions, may call. Everything else is refused."""

from __future__ import annotations

# Pages and files that a browser fetches before it can send a token.
OPEN = frozenset(
    {
        "static",
        "appbuilder.static",
        "health.health",
        "EmbeddedView.embedded",
        "homeroom_embed.show",
    }
)

GUEST = OPEN | frozenset(
    {
        "DashboardRestApi.get",
        "DashboardRestApi.get_charts",
        "DashboardRestApi.get_datasets",
        "DashboardFilterStateRestApi.post",
        "DashboardFilterStateRestApi.put",
        "DashboardFilterStateRestApi.get",
        "EmbeddedDashboardRestApi.get",
        "ChartDataRestApi.data",
        "CurrentUserRestApi.get_me",
        "CurrentUserRestApi.get_my_roles",
        "Api.time_range",
        "Superset.language_pack",
    }
)

READ = frozenset({"GET", "HEAD", "OPTIONS"})
WRITES = frozenset(
    {
        "DashboardFilterStateRestApi.post",
        "DashboardFilterStateRestApi.put",
        "ChartDataRestApi.data",
    }
)


def allowed(endpoint: str | None, method: str, *, guest: bool) -> bool:
    if endpoint not in (GUEST if guest else OPEN):
        return False
    return method in READ or endpoint in WRITES

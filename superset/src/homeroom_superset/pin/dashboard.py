"""The one dashboard that a token names."""

from __future__ import annotations

from dataclasses import dataclass

from homeroom_superset.refusal import RequestRefused


@dataclass(frozen=True)
class GuestDashboard:
    id: int
    uuid: str
    slug: str
    embedded_uuid: str

    def answers_to(self, name: str) -> bool:
        return name in (str(self.id), self.slug, self.uuid)


def find_dashboard(slug: str) -> GuestDashboard:
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.models.embedded_dashboard import EmbeddedDashboard

    row = (
        db.session.query(Dashboard.id, Dashboard.uuid, EmbeddedDashboard.uuid)
        .join(EmbeddedDashboard, EmbeddedDashboard.dashboard_id == Dashboard.id)
        .filter(Dashboard.slug == slug)
        .first()
    )
    if row is None:
        raise RequestRefused(
            f"dashboard {slug!r} is not there, or is not open for embedding; name one that is"
        )
    return GuestDashboard(id=row[0], uuid=str(row[1]), slug=slug, embedded_uuid=str(row[2]))

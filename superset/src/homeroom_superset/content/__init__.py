"""Puts the dashboards of the repository into Superset, by UUID, as often as one likes."""

"""Writes the repository's dashboards into Superset by UUID. It may run any number of times."""

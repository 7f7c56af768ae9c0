"""The audit trail's writer: events of this process, chained, on a spool that the collector reads."""

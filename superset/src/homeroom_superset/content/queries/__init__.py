"""The queries that Superset's front end builds from form data, one file per family of charts."""

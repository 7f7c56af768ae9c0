"""The queries that Superset 6.1's front end builds from form data, one file per family of charts."""

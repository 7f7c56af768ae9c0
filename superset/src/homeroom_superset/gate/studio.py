"""Checks input of authors that Superset would answer with an error of the server."""

from __future__ import annotations

import zipfile
from typing import Any

import sqlglot
from flask import Response, request
from sqlglot.errors import SqlglotError

from homeroom_superset.gate.answers import refusal_of
from homeroom_superset.gate.current import by_guest
from homeroom_superset.logs.request_id import request_id
from homeroom_superset.refusal import RequestUnfit

DATASETS = frozenset({"DatasetRestApi.post", "DatasetRestApi.put"})
IMPORTS = frozenset({"formData", "bundle"})
"""Names under which Superset takes a bundle of exported objects."""
MOST_FILES = 2_000
MOST_BYTES = 64_000_000
"""The most bytes of all files of a bundle when unpacked; the request itself has at most 1 MiB."""


def check_studio_input() -> Response | None:
    if by_guest() or request.endpoint is None:
        return None
    try:
        if request.endpoint.endswith((".import_", ".import_objects")):
            _check_bundle()
        if request.endpoint in DATASETS:
            _check_sql(request.get_json(silent=True))
    except RequestUnfit as refusal:
        return refusal_of(refusal.status, str(refusal))
    return None


def _check_bundle() -> None:
    sent = [file for name, file in request.files.items() if name in IMPORTS]
    if len(sent) != 1:
        raise RequestUnfit("an import is one ZIP file, as an export makes it")
    try:
        with zipfile.ZipFile(sent[0].stream) as bundle:
            files = [entry for entry in bundle.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise RequestUnfit("this file is no ZIP that can be read; import what an export has made") from error
    finally:
        sent[0].stream.seek(0)
    if not files:
        raise RequestUnfit("this ZIP holds no file; import what an export has made")
    unpacked = sum(entry.file_size for entry in files)
    if len(files) > MOST_FILES or unpacked > MOST_BYTES:
        raise RequestUnfit(
            f"this ZIP holds {len(files)} files of {unpacked} bytes; at most {MOST_FILES} files "
            f"of {MOST_BYTES} bytes are taken"
        )


def _check_sql(body: Any) -> None:
    sql = body.get("sql") if isinstance(body, dict) else None
    if not isinstance(sql, str) or not sql.strip():
        return
    try:
        sqlglot.parse(sql, read="postgres")
    except (SqlglotError, RecursionError) as error:
        raise RequestUnfit(
            "the SQL of this dataset cannot be read as a statement of PostgreSQL; templates as {{ … }} and "
            "{% … %} are switched off here, so write what the database itself runs"
        ) from error


def tell_failed_sql(response: Response) -> Response:
    """Superset asks the database for the columns of a SQL dataset, and calls its refusal a fatal error."""
    if response.status_code != 500 or by_guest() or request.endpoint not in DATASETS:
        return response
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not body.get("sql"):
        return response
    return refusal_of(
        RequestUnfit.status,
        f"the database did not run the SQL of this dataset, or could not be reached; try it as it is in the "
        f"database, without templates. The log tells the error of request {request_id()}",
    )

"""The claims of a token, checked against contract/claims.schema.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs

from homeroom_superset.refusal import TokenRefused

TOKEN_CLAIMS = frozenset({"iss", "aud", "iat", "nbf", "exp", "jti", "type", "is_active"})
NAMES_OF_PEOPLE = frozenset({"first_name", "last_name", "email"})
WHO_AND_WHEN = TOKEN_CLAIMS | NAMES_OF_PEOPLE | {"user_id", "username", "dashboard"}


@dataclass(frozen=True)
class Claims:
    """What the policy, the database lock and the screen need; `values` keeps every claim for the policy."""

    user_id: int
    username: str
    email: str
    first_name: str
    last_name: str
    role: str
    tenant: str
    school_id: int
    class_ids: tuple[int, ...]
    student_id: int | None
    subject_area: str | None
    dashboard: str
    issuer: str
    kid: str
    jti: str
    expires: int
    values: Mapping[str, Any]

    def scope(self, bound: frozenset[str]) -> str:
        """Equal for people who may see the same rows, different for all others. A claim counts unless it only
        says who or when, and counts even so when the policy binds rows to it."""
        told = {
            name: sorted(value, key=str) if isinstance(value, list) else value
            for name, value in self.values.items()
            if name in bound or name not in WHO_AND_WHEN
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _is_integer(_checker: Any, value: Any) -> bool:
    # JSON Schema lets 42.0 and Python lets True pass as an integer; SQL must get neither.
    return type(value) is int


def _holds_float(value: Any) -> bool:
    # jsonschema-rs knows 42.0 as an integer.
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    if isinstance(value, list):
        return any(map(_holds_float, value))
    return isinstance(value, float)


def build_explainer(schema: Mapping[str, Any]) -> Any:
    checker = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=checker)
    validator.check_schema(schema)
    return validator(schema)


def explain(errors: list[Any]) -> str:
    if not errors:
        return "claim not accepted: the token holds text that is not Unicode"
    error = min(errors, key=lambda error: error.validator == "oneOf")
    place = ".".join(str(part) for part in error.absolute_path) or "the token"
    if error.validator in ("required", "additionalProperties"):
        return f"claim not accepted: {place}: {error.message}"
    if error.validator == "oneOf" and place == "the token":
        return (
            "claim not accepted: the token does not fit its role; a teacher carries class_ids, "
            "a student student_id, a principal neither"
        )
    return f"claim not accepted: {place} breaks the rule {error.validator} of contract/claims.schema.json"


class ClaimReader:
    """One validator judges, in microseconds; the other, fifty times slower, says what is wrong."""

    def __init__(self, schema_file: Path) -> None:
        schema = json.loads(schema_file.read_text(encoding="utf-8"))
        self._explainer = build_explainer(schema)
        self._accepts = jsonschema_rs.Draft202012Validator(schema).is_valid

    def read(self, raw: Mapping[str, Any], kid: str) -> Claims:
        if not self._is_good(raw):
            raise TokenRefused(explain(list(self._explainer.iter_errors(raw))))
        return Claims(
            user_id=raw["user_id"],
            username=raw["username"],
            email=raw["email"],
            first_name=raw["first_name"],
            last_name=raw["last_name"],
            role=raw["role"],
            tenant=raw["tenant"],
            school_id=raw["school_id"],
            class_ids=tuple(raw.get("class_ids", ())),
            student_id=raw.get("student_id"),
            subject_area=raw.get("subject_area"),
            dashboard=raw["dashboard"],
            issuer=raw["iss"],
            kid=kid,
            jti=raw["jti"],
            expires=raw["exp"],
            values=dict(raw),
        )

    def _is_good(self, raw: Mapping[str, Any]) -> bool:
        try:
            return self._accepts(raw) and not _holds_float(raw)
        except ValueError:
            return False

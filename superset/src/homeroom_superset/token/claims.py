"""The claims of a token, checked against contract/claims.schema.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs

from homeroom_superset.refusal import TokenRefused
from homeroom_superset.token.claim_fields import CLAIMS_WITHOUT_SCOPE, ClaimFields

CLAIM_NAMES = frozenset(field.name for field in fields(ClaimFields))


@dataclass(frozen=True, kw_only=True)
class Claims(ClaimFields):
    """The claims of an accepted token; `values` holds every claim as the token wrote it, for the policy."""

    kid: str
    values: Mapping[str, Any]

    def scope(self, bound: frozenset[str]) -> str:
        """Returns a key that is equal for people who may see the same rows and different for all others.

        A claim counts unless it only says who or when; `bound`, what the policy binds rows to, always counts.
        """
        told = {
            name: sorted(value, key=str) if isinstance(value, list) else value
            for name, value in self.values.items()
            if name in bound or name not in CLAIMS_WITHOUT_SCOPE
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
    path = ".".join(str(part) for part in error.absolute_path) or "the token"
    if error.validator in ("required", "additionalProperties"):
        return f"claim not accepted: {path}: {error.message}"
    if error.validator == "oneOf" and path == "the token":
        return f"claim not accepted: the token does not fit its role; {_roles(error.validator_value)}"
    return f"claim not accepted: {path} breaks the rule {error.validator} of contract/claims.schema.json"


def _roles(branches: Sequence[Mapping[str, Any]]) -> str:
    """Says which claims each role carries and which it may not, as the schema's oneOf does."""
    told = []
    for branch in branches:
        rules = branch["properties"]
        carried = " and ".join(branch.get("required", ())) or "nothing more"
        never = " or ".join(name for name, rule in rules.items() if rule is False)
        told.append(f"a {rules['role']['const']} carries {carried}, never {never}")
    return "; ".join(told)


class ClaimReader:
    """Reads claims with two validators: a fast one decides, and one fifty times slower explains a refusal."""

    def __init__(self, schema_file: Path) -> None:
        schema = json.loads(schema_file.read_text(encoding="utf-8"))
        self._explainer = build_explainer(schema)
        self._accepts = jsonschema_rs.Draft202012Validator(schema).is_valid

    def read(self, raw: Mapping[str, Any], kid: str) -> Claims:
        if not self._is_good(raw):
            raise TokenRefused(explain(list(self._explainer.iter_errors(raw))))
        read: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in raw.items()
            if name in CLAIM_NAMES
        }
        return Claims(kid=kid, values=dict(raw), **read)

    def _is_good(self, raw: Mapping[str, Any]) -> bool:
        try:
            return self._accepts(raw) and not _holds_float(raw)
        except ValueError:
            return False

"""Addresses that are none, and the time that a request has."""

from __future__ import annotations

import pytest
from flask import Flask, request
from homeroom_superset.database.analytics import time_left
from homeroom_superset.database.connections import BudgetSpent
from homeroom_superset.gate import budget
from homeroom_superset.gate.headers import forget_broken_addresses


@pytest.mark.parametrize(
    ("value", "kept"),
    [("https://school.localhost/x", True), ("", True), ("http://[", False), ("http://x:port/", False)],
)
def test_an_address_that_has_no_parts_is_forgotten(value: str, kept: bool) -> None:
    with Flask("x").test_request_context("/", headers={"Referer": value, "Origin": value}):
        forget_broken_addresses()
        assert ("Referer" in request.headers, "Origin" in request.headers) == (kept, kept)


def test_a_statement_has_what_is_left_of_its_request_and_never_no_limit() -> None:
    assert time_left(5000) == 5000
    with Flask("x").test_request_context("/"):
        budget.begin(1000)
        assert 0 < time_left(5000) <= 1000
        assert time_left(10) == 10
        budget.begin(0)
        with pytest.raises(BudgetSpent):
            time_left(5000)

"""A recorded statement holds no value of a person."""

from __future__ import annotations

from homeroom_superset.audit.queries import described


def test_literals_become_question_marks_and_tables_are_named() -> None:
    told = described(
        "select name from school.results r join students s using (id) where s.name = 'Zoe' and score > 4 -- Z"
    )
    assert told["tables"] == ["school.results AS r", "students AS s"]
    assert "Z" not in str(told)
    assert "4" not in told["redacted_sql"]
    assert "?" in told["redacted_sql"]


def test_statements_that_differ_in_values_alone_have_one_fingerprint() -> None:
    assert (
        described("select 1 from t where a = 'x'")["fp"] == described("select 2 from t where a = 'y'")["fp"]
    )
    assert described("select 1 from t")["fp"] != described("select 1 from u")["fp"]


def test_what_cannot_be_parsed_leaves_its_fingerprint_and_length() -> None:
    assert set(described("select 'Zoe from ((")) == {"fp", "length"}

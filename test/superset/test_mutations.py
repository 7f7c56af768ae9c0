"""The table of guards, which is run by itself and slowly, still fits the source."""

from __future__ import annotations

import pytest

from mutations import MUTATIONS, SOURCE, TESTS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.guard)
def test_a_guard_stands_once_where_the_table_says(mutation: Mutation) -> None:
    assert (SOURCE / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1
    assert (TESTS / mutation.test).is_file()

"""Redacts log lines: no value of a statement, no token, no address of a person."""

from __future__ import annotations

import re

from sqlglot import TokenType, tokenize
from sqlglot.errors import SqlglotError

LONGEST_LINE = 2_048
"""Characters of one line; the rest is cut off. Its longest useful part is a place in the code."""
CUT = " … (cut)"
TOKEN = re.compile(r"eyJ[\w-]{5,}\.[\w-]+\.?[\w-]*")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
QUERY_STRING = re.compile(r"((?:https?://|/)[^\s\"'?]*)\?[^\s\"']+")
STATEMENT = re.compile(
    r"\b(?:select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|where\s|"
    r"values\s*\(|merge\s+into\s|copy\s+\S+\s+from\s)",
    re.IGNORECASE,
)
DRIVER = re.compile(r"\((psycopg2|sqlalchemy)\.[\w.]+\)|\[(sql|parameters):|\bline \d+:", re.IGNORECASE)
"""The beginning of a database driver's message, which quotes values without escaping them and cuts them
anywhere."""
QUOTE = re.compile(r"['\"$]")
REMOVED = " … (removed)"
QUOTED = re.compile(r"'(?:[^']|'')*'?|\"(?:[^\"]|\"\")*\"?|\$(\w*)\$.*?(?:\$\1\$|$)", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b")
LITERALS = frozenset(
    {
        TokenType.STRING,
        TokenType.NUMBER,
        TokenType.RAW_STRING,
        TokenType.HEX_STRING,
        TokenType.BIT_STRING,
        TokenType.BYTE_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.UNICODE_STRING,
        TokenType.HEREDOC_STRING,
    }
)


def redact(text: str) -> str:
    """The text on one line, at most LONGEST_LINE long, with `?` for the literals of SQL in it."""
    text = text[: LONGEST_LINE * 4]
    text = EMAIL.sub("[email]", TOKEN.sub("[token]", QUERY_STRING.sub(r"\1?[removed]", text)))
    if (driver := DRIVER.search(text)) is not None:
        error = driver.group() if driver.group().startswith("(") else ""
        text = text[: driver.start()] + error + REMOVED
    found = STATEMENT.search(text)
    if found is not None:
        text = _without_values(text[: found.start()]) + redact_sql(text[found.start() :])
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - len(CUT)] + CUT


def redact_sql(sql: str) -> str:
    """The statement with `?` for each literal; a broken one ends at its first quotation mark."""
    try:
        tokens = tokenize(sql, read="postgres")
    except SqlglotError:
        return NUMBER.sub("?", QUOTE.split(sql, maxsplit=1)[0] + REMOVED)
    # Written anew from its tokens, which leaves comments out.
    parts = ["?" if t.token_type in LITERALS else sql[t.start : t.end + 1] for t in tokens]
    return _without_values(" ".join(parts))


def without_quotes(text: str) -> str:
    """The text with `?` for whatever stands in quotation marks."""
    return QUOTED.sub("?", text)


def _without_values(text: str) -> str:
    return NUMBER.sub("?", without_quotes(text))

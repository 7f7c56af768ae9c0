"""Days and weeks are those of the school's time zone, at its own midnight and on the days clocks change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import parsedatetime
import pytest
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.school_time import SchoolClock, in_school_time
from superset.utils import date_parser

from saved_dashboard import DASHBOARD, MOST, ask

SYDNEY, ADELAIDE = ZoneInfo("Australia/Sydney"), ZoneInfo("Australia/Adelaide")
At = Callable[[str, ZoneInfo | None], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    monkeypatch.setattr(date_parser, "datetime", date_parser.datetime)
    monkeypatch.setattr(parsedatetime, "time", parsedatetime.time)

    def install(instant: str, zone: ZoneInfo | None) -> None:
        utc = datetime.fromisoformat(instant).astimezone(UTC)
        SchoolClock(lambda: zone, lambda: utc).install()

    return install


def days(text: str) -> list[str]:
    since, until = date_parser.get_since_until(text, relative_start="today", relative_end="today")
    return [str(since), str(until)]


def midnights(*dates: str) -> list[str]:
    return [f"{date} 00:00:00" for date in dates]


@pytest.mark.parametrize(
    ("instant", "zone", "asked", "meant"),
    [
        # Thursday 26 November, 01:17 in Sydney.
        ("2026-11-25T14:17Z", SYDNEY, "Current day", midnights("2026-11-26", "2026-11-27")),
        ("2026-11-25T14:17Z", SYDNEY, "Last day", midnights("2026-11-25", "2026-11-26")),
        ("2026-11-25T14:17Z", SYDNEY, "Last week", midnights("2026-11-19", "2026-11-26")),
        ("2026-11-25T14:17Z", SYDNEY, "yesterday : today", midnights("2026-11-25", "2026-11-26")),
        # Monday 23 November, 08:00 in Sydney, which is Sunday in UTC.
        ("2026-11-22T21:00Z", SYDNEY, "Current week", midnights("2026-11-23", "2026-11-30")),
        ("2026-11-22T21:00Z", SYDNEY, "previous calendar week", midnights("2026-11-16", "2026-11-23")),
        # 1 January, 00:30 in Sydney.
        ("2026-12-31T13:30Z", SYDNEY, "Current year", midnights("2027-01-01", "2028-01-01")),
        ("2026-12-31T13:30Z", SYDNEY, "previous calendar month", midnights("2026-12-01", "2027-01-01")),
        # Half an hour behind Sydney: 23:45 of the evening before, then 00:15.
        ("2026-11-25T13:15Z", ADELAIDE, "Current day", midnights("2026-11-25", "2026-11-26")),
        ("2026-11-25T13:45Z", ADELAIDE, "Current day", midnights("2026-11-26", "2026-11-27")),
        # Clocks go forward on 4 October 2026 at 02:00, from UTC+10 to UTC+11.
        ("2026-10-03T13:30Z", SYDNEY, "Current day", midnights("2026-10-03", "2026-10-04")),
        ("2026-10-04T13:30Z", SYDNEY, "Current day", midnights("2026-10-05", "2026-10-06")),
        ("2026-10-04T13:30Z", SYDNEY, "Last day", midnights("2026-10-04", "2026-10-05")),
        # Clocks go back on 4 April 2027 at 03:00, from UTC+11 to UTC+10.
        ("2027-04-03T13:30Z", SYDNEY, "Current day", midnights("2027-04-04", "2027-04-05")),
        ("2027-04-04T13:30Z", SYDNEY, "Current day", midnights("2027-04-04", "2027-04-05")),
        ("2027-04-04T14:30Z", SYDNEY, "Last day", midnights("2027-04-04", "2027-04-05")),
    ],
)
def test_a_range_is_the_schools(at: At, instant: str, zone: ZoneInfo, asked: str, meant: list[str]) -> None:
    at(instant, zone)
    assert days(asked) == meant


def test_a_range_to_now_ends_at_the_schools_hour(at: At) -> None:
    at("2026-11-25T14:17Z", ADELAIDE)
    assert days("DATEADD(DATETIME('now'), -1, hour) : now") == ["2026-11-25 23:47:00", "2026-11-26 00:47:00"]


def pinned(zone: ZoneInfo | None, value: str, **query: Any) -> dict[str, Any]:
    filters = [{"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": value}]
    body = pinned_body(ask(query={"filters": filters, "time_range": value, **query}), DASHBOARD, MOST)
    first: dict[str, Any] = in_school_time(body, zone)["queries"][0]
    return first


def test_the_query_and_so_the_key_of_its_cached_answer_holds_the_dates(at: At) -> None:
    at("2026-11-25T13:15Z", SYDNEY)
    query = pinned(SYDNEY, "Current day")
    assert query["time_range"] == "2026-11-26T00:00:00 : 2026-11-27T00:00:00"
    assert query["filters"][0]["val"] == query["time_range"]
    assert days(query["time_range"]) == days("Current day")
    at("2026-11-25T13:15Z", ADELAIDE)
    assert pinned(ADELAIDE, "Current day")["time_range"] == "2026-11-25T00:00:00 : 2026-11-26T00:00:00"


@pytest.mark.parametrize("value", ["No filter", "now : tomorrow", "DATEADD(DATETIME('now'), -1, hour) : now"])
def test_what_means_no_whole_days_stays_as_it_is(at: At, value: str) -> None:
    at("2026-11-25T14:17Z", SYDNEY)
    assert pinned(SYDNEY, value)["time_range"] == value


def test_an_open_end_stays_open(at: At) -> None:
    at("2026-11-25T14:17Z", SYDNEY)
    assert pinned(SYDNEY, "today : ")["time_range"] == "2026-11-26T00:00:00 : "
    assert pinned(SYDNEY, " : today")["time_range"] == " : 2026-11-26T00:00:00"


def test_without_a_zone_nothing_is_changed(at: At) -> None:
    at("2026-11-25T14:17Z", None)
    assert pinned(None, "Current day")["time_range"] == "Current day"

"""When schedules are due: pure arithmetic, over days in which clocks change and months of all lengths."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from triggers.timetable import DAYS, BadTimes, read_times

SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
BERLIN, HAVANA, LORD_HOWE = "Europe/Berlin", "America/Havana", "Australia/Lord_Howe"
SEED = int(os.environ.get("WIREFLOW_SEED", "20261122"))


def due(when: dict[str, Any], zone: str, after: str, count: int = 3) -> list[str]:
    """So many moments after a local time (of the first, where it comes twice), as local times with their offsets."""
    table = read_times(when, zone=zone, since=SINCE)
    start = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return [one.astimezone(table.zone).isoformat(" ", "minutes") for one in islice(table.after(start), count)]


def at(clock: str, every: str = "day", **more: Any) -> dict[str, Any]:
    return {"every": every, "at": clock, **more}


def test_every_day_at_a_time():
    assert due(at("09:30"), BERLIN, "2026-05-01 09:29:59") == [
        "2026-05-01 09:30+02:00",
        "2026-05-02 09:30+02:00",
        "2026-05-03 09:30+02:00",
    ]
    assert due(at("09:30"), BERLIN, "2026-05-01 09:30", 1) == ["2026-05-02 09:30+02:00"]


def test_chosen_days_of_the_week():
    assert due(at("18:00", "week", days=["fri", "mon"]), "Asia/Kolkata", "2026-11-22", 3) == [
        "2026-11-23 18:00+05:30",
        "2026-11-27 18:00+05:30",
        "2026-11-30 18:00+05:30",
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (28, ["01-28", "02-28", "03-28", "04-28"]),
        (29, ["01-29", "02-28", "03-29", "04-29"]),
        (30, ["01-30", "02-28", "03-30", "04-30"]),
        (31, ["01-31", "02-28", "03-31", "04-30"]),
    ],
)
def test_a_month_without_the_day_has_its_last_one(day, expected):
    found = due(at("09:00", "month", day=day), "UTC", "2026-01-01", 4)
    assert [one[5:10] for one in found] == expected
    [leap] = due(at("09:00", "month", day=day), "UTC", "2028-02-01", 1)
    assert leap[5:10] == f"02-{min(day, 29)}"


def test_a_time_that_does_not_exist_is_the_next_one_that_does():
    assert due(at("02:30"), BERLIN, "2026-03-28 12:00", 2) == [
        "2026-03-29 03:00+02:00",
        "2026-03-30 02:30+02:00",
    ]
    assert due(at("00:30"), HAVANA, "2026-03-07 12:00", 2) == [
        "2026-03-08 01:00-04:00",
        "2026-03-09 00:30-04:00",
    ]
    assert due(at("02:15"), LORD_HOWE, "2026-10-03 12:00", 2) == [
        "2026-10-04 02:30+11:00",
        "2026-10-05 02:15+11:00",
    ]


def test_a_time_that_exists_twice_counts_once():
    assert due(at("02:30"), BERLIN, "2026-10-24 12:00", 2) == [
        "2026-10-25 02:30+02:00",
        "2026-10-26 02:30+01:00",
    ]
    # Begun between the two 02:30s, when the clocks have gone back: the day has had its moment.
    table = read_times(at("02:30"), zone=BERLIN, since=SINCE)
    between = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert table.next_after(between) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_every_hour_keeps_its_pace_when_clocks_change():
    assert due({"every": "hour", "minute": 30}, BERLIN, "2026-10-25 01:45", 3) == [
        "2026-10-25 02:30+02:00",
        "2026-10-25 02:30+01:00",
        "2026-10-25 03:30+01:00",
    ]
    assert due({"every": "hour", "minute": 30}, BERLIN, "2026-03-29 01:00", 3) == [
        "2026-03-29 01:30+01:00",
        "2026-03-29 03:30+02:00",
        "2026-03-29 04:30+02:00",
    ]


def test_minutes_are_counted_from_midnight():
    assert due({"every": "minutes", "minutes": 15}, "Asia/Kolkata", "2026-05-01 09:01", 2) == [
        "2026-05-01 09:15+05:30",
        "2026-05-01 09:30+05:30",
    ]
    found = due({"every": "minutes", "minutes": 90}, BERLIN, "2026-01-01 00:00", 17)
    assert (found[0], found[15], found[16]) == (
        "2026-01-01 01:30+01:00",
        "2026-01-02 00:00+01:00",
        "2026-01-02 01:30+01:00",
    )


def test_a_cron_expression():
    assert due({"every": "cron", "cron": "*/20  8-9 * * MON-FRI"}, BERLIN, "2026-11-20 09:30", 2) == [
        "2026-11-20 09:40+01:00",
        "2026-11-23 08:00+01:00",
    ]
    assert due({"every": "cron", "cron": "0 9 29 2 *"}, "UTC", "2026-01-01", 2) == [
        "2028-02-29 09:00+00:00",
        "2032-02-29 09:00+00:00",
    ]


@pytest.mark.parametrize(
    ("when", "part"),
    [
        ("daily", "when"),
        ({}, "every"),
        ({"every": "year"}, "every"),
        ({"every": ["day"]}, "every"),
        ({"every": "minutes", "minutes": 4}, "minutes"),
        ({"every": "minutes", "minutes": 10_081}, "minutes"),
        ({"every": "minutes", "minutes": True}, "minutes"),
        ({"every": "minutes", "minutes": 15, "at": "09:00"}, "when"),
        ({"every": "hour", "minute": 60}, "minute"),
        ({"every": "day", "at": "24:00"}, "at"),
        ({"every": "day", "at": "9:00"}, "at"),
        ({"every": "day", "at": "٠٩:٠٠"}, "at"),
        ({"every": "week", "at": "09:00", "days": []}, "days"),
        ({"every": "week", "at": "09:00", "days": ["monday"]}, "days"),
        ({"every": "week", "at": "09:00", "days": [["mon"]]}, "days"),
        ({"every": "month", "at": "09:00", "day": 32}, "day"),
        ({"every": "cron", "cron": "@daily"}, "cron"),
        ({"every": "cron", "cron": "0 0 9 * * *"}, "cron"),
        ({"every": "cron", "cron": "0 25 * * *"}, "cron"),
        ({"every": "cron", "cron": "0 0 31 2,4 *"}, "cron"),
        ({"every": "cron", "cron": "0 0 30 2 *"}, "cron"),
        ({"every": "cron", "cron": "* * * * *"}, "cron"),
        ({"every": "cron", "cron": "*/4 9 * * *"}, "cron"),
        ({"every": "cron", "cron": "0,58 0,23 * * *"}, "cron"),
        ({"every": "cron", "cron": "0/7 * * * *"}, "cron"),
        ({"every": "cron", "cron": ","}, "cron"),
    ],
)
def test_what_cannot_be_kept_is_refused(when, part):
    with pytest.raises(BadTimes) as refused:
        read_times(when, zone="UTC", since=SINCE)
    assert refused.value.part == part


@pytest.mark.parametrize("zone", ["", "Europe/Berlín", "../../etc/passwd", "localtime", "europe/berlin"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(BadTimes) as refused:
        read_times(at("09:00"), zone=zone, since=SINCE)
    assert refused.value.part == "timeZone"


def test_moments_come_in_order_and_where_they_are_looked_for():
    """Random timetables: each moment once and in order, the same from wherever one looks, at the wanted local time
    unless the clocks skipped it, and never two on one day that has one."""
    dice = random.Random(SEED)
    print(f"seed {SEED}")
    for _ in range(300):
        zone = dice.choice(
            [BERLIN, HAVANA, LORD_HOWE, "America/New_York", "Pacific/Apia", "UTC", "Asia/Tehran"]
        )
        when = _any_times(dice)
        table = read_times(when, zone=zone, since=SINCE)
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(3 * 366 * 24 * 60))
        found = list(islice(table.after(start), 30))
        assert found[0] > start and all(one < later for one, later in pairwise(found)), (when, zone)
        place = dice.randrange(29)
        assert table.next_after(found[place]) == found[place + 1], (when, zone, start)
        assert table.between(found[place], found[-1]) == found[place:], (when, zone, start)
        if "at" in when:
            for one in found:
                _is_at(one.astimezone(ZoneInfo(zone)), when["at"])
            days = [one.astimezone(ZoneInfo(zone)).date() for one in found]
            assert len(set(days)) == len(days), (when, zone, start)
            assert table.stored() == when | ({"days": list(table.days)} if table.days else {})


def _any_times(dice: random.Random) -> dict[str, Any]:
    clock = f"{dice.randrange(24):02}:{dice.randrange(60):02}"
    kinds: list[dict[str, Any]] = [
        {"every": "minutes", "minutes": dice.randint(5, 2_000)},
        {"every": "hour", "minute": dice.randrange(60)},
        at(f"0{dice.randrange(4)}:{dice.randrange(60):02}"),
        at(clock, "week", days=dice.sample(DAYS, dice.randint(1, 7))),
        at(clock, "month", day=dice.randint(1, 31)),
        {"every": "cron", "cron": f"{dice.randrange(60)} {dice.randrange(24)} * * {dice.randrange(8)}"},
    ]
    return dice.choice(kinds)


def _is_at(local: datetime, clock: str) -> None:
    """At this time of its day, or the first one after a gap that swallowed it."""
    if f"{local:%H:%M}" == clock:
        return
    hour, minute = map(int, clock.split(":"))
    wanted = local.replace(hour=hour, minute=minute, fold=0)
    there = wanted.astimezone(UTC).astimezone(local.tzinfo)
    assert there != wanted, f"{local} is not at {clock}, which exists"
    before = (local.astimezone(UTC) - timedelta(minutes=1)).astimezone(local.tzinfo)
    assert before.utcoffset() != local.utcoffset(), f"{local} is not right behind the gap"

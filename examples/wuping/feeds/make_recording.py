#!/usr/bin/env python3
"""Write recording.csv, the made-up forecast recording of the example site.

Nothing here was measured or forecast by anyone.  The script invents an hourly
"truth" for 2026-09-12 .. 2026-09-26 (+08:00): five hot ozone days, a front
with rain on 09-17, then a cool stagnant stretch with rising PM2.5.  On top of it
lie 24 forecast runs (07:00 and 19:00, 09-12 .. 09-23), 72 hours each.  A run
departs from the truth by a smooth first-order autoregressive error whose
standard deviation grows with lead: about 4 % at 24 h, 8 % at 48 h, 12 % at 72 h
(half of that for the weather columns).

Standard library only.  Run number n (from 0) uses the seed SEED + n, so running the
script again rewrites recording.csv next to it byte for byte.  An hour is named
by its start.  Concentrations are in ug/m3, CO in mg/m3.
"""

import math
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

SEED = 20260912
ZONE = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2026, 9, 12, tzinfo=ZONE)
RUNS = 24
LEADS = 72
MEMORY = 0.98  # hour-to-hour correlation of the error
HEADER = (
    "issued,time,region,pm25,pm10,so2,no2,co,o3,"
    "temperature,humidity,wind,precipitation,radiation,mixing_height"
)

# One row a day, 09-12 .. 09-26:
# ozone 8 h maximum, ozone at night, PM2.5, NO2, temperature min and max,
# humidity min and max, wind min and max, noon radiation, mixing height min and max
DAYS = [
    (175, 40, 33, 24, 23.6, 34.4, 42, 78, 1.2, 1.9, 790, 220, 1500),
    (205, 46, 36, 26, 24.3, 35.6, 38, 75, 1.1, 1.8, 820, 210, 1650),
    (232, 53, 40, 28, 25.2, 36.9, 34, 72, 1.0, 1.6, 840, 200, 1800),
    (222, 56, 42, 29, 25.4, 36.5, 35, 73, 1.0, 1.7, 830, 200, 1760),
    (181, 50, 38, 27, 24.8, 34.6, 44, 80, 1.1, 2.0, 740, 230, 1450),
    (85, 34, 19, 19, 19.2, 23.8, 78, 95, 1.8, 3.8, 190, 380, 780),
    (68, 20, 40, 30, 15.6, 21.4, 77, 92, 0.7, 1.3, 260, 150, 450),
    (76, 18, 49, 34, 14.9, 20.8, 77, 93, 0.6, 1.1, 270, 130, 420),
    (87, 17, 60, 39, 14.3, 20.5, 76, 93, 0.5, 1.0, 290, 115, 390),
    (97, 16, 73, 44, 13.9, 20.4, 76, 94, 0.5, 0.9, 300, 105, 360),
    (107, 15, 86, 48, 13.8, 20.6, 76, 94, 0.4, 0.9, 310, 100, 345),
    (101, 16, 98, 51, 13.9, 20.2, 77, 95, 0.4, 0.8, 285, 100, 335),
    (86, 18, 82, 45, 14.2, 19.9, 78, 94, 0.5, 1.0, 260, 115, 370),
    (74, 20, 61, 36, 14.5, 20.3, 77, 92, 0.8, 1.3, 270, 140, 430),
    (66, 21, 48, 31, 14.8, 20.9, 76, 91, 0.9, 1.3, 280, 150, 450),
]
RAIN = {  # hour of 09-17 -> mm
    3: 0.4, 4: 1.2, 5: 2.6, 6: 3.8, 7: 4.4, 8: 3.5, 9: 2.7, 10: 2.1,
    11: 1.6, 12: 0.9, 13: 0.6, 14: 0.8, 15: 1.1, 16: 0.7, 17: 0.3,
}
RAIN_DAY = 5


def level(column, hour):
    """A daily figure at an hour, joined from noon to noon."""
    x = (hour - 12) / 24
    day = math.floor(x)
    share = x - day
    last = len(DAYS) - 1
    a = DAYS[min(max(day, 0), last)][column]
    b = DAYS[min(max(day + 1, 0), last)][column]
    return a + (b - a) * share


def bell(clock, first, peak, last):
    """0 at first and last, 1 at peak, smooth between."""
    if not first < clock < last:
        return 0.0
    side = (clock - first) / (peak - first) if clock <= peak else (last - clock) / (last - peak)
    return math.sin(math.pi / 2 * side) ** 2


def max_8h(values):
    return max(sum(values[i : i + 8]) / 8 for i in range(len(values) - 7))


def ozone_day(day):
    """Hourly ozone whose largest 8-hour mean within the day is the given one."""
    base = [level(1, day * 24 + h) - 5 * bell(h, 4, 7, 10) for h in range(24)]
    shape = [bell(h, 7, 15, 23) for h in range(24)]
    low, high = 0.0, 400.0
    for _ in range(60):
        mid = (low + high) / 2
        if max_8h([b + mid * s for b, s in zip(base, shape)]) < DAYS[day][0]:
            low = mid
        else:
            high = mid
    return [b + low * s for b, s in zip(base, shape)]


def truth():
    hours = []
    for day, row in enumerate(DAYS):
        ozone = ozone_day(day)
        for h in range(24):
            t = day * 24 + h
            warm = bell(h, 5, 15, 30) if h >= 5 else bell(h + 24, 5, 15, 30)
            rush = bell(h, 5, 8, 12) + bell(h, 16, 20, 25)
            rain = RAIN.get(h, 0.0) if day == RAIN_DAY else 0.0
            pm25 = level(2, t) * (1 + 0.07 * math.cos(2 * math.pi * (h - 4) / 24))
            no2 = level(3, t) * (0.85 + 0.45 * rush - 0.25 * bell(h, 9, 14, 18))
            mixed = bell(h, 7, 15, 21)
            hours.append({
                "pm25": pm25,
                "pm10": pm25 * (1.50 + 0.10 * bell(h, 6, 10, 20)) + 3,
                "so2": 5 + 0.10 * no2 + 3 * bell(h, 7, 11, 17),
                "no2": no2,
                "co": 0.30 + 0.008 * pm25 + 0.10 * rush,
                "o3": ozone[h],
                "temperature": level(4, t) + (level(5, t) - level(4, t)) * warm,
                "humidity": level(7, t) - (level(7, t) - level(6, t)) * warm,
                "wind": row[8] + (row[9] - row[8]) * bell(h, 6, 14, 22),
                "precipitation": rain,
                "radiation": row[10] * bell(h, 5, 12, 19),
                "mixing_height": row[11] + (row[12] - row[11]) * mixed,
            })
    return hours


def normal(rng):
    """Near-normal from plain sums, the same on every machine."""
    return sum(rng.random() for _ in range(12)) - 6


def error(rng):
    """A relative error for each lead, growing with lead."""
    state = normal(rng)
    out = []
    for lead in range(LEADS):
        out.append(max(-2.2, min(2.2, state)) * (0.005 + 0.04 * lead / 24))
        state = MEMORY * state + math.sqrt(1 - MEMORY**2) * normal(rng)
    return out


def rows():
    hours = truth()
    for n in range(RUNS):
        rng = random.Random(SEED + n)
        start = 7 + 12 * n
        issued = FIRST_DAY + timedelta(hours=start)
        dust, gas, ozone, heat, air, water = (error(rng) for _ in range(6))
        for k in range(LEADS):
            v = hours[start + k]
            values = (
                f"{v['pm25'] * (1 + dust[k]):.0f}",
                f"{v['pm10'] * (1 + dust[k]):.0f}",
                f"{v['so2'] * (1 + gas[k]):.0f}",
                f"{v['no2'] * (1 + gas[k]):.0f}",
                f"{v['co'] * (1 + gas[k] / 2):.1f}",
                f"{v['o3'] * (1 + ozone[k]):.0f}",
                f"{v['temperature'] + 10 * heat[k]:.1f}",
                f"{min(98.0, v['humidity'] * (1 - heat[k] / 2)):.0f}",
                f"{v['wind'] * (1 + air[k] / 2):.1f}",
                f"{v['precipitation'] * (1 + 2 * water[k]):.1f}",
                f"{v['radiation'] * (1 + heat[k] / 2):.0f}",
                f"{v['mixing_height'] * (1 + air[k] / 2):.0f}",
            )
            time = issued + timedelta(hours=k)
            yield ",".join((issued.isoformat(), time.isoformat(), "wuping", *values))


def main():
    text = "\n".join([HEADER, *rows()]) + "\n"
    Path(__file__).with_name("recording.csv").write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    main()

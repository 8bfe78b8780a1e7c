#!/usr/bin/env python3
"""Write month.csv, a made-up month of hourly values at two stations.

Nothing here was measured by anyone. September 2026 (+08:00): a hot spell with ozone above its limits in the first half,
still air with rising particles in the second, up to heavy pollution; station two is later and a little cleaner, and
lacks some hours. Standard library only; running it again writes the same bytes. An hour is named by its start.
Concentrations in ug/m3, CO in mg/m3.
"""

import math
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

ZONE = timezone(timedelta(hours=8))
FIRST = datetime(2026, 9, 1, tzinfo=ZONE)
# One figure a day: the ozone peak, the mean of PM2.5, wind in m/s, the highest mixing height.
OZONE = [120, 150, 178, 205, 272, 290, 268, 190, 160, 128, 96, 140, 185, 212, 176, 150, 118, 90, 74, 66, 60, 58, 62, 70, 84, 96, 110, 122, 118, 104]
PM25 = [28, 31, 36, 40, 44, 46, 43, 38, 33, 26, 18, 24, 33, 40, 37, 34, 42, 58, 74, 96, 124, 152, 171, 188, 164, 122, 88, 54, 36, 30]
WIND = [2.4, 2.1, 1.8, 1.6, 1.5, 1.4, 1.6, 1.9, 2.3, 2.8, 4.1, 3.0, 2.0, 1.7, 1.8, 1.9, 1.4, 1.1, 0.9, 0.8, 0.7, 0.6, 0.6, 0.7, 0.8, 1.0, 1.5, 2.6, 3.1, 2.7]
MIXED = [1500, 1550, 1650, 1750, 1800, 1850, 1700, 1600, 1500, 1200, 900, 1300, 1600, 1700, 1500, 1300, 1000, 760, 580, 520, 470, 430, 420, 450, 520, 640, 900, 1300, 1500, 1400]
HEADER = "time,region,pm25,pm10,so2,no2,co,o3,temperature,wind,mixing_height"


def bell(clock):
    """0 by night, 1 at 15 o'clock."""
    return max(0.0, math.sin(math.pi * (clock - 8) / 14)) ** 2 if 8 < clock < 22 else 0.0


def rows(region, shift, share, seed):
    noise = random.Random(seed)
    for hour in range(30 * 24):
        day, clock = divmod(hour, 24)
        at = min(max(day - shift, 0), 29)
        wave = 1 + 0.12 * math.cos(math.pi * (clock - 23) / 12)
        o3 = 28 + (OZONE[at] * share - 28) * bell(clock) * 1.12 + noise.uniform(-4, 4)
        pm25 = PM25[at] * share * wave + noise.uniform(-3, 3)
        cells = [
            round(max(pm25, 3), 1), round(max(pm25 * 1.35 + 14 + noise.uniform(-5, 5), 5), 1),
            round(8 + noise.uniform(-2, 2), 1), round(26 + 14 * wave + noise.uniform(-4, 4), 1),
            round(0.5 + pm25 / 160 + noise.uniform(-0.05, 0.05), 2), round(max(o3, 4), 1),
            round(19 + 9 * bell(clock) + noise.uniform(-1, 1), 1),
            round(max(WIND[at] * (0.8 + 0.4 * bell(clock)) + noise.uniform(-0.1, 0.1), 0.1), 1),
            round(180 + (MIXED[at] - 180) * bell(clock)),
        ]
        if shift and 250 <= hour < 262:
            cells[0] = cells[5] = ""
        if shift and hour % 97 == 0:
            cells = [""] * len(cells)
        time = (FIRST + timedelta(hours=hour)).isoformat()
        yield ",".join([time, region, *map(str, cells)])


def main():
    lines = [HEADER, *rows("one", 0, 1.0, 1), *rows("two", 1, 0.93, 2)]
    Path(__file__).with_name("month.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()

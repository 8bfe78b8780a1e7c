#!/usr/bin/env python3
"""Writes an instance of a township's size: make.py FOLDER [--enterprises N] [--days D] [--step 60|30] [--regions R]
[--seed S] [--no-caps] [--tight X]. The same words give the same files.

Three processes an enterprise: ovens and booths that stop and go, and batches; the caps lie a little above what runs on
average, below it in the hours of the most ozone, and `--tight` below 1 lowers all of them."""
import argparse, csv, json, math, os, random

from plan import COLUMNS


def row_of(rnd, number, region, allowed, slots_per_hour):
    """A process; the hours it is on and how often it starts a day."""
    batch, begin = rnd.random() < 0.4, rnd.randint(6, 10)
    power = round(math.exp(rnd.uniform(2.5, 5.2)), 1)
    row = dict.fromkeys(COLUMNS, "")
    row.update(id=number, enterprise=number.split("-")[0], region=region, kind="batch" if batch else "interruptible",
               voc=round(rnd.triangular(0.2, 4.5, 0.9), 3), nox=round(rnd.uniform(0.2, 1.6), 3) if rnd.random() < 0.35 else 0,
               reactivity=round(rnd.uniform(0.4, 2.1), 2), power=power, start_cost=round(rnd.triangular(4, 110, 30), 1),
               disruption=round(0.05 * power, 2), allowed=allowed, usual=f"{begin:02d}-{begin + rnd.randint(7, 11):02d}")
    if batch:
        length = rnd.randint(2, 4)
        count = rnd.randint(1, 9 // length)
        row.update(duration=length * slots_per_hour, batches_per_day=count)
        return row, length * count, count
    least, pause = rnd.randint(1, 3), rnd.randint(1, 2)
    hours = rnd.randint(4, 12)
    row.update(slots_per_day=hours * slots_per_hour, min_on=least * slots_per_hour, min_off=pause * slots_per_hour)
    return row, hours, 1.4


def main():
    args = argparse.ArgumentParser()
    args.add_argument("folder")
    for name, usual in ("enterprises", 30), ("days", 3), ("regions", 3), ("seed", 1):
        args.add_argument(f"--{name}", type=int, default=usual)
    args.add_argument("--step", type=int, default=60, choices=[30, 60])
    args.add_argument("--no-caps", action="store_true")
    args.add_argument("--tight", type=float, default=1.0)
    given = args.parse_args()
    rnd = random.Random(given.seed)
    slots_per_hour = 60 // given.step
    day = 24 * slots_per_hour
    slots = day * given.days
    hour = [slot // slots_per_hour % 24 for slot in range(slots)]
    regions = [f"v{number}" for number in range(given.regions)]
    rows, load = [], {region: dict(voc=0.0, nox=0.0, starts=0.0) for region in regions}
    for enterprise in range(given.enterprises):
        region, allowed = rnd.choice(regions), rnd.choice(["", "", "06-23", "00-04;07-24"])
        for process in range(3):
            row, busy, starts = row_of(rnd, f"q{enterprise}-{process}", region, allowed, slots_per_hour)
            rows.append(row)
            for kind in "voc", "nox":
                load[region][kind] += row[kind] * busy / 24
            load[region]["starts"] += starts / day
    caps = []
    for region in regions if not given.no_caps else []:
        by_hour = lambda kind, by_day, by_night: [
            round(given.tight * load[region][kind] * (by_day if 9 <= h < 17 else by_night), 3) for h in hour]
        caps.append(dict(kind="voc", region=region, limit=by_hour("voc", 0.9, 1.3)))
        caps.append(dict(kind="nox", region=region, limit=by_hour("nox", 1.2, 1.2)))
        caps.append(dict(kind="starts", region=region, limit=[math.ceil(given.tight * load[region]["starts"] * 2.5) + 1] * slots))
    wave = lambda low, high, peak: [round(low + (high - low) * (1 + math.cos((h - peak) * math.pi / 12)) / 2, 3) for h in hour]
    price = [0.32 if h < 7 or h == 23 else 1.05 if h in (10, 11, 15, 16, 19, 20) else 0.62 for h in hour]
    outline = dict(start="2026-07-14T00:00:00+08:00", step_minutes=given.step, slots=slots, slots_per_day=day, regions=regions,
                   weights=dict(voc=wave(0.08, 0.97, 10), nox=wave(0.03, 0.94, 8)), price=price,
                   objective=dict(ozone=20.0, overage=400.0), caps=caps)
    os.makedirs(given.folder, exist_ok=True)
    with open(os.path.join(given.folder, "instance.json"), "w") as file:
        json.dump(outline, file)
    with open(os.path.join(given.folder, "processes.csv"), "w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=COLUMNS)
        table.writeheader()
        table.writerows(rows)


main()

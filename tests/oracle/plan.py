#!/usr/bin/env python3
"""Small planning instances solved exactly by HiGHS (scipy's milp), against the program's plans and bounds.

plan.py PROGRAM FOLDER --count N --seed S [--day SLOTS] [--days D] [--no-caps] [--strict]

Writes N random instances as files, has PROGRAM plan each, and solves each from the files alone, by a formulation that
shares nothing with the program's solver: on, start and stop of every slot as variables, caps as soft rows. Then holds:
bound <= optimum <= plan; without caps optimum = plan; the program calls impossible exactly what HiGHS calls infeasible;
with --strict, the bound on emission and excess <= their optimum <= what the plan has of them. Prints a line of JSON with
counts; exits 1 with the reasons if any of this fails."""
import argparse, csv, json, os, random, subprocess, sys

import numpy
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

COLUMNS = ("id enterprise region kind slots_per_day duration batches_per_day min_on min_off voc nox reactivity power "
           "start_cost disruption allowed usual").split()


def instance(rnd, folder, day, days, capped):
    """Writes one instance; its figures are rough, so that caps bind and some processes can't be scheduled."""
    slots, per_hour = day * days, day / 24
    regions = ["a", "b"][:rnd.randint(1, 2)]
    hours = lambda low, high: f"{low:02d}-{high:02d}"
    step = 24 // day if day <= 24 else 1  # clock hours of a slot, where a slot is an hour or longer
    rows, load = [], {}
    for number in range(rnd.randint(2, 4)):
        region, kind = rnd.choice(regions), rnd.choices(["interruptible", "batch", "fixed"], [5, 4, 1])[0]
        voc = round(rnd.uniform(0.2, 4), 3)
        row = dict.fromkeys(COLUMNS, "")
        begin = rnd.randrange(0, 24, step)
        row.update(id=f"p{number}", enterprise=f"e{number}", region=region, kind=kind, voc=voc,
                   nox=rnd.choice(["", 0, round(rnd.uniform(0.1, 2), 3)]), reactivity=round(rnd.uniform(0.3, 2), 3),
                   power=round(rnd.uniform(5, 200), 2), start_cost=round(rnd.uniform(0, 60), 2),
                   disruption=round(rnd.uniform(0, 8), 3),
                   allowed=rnd.choice(["", "", hours(4 * step % 24, 24), f"{hours(0, step)};{hours(2 * step % 24, 24)}"]),
                   usual=hours(begin, min(24, begin + step * rnd.randint(2, max(2, day // 3)))))
        if kind == "interruptible":
            needs = rnd.randint(1, max(1, day // 2))
            row.update(slots_per_day=needs, min_on=rnd.randint(1, 3), min_off=rnd.randint(1, 3))
        elif kind == "batch":
            count, duration = rnd.randint(1, 2), rnd.randint(1, max(1, day // 4))
            row.update(duration=duration, batches_per_day=count)
            needs = count * duration
        else:
            needs = day // 3
        load[region] = load.get(region, 0) + voc * needs / day
        rows.append(row)
    caps = []
    for region in regions if capped else []:
        mean = load.get(region, 0)
        for kind, limit in ("voc", 1.2 * mean), ("nox", 1.0), ("power", 150.0), ("starts", 1.0):
            if rnd.random() < 0.6:
                row = [round(limit * rnd.uniform(0.5, 1.5), 3) if rnd.random() < 0.85 else None for _ in range(slots)]
                caps.append(dict(kind=kind, region=region, limit=row))
    row = lambda low, high: [round(rnd.uniform(low, high), 3) for _ in range(slots)]
    outline = dict(start="2026-07-14T00:00:00+08:00", step_minutes=24 * 60 // day, slots=slots, slots_per_day=day,
                   regions=regions, weights=dict(voc=row(0.05, 1), nox=row(0.02, 1)), price=row(0.3, 1.2),
                   objective=dict(ozone=20.0, overage=round(rnd.uniform(20, 400), 1)), caps=caps)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "instance.json"), "w") as file:
        json.dump(outline, file)
    with open(os.path.join(folder, "processes.csv"), "w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=COLUMNS)
        table.writeheader()
        table.writerows(rows)


def clock_hours(text, empty):
    if not text:
        return set(range(24)) if empty else set()
    out = set()
    for part in text.split(";"):
        low, high = map(int, part.split("-"))
        out |= set(range(low, high)) if low < high else set(range(low, 24)) | set(range(high))
    return out


class Model:
    """A mixed-integer programme under construction."""

    def __init__(self):
        self.cost, self.whole, self.high = [], [], []
        self.cells, self.low, self.up = [], [], []

    def variable(self, cost=0.0, whole=True, high=1.0):
        self.cost.append(cost), self.whole.append(int(whole)), self.high.append(high)
        return len(self.cost) - 1

    def row(self, terms, low=-numpy.inf, up=numpy.inf):
        self.cells += [(len(self.low), variable, factor) for variable, factor in terms]
        self.low.append(low), self.up.append(up)

    def least(self):
        rows, columns, values = zip(*self.cells)
        matrix = csr_matrix((values, (rows, columns)), shape=(len(self.low), len(self.cost)))
        found = milp(numpy.array(self.cost), integrality=numpy.array(self.whole), bounds=Bounds(0, numpy.array(self.high)),
                     constraints=LinearConstraint(matrix, self.low, self.up), options=dict(mip_rel_gap=0.0, time_limit=120))
        if found.status == 2:
            return None
        assert found.status == 0, found.message
        return found.fun


def read(folder):
    """Outline and processes of an instance."""
    with open(os.path.join(folder, "instance.json")) as file:
        outline = json.load(file)
    with open(os.path.join(folder, "processes.csv"), newline="") as file:
        return outline, list(csv.DictReader(file))


def costs(outline, row):
    """What a process costs in each slot that it is on: by ozone, by energy, by disruption."""
    hours = outline["step_minutes"] / 60
    figure = lambda name: float(row[name] or 0)
    usual = [int(slot * hours) % 24 in clock_hours(row["usual"], False) for slot in range(outline["slots"])]
    weights = zip(outline["weights"]["voc"], outline["weights"]["nox"], outline["price"], usual)
    return [(hours * outline["objective"]["ozone"] * (figure("voc") * figure("reactivity") * voc + figure("nox") * nox),
             hours * figure("power") * price, 0.0 if own else hours * figure("disruption"))
            for voc, nox, price, own in weights]


def add(model, outline, row, cost, start):
    """Puts a process into a programme, at a cost for each slot on and for each start; its variables on and begins."""
    slots, day, hours = outline["slots"], outline["slots_per_day"], outline["step_minutes"] / 60
    whole = lambda name: int(row[name] or 0)
    clock = [int(slot * hours) % 24 for slot in range(slots)]
    usual = [hour in clock_hours(row["usual"], False) for hour in clock]
    open_to = [hour in clock_hours(row["allowed"], True) for hour in clock]
    on = [model.variable(cost[slot]) for slot in range(slots)]
    begins = [model.variable(start[slot]) for slot in range(slots)]
    days = [range(first, first + day) for first in range(0, slots, day)]
    if row["kind"] != "fixed":
        for slot in range(slots):
            if not open_to[slot]:
                model.row([(on[slot], 1)], up=0)
    if row["kind"] == "batch":
        length = whole("duration")
        for slot in range(slots):
            # On where a batch that began in the last slots still runs; two at once would be more than on.
            model.row([(on[slot], 1)] + [(begins[at], -1) for at in range(max(0, slot - length + 1), slot + 1)], 0, 0)
            if slot + length > slots:
                model.row([(begins[slot], 1)], up=0)
        for each in days:
            model.row([(begins[slot], 1) for slot in each], whole("batches_per_day"), whole("batches_per_day"))
        return on, begins
    ends = [model.variable() for _ in range(slots)]
    for slot in range(slots):
        before = [(on[slot - 1], 1)] if slot else []
        model.row([(begins[slot], 1), (ends[slot], -1), (on[slot], -1)] + before, 0, 0)
        model.row([(begins[slot], 1), (ends[slot], 1)], up=1)
    if row["kind"] == "fixed":
        for slot in range(slots):
            model.row([(on[slot], 1)], int(usual[slot]), int(usual[slot]))
        return on, begins
    for slot in range(slots):
        ran = range(max(0, slot - max(whole("min_on"), 1) + 1), slot + 1)
        stood = range(max(0, slot - max(whole("min_off"), 1) + 1), slot + 1)
        model.row([(on[slot], -1)] + [(begins[at], 1) for at in ran], up=0)
        model.row([(on[slot], 1)] + [(ends[at], 1) for at in stood], up=1)
    for each in days:
        model.row([(on[slot], 1) for slot in each], whole("slots_per_day"), whole("slots_per_day"))
    return on, begins


def optimum(folder, emission_only=False):
    """The least objective of an instance; none where no plan keeps the rules."""
    outline, rows = read(folder)
    slots = range(outline["slots"])
    counts = 0.0 if emission_only else 1.0
    model, loads = Model(), {}
    for row in rows:
        figure = lambda name: float(row[name] or 0)
        cost = [ozone + counts * (energy + disruption) for ozone, energy, disruption in costs(outline, row)]
        on, begins = add(model, outline, row, cost, [counts * figure("start_cost")] * len(slots))
        for kind in ("voc", "nox", "power", "starts"):
            for slot in slots:
                term = (begins[slot], 1.0) if kind == "starts" else (on[slot], figure(kind))
                loads.setdefault((kind, row["region"], slot), []).append(term)
    for cap in outline["caps"]:
        for slot, limit in enumerate(cap["limit"]):
            if limit is not None:
                over = model.variable(outline["objective"]["overage"], whole=False, high=numpy.inf)
                terms = loads.get((cap["kind"], cap["region"], slot), [])
                model.row(terms + [(over, -1.0)], up=limit)
    return model.least()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("folder")
    args.add_argument("--count", type=int, default=100)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--day", type=int, default=12, choices=[4, 6, 8, 12, 24], help="slots of a day")
    args.add_argument("--days", type=int, default=2)
    args.add_argument("--no-caps", action="store_true")
    args.add_argument("--strict", action="store_true")
    given = args.parse_args()
    rnd = random.Random(given.seed)
    wrong, impossible, met, worst = [], 0, 0, 0.0
    for number in range(given.count):
        folder, out = os.path.join(given.folder, str(number)), os.path.join(given.folder, f"{number}.json")
        instance(rnd, folder, given.day, given.days, not given.no_caps)
        command = [given.program, "plan", "solve", "--instance", folder, "--out", out] + ["--strict"] * given.strict
        ran = subprocess.run(command, capture_output=True, text=True)
        least = optimum(folder, emission_only=given.strict)
        if least is None or ran.returncode == 1:
            impossible += 1
            if not (least is None and ran.returncode == 1):
                wrong.append(f"{number}: HiGHS finds {least}, the program {ran.stdout}")
            continue
        if ran.returncode:
            wrong.append(f"{number}: {ran.stdout}{ran.stderr}")
            continue
        with open(out) as file:
            plan = json.load(file)
        parts, near = plan["parts"], 1e-6 * max(1.0, abs(least))
        value, bound = plan["objective"], plan["bound"]
        if given.strict:
            value, bound = parts["ozone"] + parts["overage"], plan["least_emission"]
        if bound > least + near:
            wrong.append(f"{number}: bound {bound} above the optimum {least}")
        if value < least - near:
            wrong.append(f"{number}: plan {value} below the optimum {least}")
        within = least + near + (0.00101 * max(1.0, least) if given.strict else 0.0)
        if given.no_caps and value > within:
            wrong.append(f"{number}: plan {value} without caps, the optimum is {least}")
        met += value <= within
        worst = max(worst, (value - least) / max(1.0, abs(least)))
    print("\n".join(wrong[:20]), file=sys.stderr)
    print(json.dumps(dict(instances=given.count, impossible=impossible, met=met, worst=worst)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

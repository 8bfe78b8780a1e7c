#!/usr/bin/env python3
"""Judges a plan from files alone: judge.py FOLDER PLAN.json. Exits 1 with the reasons where something that the plan says
is not so: a process that breaks its own rules, an objective that does not add up, a bound that does not follow from the
prices beside it (each process at those prices is solved by HiGHS), a gap that is smaller than the true one."""
import json, math, sys

from plan import Model, add, clock_hours, costs, read


def runs(on):
    """Half-open ranges of equal slots with whether they are on."""
    out, begin = [], 0
    for slot in range(1, len(on) + 1):
        if slot == len(on) or on[slot] != on[begin]:
            out.append((begin, slot, on[begin]))
            begin = slot
    return out


def broken(outline, row, on):
    """Why a process may not run like this."""
    slots, day = outline["slots"], outline["slots_per_day"]
    whole = lambda name: int(row[name] or 0)
    clock = [slot * outline["step_minutes"] // 60 % 24 for slot in range(slots)]
    if row["kind"] == "fixed":
        return [] if on == [hour in clock_hours(row["usual"], False) for hour in clock] else ["not at its usual hours"]
    why = [f"on in slot {slot}, which is closed to it" for slot in range(slots)
           if on[slot] and clock[slot] not in clock_hours(row["allowed"], True)]
    if row["kind"] == "batch":
        why += [f"{low}-{high} is no whole number of batches" for low, high, is_on in runs(on)
                if is_on and (high - low) % whole("duration")]
        count, needed, what = starts(row, on), whole("batches_per_day"), "batches"
    else:
        for low, high, is_on in runs(on):
            if is_on and high < slots and high - low < whole("min_on"):
                why.append(f"on from {low} to {high} alone")
            if not is_on and low > 0 and high < slots and high - low < whole("min_off"):
                why.append(f"off from {low} to {high} alone")
        count, needed, what = [slot for slot in range(slots) if on[slot]], whole("slots_per_day"), "slots"
    for first in range(0, slots, day):
        there = sum(first <= slot < first + day for slot in count)
        if there != needed:
            why.append(f"{there} {what} in the day from slot {first}, {needed} are needed")
    return why


def starts(row, on):
    """Slots in which it starts; of a run of batches, each."""
    step = int(row["duration"] or 0) if row["kind"] == "batch" else len(on)
    return [slot for low, high, is_on in runs(on) if is_on for slot in range(low, high, step)]


def bound_at(outline, rows, prices):
    """What every plan costs at least, by these prices of the caps."""
    slots, total = range(outline["slots"]), 0.0
    for cap in outline["caps"]:
        price = prices.get((cap["kind"], cap["region"]), [0.0] * len(slots))
        total -= sum(price[slot] * limit for slot, limit in enumerate(cap["limit"]) if limit is not None)
    for row in rows:
        figure = lambda name: float(row[name] or 0)
        priced = lambda kind, slot: prices.get((kind, row["region"]), {slot: 0.0})[slot]
        cost = [sum(parts) + sum(figure(kind) * priced(kind, slot) for kind in ("voc", "nox", "power"))
                for slot, parts in enumerate(costs(outline, row))]
        model = Model()
        add(model, outline, row, cost, [figure("start_cost") + priced("starts", slot) for slot in slots])
        total += model.least()
    return total


def judged(outline, rows, plan):
    slots, wrong = outline["slots"], []
    same = lambda one, other: abs(one - other) <= 1e-6 * max(1.0, abs(one), abs(other))
    known = {row["id"] for row in rows}
    named = [entry["id"] for entry in plan["schedule"]]
    if len(set(named)) < len(named) or not set(named) <= known:
        wrong.append("a process is named twice, or is none")
    schedule = {entry["id"]: entry["on"] for entry in plan["schedule"]}
    parts, load = dict(ozone=0.0, energy=0.0, starts=0.0, disruption=0.0, overage=0.0), {}
    for row in rows:
        ranges = schedule.get(row["id"], [])
        on = [any(low <= slot < high for low, high in ranges) for slot in range(slots)]
        wrong += [f"{row['id']}: {why}" for why in broken(outline, row, on)]
        for slot, (ozone, energy, disruption) in enumerate(costs(outline, row)):
            if on[slot]:
                parts["ozone"] += ozone
                parts["energy"] += energy
                parts["disruption"] += disruption
                for kind in "voc", "nox", "power":
                    load[kind, row["region"], slot] = load.get((kind, row["region"], slot), 0.0) + float(row[kind] or 0)
        for slot in starts(row, on):
            parts["starts"] += float(row["start_cost"] or 0)
            load["starts", row["region"], slot] = load.get(("starts", row["region"], slot), 0) + 1
    over = sum(max(0.0, load.get((cap["kind"], cap["region"], slot), 0.0) - limit)
               for cap in outline["caps"] for slot, limit in enumerate(cap["limit"]) if limit is not None)
    most = outline["objective"]["overage"]
    parts["overage"] = most * over
    objective = sum(parts.values())
    for name, value in dict(parts, objective=objective).items():
        said = plan["objective"] if name == "objective" else plan["parts"][name]
        if not math.isfinite(said) or not same(said, value):
            wrong.append(f"{name} is {value}, the plan says {said}")
    prices, capped = {}, {(cap["kind"], cap["region"]): cap["limit"] for cap in outline["caps"]}
    for entry in plan["multipliers"]:
        cap, values = (entry["kind"], entry["region"]), entry["values"]
        sound = cap in capped and cap not in prices and len(values) == slots and all(
            -1e-9 <= value <= most + 1e-9 and (limit is not None or value <= 1e-9)
            for value, limit in zip(values, capped[cap]))
        if not sound:
            wrong.append(f"prices of {cap}: of no cap, twice, of a wrong length or outside 0 to {most}")
        else:
            prices[cap] = values
    bound = bound_at(outline, rows, prices)
    if not math.isfinite(plan["bound"]) or plan["bound"] > bound + 1e-6 * max(1.0, abs(bound)):
        wrong.append(f"the bound is {bound}, the plan says {plan['bound']}")
    gap = (objective - bound) / objective if objective else 0.0
    if not plan["gap"] >= gap - 1e-6:
        wrong.append(f"the gap is {gap}, the plan says {plan['gap']}")
    return wrong


def main():
    folder, path = sys.argv[1:]
    with open(path) as file:
        plan = json.load(file)
    wrong = judged(*read(folder), plan)
    print("\n".join(wrong[:20]))
    sys.exit(1 if wrong else 0)


main()

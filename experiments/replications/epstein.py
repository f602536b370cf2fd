"""Epstein 2002, PNAS 99 suppl. 3: what Models I and II show in the paper, and here."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from experiments.replications.claim import THREE_ERRORS, Claim, far_apart, spread
from sim.classics import epstein
from sim.classics.epstein import AS_PRINTED, ROUNDED_DOWN, RUNS, Inputs, Society
from sim.classics.lattice import count
from sim.ground.draw import run_key

SEEDS = range(20)
PAIRS = range(60)  # of runs with small steps and one jump: their outcomes differ more than others do
ACTIVE, BLUE, GREEN, JAILED, _ = range(5)
OUTBURST = 50  # rebels; the paper's bound
CHANGE = 77  # tick at which legitimacy changes; Figs. 9 and 10
CAP = 3000  # ticks; the paper waits 15,000
DENSITIES, RUNS_EACH = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1), 50  # the paper: 0 to 0.1 by 0.002, 50 runs each
DEPLOYED, LOOKED_AT = 50, 150  # ticks; Fig. 14 deploys at 50


def society(inputs: Inputs, seed: int, rounding: Any = ROUNDED_DOWN) -> Society:
    """A run of these replications."""
    return Society(inputs, run_key(2002, 0, seed), rounding)


def outbursts(active: Any) -> tuple[list[int], list[int]]:
    """(rebels summed over each outburst, ticks from one's end to the next one's start), as the paper counts them."""
    totals, waits, ended, total = [], [], 0, 0
    for tick, rebels in enumerate(active, start=1):
        if total == 0 and rebels > OUTBURST:
            if totals:
                waits.append(tick - ended)
            total = int(rebels)
        elif total and rebels >= OUTBURST:
            total += int(rebels)
        elif total:
            totals.append(total)
            ended, total = tick, 0
    return totals, waits


def claims() -> list[Claim]:
    """All, in the paper's order."""
    return [
        *punctuated(),
        as_printed(),
        *legitimacy(),
        fewer_cops(),
        coexistence(),
        cleansing(),
        nasty_regime(),
        *safe_havens(),
        *time_bought(),
    ]


def punctuated() -> list[Claim]:
    """Run 2."""
    runs = [society(RUNS[2], seed).run(CAP)[:, ACTIVE] for seed in SEEDS]
    found = [outbursts(run) for run in runs]
    totals = [one for many, _ in found for one in many]
    waits = [one for _, many in found for one in many]
    calm = [float((run < 10).mean()) for run in runs]
    number = [len(many) for many, _ in found]
    over = f"{len(SEEDS)} runs of {CAP} ticks"
    return [
        Claim(
            "punctuated equilibrium",
            "long calm, broken by outbursts that flare and collapse (Figs. 3, 4)",
            f"outbursts above {OUTBURST} rebels a run, and share of ticks with fewer than 10; {over}",
            "no number; both are seen",
            f"{spread(number)} outbursts; {min(calm):.0%} to {max(calm):.0%} of ticks calm",
            "in each run 10 outbursts or more, and half of the time calm: the words 'punctuated' and 'equilibrium'",
            min(number) >= 10 and min(calm) >= 0.5,
        ),
        Claim(
            "size of outbursts",
            "total activation of an outburst has mean 708 and s.d. 230 (Fig. 7)",
            f"rebels summed over an outburst; {over}",
            "708 +- 230",
            spread(totals),
            "our mean within one published s.d. of the published mean: the paper gives no error of the mean",
            478 <= float(np.mean(totals)) <= 938,
        ),
        Claim(
            "waits between outbursts",
            "waiting times have mean 60 and s.d. 55 (Fig. 5)",
            f"ticks from the end of an outburst to the next; {over}",
            "60 +- 55",
            spread(waits),
            "mean within a quarter of 60: a run of the paper's 100,000 ticks would fix it closer than that",
            45 <= float(np.mean(waits)) <= 75,
        ),
    ]


def as_printed() -> Claim:
    """Run 2 with the arrest rule as it stands in the paper."""
    peaks = [int(society(RUNS[2], seed, AS_PRINTED).run(CAP)[:, ACTIVE].max()) for seed in SEEDS]
    return Claim(
        "the printed rule rebels",
        "P = 1 - exp(-k C / A) gives the outbursts of Run 2 (text and Figs. 3, 4)",
        f"largest number of rebels in a run, C / A not rounded; {len(SEEDS)} runs of {CAP} ticks",
        f"above {OUTBURST}",
        spread(peaks),
        "one outburst in each run: the paper shows dozens",
        min(peaks) > OUTBURST,
    )


@cache
def salami_and_jump(seed: int) -> tuple[int, int, int, int]:
    """(peak of rebels, jailed in the end) after small steps from 0.9 to 0.2, and after one from 0.9 to 0.7."""
    ticks = np.arange(1, 301)
    steps = np.clip(0.9 - 0.01 * (ticks - CHANGE), 0.2, 0.9)
    jump = np.where(ticks < CHANGE, 0.9, 0.7)
    one, other = (society(RUNS[3], seed).run(300, legitimacy=course) for course in (steps, jump))
    return (
        int(one[CHANGE - 1 :, ACTIVE].max()),
        int(one[-1, JAILED]),
        int(other[CHANGE - 1 :, ACTIVE].max()),
        int(other[-1, JAILED]),
    )


def legitimacy() -> list[Claim]:
    """Runs 3 and 4: a larger loss of legitimacy in small steps against a smaller one in one."""
    found = np.array([salami_and_jump(seed) for seed in PAIRS])
    over = f"{len(PAIRS)} pairs of runs of 300 ticks"
    higher, fuller = (found[:, 2] > found[:, 0]).sum(), (found[:, 3] > found[:, 1]).sum()
    quiet, bursts = (found[:, 0] <= OUTBURST).sum(), (found[:, 2] > OUTBURST).sum()
    return [
        Claim(
            "small steps stay quiet",
            "legitimacy lost by a percent a tick, 0.9 to 0.2, gives no spike of rebels (Fig. 9)",
            f"pairs in which rebels stay at {OUTBURST} or below; {over}",
            "one run, no spike",
            f"{quiet} of {len(PAIRS)}",
            "half of the runs: the paper shows one",
            bool(quiet >= 30),
        ),
        Claim(
            "one jump explodes",
            "a smaller loss in one jump, 0.9 to 0.7, gives an explosion (Fig. 10)",
            f"pairs in which rebels exceed {OUTBURST} after the jump; {over}",
            "one run, several hundred rebels",
            f"{bursts} of {len(PAIRS)}",
            "half of the runs: the paper shows one",
            bool(bursts >= 30),
        ),
        Claim(
            "the jump peaks higher",
            "it is the rate of the loss that counts, not its size (Figs. 9, 10)",
            f"pairs in which the peak after the jump is the higher one; {over}",
            "one pair",
            f"{higher} of {len(PAIRS)}",
            "39 of 60: by chance alone once in 70 series of fair coins",
            bool(higher >= 39),
        ),
        Claim(
            "the jump jails more",
            "the jailed after the jump exceed those after small steps (Fig. 10)",
            f"pairs in which more are in jail at tick 300 after the jump; {over}",
            "one pair",
            f"{fuller} of {len(PAIRS)}",
            "39 of 60, as above",
            bool(fuller >= 39),
        ),
    ]


def fewer_cops() -> Claim:
    """Run 5: 118 cops walked down to none from tick 50 to 550."""
    ticks = np.arange(1, 701)
    duty = np.clip(np.round(118 * (1 - (ticks - 50) / 500)), 0, 118).astype(int)
    runs = [society(RUNS[5], seed).run(700, duty=duty)[:, ACTIVE] for seed in SEEDS]
    peaks = [int(run.max()) for run in runs]
    left = [int(duty[np.argmax(run > OUTBURST)]) for run in runs]
    return Claim(
        "fewer cops tip",
        "unlike legitimacy, cops walked down in small steps tip society into rebellion (Fig. 11)",
        f"largest number of rebels a run, and cops left when {OUTBURST} is passed; {len(SEEDS)} runs of 700 ticks",
        "one run, it tips",
        f"peaks {spread(peaks)}; cops left {spread(left)} of 118",
        f"above {OUTBURST} rebels in each run",
        min(peaks) > OUTBURST,
    )


@cache
def ending(inputs: Inputs, seed: int, cap: int, rounding: Any = ROUNDED_DOWN, deployed: int = 0) -> tuple[int, Any]:
    """(ticks until a group was gone or the cap, last row); cops arrive at `deployed`."""
    one = society(inputs, seed, rounding)
    duty = np.where(np.arange(1, cap + 1) < deployed, 0, one.cops)
    series = one.run(cap, duty=duty, until_one_is_gone=True)
    return len(series), series[-1]


def coexistence() -> Claim:
    """Run 6."""
    rebels = [int(society(RUNS[6], seed).run(1000)[:, ACTIVE].sum()) for seed in SEEDS]
    return Claim(
        "coexistence",
        "with high legitimacy and no cops the groups coexist in peace (Fig. 12)",
        f"acts of violence in 1,000 ticks; {len(SEEDS)} runs",
        "peace",
        f"{sum(rebels)}",
        "none: at L = 0.9 no grievance exceeds T = 0.1",
        sum(rebels) == 0,
    )


def cleansing() -> Claim:
    """Run 7."""
    ends = [ending(RUNS[7], seed, CAP) for seed in SEEDS]
    ticks, blue = [end for end, _ in ends], sum(int(row[BLUE] > 0) for _, row in ends)
    return Claim(
        "cleansing",
        "at L = 0.8 without cops one group is always wiped out; the victor is random (Fig. 13; 30 of 30 runs)",
        f"ticks until a group is gone, and how often blue is left; {len(SEEDS)} runs",
        "30 of 30",
        f"{spread(ticks)} ticks; blue left in {blue} of {len(SEEDS)}",
        "in each run before the cap; either victor in 4 of 20 at least (a fair coin misses that 3 times in 1,000)",
        max(ticks) < CAP and 4 <= blue <= 16,
    )


def nasty_regime() -> Claim:
    """Run 8."""
    alive = sum(int(ending(RUNS[8], seed, CAP)[0] == CAP) for seed in SEEDS)
    return Claim(
        "a stable, nasty regime",
        "cops at 0.04 from the start keep both groups alive (text on Run 8)",
        f"runs in which both groups live after {CAP} ticks; {len(SEEDS)} runs",
        "stable",
        f"{alive} of {len(SEEDS)}",
        "half of the runs",
        alive >= len(SEEDS) // 2,
    )


def guarded(one: Society, kind: int) -> tuple[int, float]:
    """(members on the lattice, share of them with a peacekeeper in view) of a group."""
    actors, torus = one.actors, one.lattice
    ids = np.arange(one.cops, one.size[0])
    there = ids[(actors.kind[ids] == kind) & (actors.away[ids] == 0)]
    view = (torus.board, torus.near, torus.masks, epstein.COPS)
    near = [bool(count(*view, np.uint64(actors.site[i]))) for i in there]
    return len(near), float(np.mean(near)) if near else 0.0


def safe_havens() -> list[Claim]:
    """Run 7 with peacekeepers from tick 50 on; the paper does not say how many, so Run 8's 0.04."""
    smaller, larger = [], []
    for seed in range(60):
        one = society(RUNS[8], seed)
        series = one.run(LOOKED_AT, duty=np.where(np.arange(1, LOOKED_AT + 1) < DEPLOYED, 0, one.cops))
        if series[-1, [BLUE, GREEN]].min() >= 20:  # fewer are no haven
            few, many = sorted(guarded(one, kind) for kind in (epstein.BLUE, epstein.GREEN))
            smaller.append(few[1])
            larger.append(many[1])
    lasting = sum(int(ending(RUNS[8], seed, CAP, deployed=DEPLOYED)[0] == CAP) for seed in SEEDS)
    return [
        Claim(
            "havens around peacekeepers",
            "peacekeepers deployed at t = 50 give safe havens (Fig. 14)",
            f"share of the smaller and of the larger group with a peacekeeper in view at t = {LOOKED_AT}; "
            f"{len(smaller)} of 60 runs in which the smaller group has 20 members or more then",
            "seen in the figure",
            f"{np.mean(smaller):.0%} of the smaller, {np.mean(larger):.0%} of the larger group",
            THREE_ERRORS,
            far_apart(larger, smaller),
        ),
        Claim(
            "havens last",
            "the havens persist (Fig. 14)",
            f"runs in which both groups live at t = {CAP}; {len(SEEDS)} runs",
            "typically",
            f"{lasting} of {len(SEEDS)}",
            "half of the runs",
            lasting >= len(SEEDS) // 2,
        ),
    ]


def time_bought() -> list[Claim]:
    """Figs. 15 to 17: Run 8's inputs at other densities of peacekeepers, with either rounding."""
    ends = {
        density: [ending(replace(RUNS[8], cops=density), seed, CAP)[0] for seed in range(RUNS_EACH)]
        for density in DENSITIES
    }
    printed = {
        density: [ending(replace(RUNS[8], cops=density), seed, CAP, AS_PRINTED)[0] for seed in range(RUNS_EACH)]
        for density in (0.0, 0.1)
    }
    means = ", ".join(f"{np.mean(some):.0f}" for some in ends.values())
    spreads = ", ".join(f"{np.std(some, ddof=1):.0f}" for some in ends.values())
    over = f"{RUNS_EACH} runs at each of {', '.join(map(str, DENSITIES))}, at most {CAP} ticks"
    fast = [min(some) for some in ends.values()]
    return [
        Claim(
            "peacekeepers buy time",
            "mean time to extinction rises with the density of peacekeepers (Fig. 16)",
            f"mean ticks until a group is gone; {over}",
            "rises",
            f"{means}; as printed {np.mean(printed[0.0]):.0f} at 0 and {np.mean(printed[0.1]):.0f} at 0.1",
            f"0.1 above 0, with either rounding, by {THREE_ERRORS}",
            far_apart(ends[0.0], ends[0.1]) and far_apart(printed[0.0], printed[0.1]),
        ),
        Claim(
            "and uncertainty",
            "so does its standard deviation (Fig. 17)",
            f"s.d. of the ticks; {over}",
            "rises",
            spreads,
            "0.1 above twice that at 0: an s.d. of 50 runs is known to a tenth",
            bool(np.std(ends[0.1], ddof=1) > 2 * np.std(ends[0.0], ddof=1)),
        ),
        Claim(
            "but no safety",
            "fast genocide occurs at every density, the highest too (Fig. 15)",
            f"shortest time to extinction; {over}",
            "at every density",
            ", ".join(map(str, fast)),
            "at every density within the longest time that was seen without peacekeepers",
            max(fast) <= max(ends[0.0]),
        ),
    ]

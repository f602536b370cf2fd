"""What warning is worth against force: `python -m experiments.information FOLDER`.

Perfect, believed, faster warning and no false alarms, beside more and faster force, on the same portfolio and the same random
numbers as the process of 2012. Says what it will take, keeps each finished unit in FOLDER, goes on where it was stopped, and
refuses results of two versions of the model. Writes results.csv, report.html and docs/information.md (into FOLDER for a
smaller call).

  --units N      parameter draws of each scenario, and theatres of the family, at most
  --workers N    processes (default: all cores)
  --only a,b     of: sahra, car_2013, family
  --plan         says what it will take, and stops
  --page         writes page and report from results.csv; nothing is simulated
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from experiments.reforms.__main__ import Part, cost, whole_number
from experiments.reforms.blocks import Block, Forest, Heading, Points, Table, Words, html, markdown
from experiments.reforms.runs import FAMILY, NOTHING, Arm, Case, carry_out, found
from experiments.reforms.tables import Change, _csv, _rows, change
from sim.ground.check import BadInput, FailedWork
from sim.study import words
from sim.study.compare import cores
from sim.study.outcomes import paired

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs/information.md"
AS_2012 = Arm("eu_2012", "eu_2012")
CASES = {"sahra": "The fictional country", "car_2013": "The Central African Republic, 2012 to 2014",
         "family": "Many theatres, from calm to tense"}  # fmt: skip
WARNING = ("perfect_warning", "perfect_warning_60", "believed_warning", "faster_warning", "no_false_alarms")
FORCE = ("more_force", "faster_force")


@dataclass(frozen=True)
class Way:
    """One line of study.yaml."""

    name: str
    told: str
    arm: Arm


def ways(asked: Mapping[str, Any]) -> tuple[Way, ...]:
    """The ways beside the process of 2012."""
    return tuple(
        Way(name, row["told"], Arm(name, row["decision"], at_onset=row.get("at_onset"), scale=row.get("scale", 1.0)))
        for name, row in asked["ways"].items()
    )


def cases(asked: Mapping[str, Any], most: int | None, only: str) -> list[Case]:
    """What is to be computed."""
    names = only.split(",") if only else list(asked["cases"])
    for name in names:
        if name not in asked["cases"]:
            raise BadInput(f"there is no {name!r}", where="--only", instead=", ".join(asked["cases"]))
    arms = (AS_2012, *(way.arm for way in ways(asked)), NOTHING)
    return [
        Case(name, FAMILY if name == "family" else name, arms, row["replicates"], min(most or row["units"], row["units"]),
             asked["seed"])
        for name, row in asked["cases"].items() if name in names
    ]  # fmt: skip


def results(asked: Mapping[str, Any], case: Case, folder: Path) -> list[Change]:
    """Each way against the process of 2012: killed, euros, and the worth of both in euros; and 2012 against nothing."""
    runs, life = found(case, folder), asked["euros_a_life"]["value"]
    spent, killed = runs.euros.sum(axis=2), runs.killed
    lines = [change(case.name, "as_stated", "nothing", "killed", paired(killed[-1] - killed[0], runs.draws))]
    for n, way in enumerate(ways(asked), start=1):
        gap, extra = killed[n] - killed[0], spent[n] - spent[0]
        for measure, by_run in (("killed", gap), ("euros", extra), ("worth", -gap * life - extra)):
            lines.append(change(case.name, "as_stated", way.name, measure, paired(by_run, runs.draws)))
    return lines


# ---- the page -----------------------------------------------------------------------------------------------------


def page(asked: Mapping[str, Any], lines: Sequence[Change]) -> list[Block]:
    """The page, from the lines alone."""
    named = {way.name: way.told for way in ways(asked)}
    there = [case for case in CASES if any(one.case == case for one in lines)]
    life = asked["euros_a_life"]
    blocks: list[Block] = [
        Heading("What warning is worth, beside force", 1),
        Words(first(lines, there), "first"),
        Words("Made by `python -m experiments.information`. The same portfolio as in the experiment on reforms lies on the table; "
              "each way changes one thing of the process of 2012, in theory and for nothing. A perfect warning cannot be had: it "
              "is the ceiling of what any warning is worth."),
    ]  # fmt: skip
    for case in there:
        mine = {(one.what, one.measure): one for one in lines if one.case == case}
        rows = [(told, mine[name, "killed"]) for name, told in named.items() if (name, "killed") in mine]
        body = [
            [told, deaths(mine[name, "killed"]), euros(mine[name, "euros"]), a_life(mine[name, "killed"], mine[name, "euros"]),
             euros(mine[name, "worth"])]
            for name, told in named.items() if (name, "killed") in mine
        ]  # fmt: skip
        base = mine["nothing", "killed"]
        blocks += [
            Heading(CASES[case]),
            Words(f"Nothing at all instead of the process of 2012: {deaths(base)}. {base.draws} parameter draws or theatres."),
            Forest(rows, "the process of 2012"),
            Table(["way", "killed a run", "EUR million more spent", "EUR million a life saved", "EUR million net worth"], body),
            Words(beside(case, mine)),
        ]
    return [
        *blocks,
        Heading("How to read it"),
        Points([
            "In brackets 90 % of chance, then 90 % of parameter draws. More runs shrink the first alone. Where the model cannot "
            "tell a way from the process of 2012 it says so; between such ways it states no order.",
            "Spent is what comes of the portfolio. What better warning, more people on call or faster lift cost to have is not in "
            "it: the net worth is the most that one would pay for it, a crisis and a run.",
            f"Net worth counts a life saved as EUR {life['value'] / 1e6:g} million ({life['low'] / 1e6:g} to "
            f"{life['high'] / 1e6:g}): {life['source']}. It is a yardstick of what others paid, and no price of a life.",
            "Force is compared at what it costs: the column of a life saved says what each way spends for one.",
        ]),
        Heading("What it does not show"),
        Points([
            "That a warning like this can be had. Onset is known here because the run in which nothing is done was looked at first.",
            "What happens where no killing comes: a perfect warning spends nothing there, others do. In a family drawn evenly from "
            "calm to tense, quiet theatres are rarer than in the world, so that false alarms cost more there than here.",
            "The error of the model itself, or another portfolio.",
        ]),
    ]  # fmt: skip


def first(lines: Sequence[Change], there: Sequence[str]) -> str:
    """The sentence that is read first."""
    said = []
    for case in there:
        one = next(line for line in lines if (line.case, line.what, line.measure) == (case, "perfect_warning", "killed"))
        place = CASES[case][0].lower() + CASES[case][1:]
        said.append(f"{place}: {deaths(one)}")
    return (
        "In this model, under these assumptions, a perfect warning, on which everybody agrees on the day of the true onset, "
        f"changes how many simulated civilians die against the process of 2012: {'; '.join(said)}. No historical data "
        "observe this counterfactual."
    )


def beside(case: str, mine: Mapping[tuple[str, str], Change]) -> str:
    """Warning beside force, in words."""
    helps = [name for name in WARNING if mine[name, "killed"].sign < 0]
    force = [name for name in FORCE if mine[name, "killed"].sign < 0]
    told = {True: "is told from the process of 2012 as saving lives", False: "is not told from the process of 2012"}
    better = words.listed([name.replace("_", " ") for name in helps]) or "none"
    stronger = words.listed([name.replace("_", " ") for name in force]) or "none"
    both = [f"{name.replace('_', ' ')} {told[mine[name, 'killed'].sign < 0]}" for name in
            ("perfect_warning_more", "perfect_warning_faster")]  # fmt: skip
    return f"Ways of warning that save lives here: {better}. Ways of force: {stronger}. Together: {'; '.join(both)}."


def deaths(one: Change) -> str:
    """A change of deaths in a cell."""
    apart = "" if one.sign else ", not told apart"
    return f"{words.fewer(one.mean)} ({words.span(one.mc_low, one.mc_high)}; {words.span(one.param_low, one.param_high)}){apart}"


def euros(one: Change) -> str:
    """Millions in a cell."""
    inside = f"{one.mc_low / 1e6:+,.1f} to {one.mc_high / 1e6:+,.1f}; {one.param_low / 1e6:+,.1f} to {one.param_high / 1e6:+,.1f}"
    return f"{one.mean / 1e6:+,.1f} ({inside})" + ("" if one.sign else ", not told apart")


def a_life(killed: Change, spent: Change) -> str:
    """Spending for a life saved, where the model says that any is saved; from the ends of the interval of chance."""
    if killed.sign >= 0 or not killed.mc_high < 0:
        return "-"
    if spent.mean <= 0:
        return "costs nothing more"
    return f"{-spent.mean / killed.mean / 1e6:.2f} ({-spent.mean / killed.mc_low / 1e6:.2f} to {-spent.mean / killed.mc_high / 1e6:.2f})"


def main(given: Sequence[str]) -> int:
    """Compute what is missing; write results, page and report."""
    parser = argparse.ArgumentParser(prog="python -m experiments.information", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("folder", nargs="?", default="outputs/information")
    for name in ("--units", "--workers"):
        parser.add_argument(name, type=whole_number)
    parser.add_argument("--only", default="")
    parser.add_argument("--plan", action="store_true")
    parser.add_argument("--page", action="store_true")
    said = parser.parse_args(given)
    asked = yaml.safe_load((HERE / "study.yaml").read_text(encoding="utf-8"))
    folder, to = Path(said.folder), HERE
    if not said.page:
        chosen = cases(asked, said.units, said.only)
        workers = said.workers or cores()
        print(cost([Part(case.name, case, ()) for case in chosen], folder, workers), flush=True)
        if said.plan:
            return 0
        carry_out(chosen, folder, workers, lambda line: print(line, file=sys.stderr, flush=True))
        to = folder if said.units or said.only else HERE
        _csv(to / "results.csv", Change, [line for case in chosen for line in results(asked, case, folder)])
    blocks = page(asked, _rows(to / "results.csv", Change))
    text = PAGE if to == HERE else to / "information.md"
    text.write_text(markdown(blocks), encoding="utf-8")
    (to / "report.html").write_text(html(blocks), encoding="utf-8")
    print(f"written: {text}\nwritten: {to / 'report.html'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BadInput as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except FailedWork as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        sys.exit(130)

"""docs/reforms.md and report.html: words generated from the tables, for somebody who has to decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.reforms.blocks import Block, Forest, Heading, Points, Table, Words, html, markdown
from experiments.reforms.runs import PAYERS
from experiments.reforms.sums import DAYS, REFORMS
from experiments.reforms.tables import THIRDS, Change, Tables
from sim.study import words
from sim.study.theory import theory_names
from sim.warning.process import load_book
from sim.warning.stages import STAGES

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs/reforms.md"
CASES = {
    "sahra": "the fictional country `sahra`", "car_2013": "the Central African Republic, 2012 to 2014",
    "family": "the random family of theatres",
}  # fmt: skip
NONE = "the process of 2012"


def write(tables: Tables, to: Path) -> list[Path]:
    """Write the report; the page of docs/ only from the experiment's own results."""
    blocks = page(tables)
    report = to / "report.html"
    report.write_text(html(blocks), encoding="utf-8")
    if to != HERE:
        (to / "reforms.md").write_text(markdown(blocks), encoding="utf-8")
        return [report, to / "reforms.md"]
    PAGE.write_text(markdown(blocks), encoding="utf-8")
    return [report, PAGE]


def page(tables: Tables) -> list[Block]:
    """Everything, in the order in which it is read."""
    there = [case for case in CASES if case in tables.about["cases"]]
    blocks: list[Block] = [
        Heading("Six reforms: what they would save, in the model", 1),
        Words(first(tables, there), "first"),
        Words("It is a comparison of assumptions. Nearly every size of a reform is a judgement with a range; no reform was ever "
              "tried, and nothing here is a forecast for a country.", "warning"),
        Words("Made by `python -m experiments.reforms`. The six recommendations are those of the Task Force, as switches: "
              + "; ".join(f"{n} {title(n)}" for n in REFORMS) + "."),
    ]  # fmt: skip
    for case in there:
        blocks += lives(tables, case)
    blocks += [*days(tables, there), *money(tables, there), *combinations(tables, there), *sizes(), *limits(tables, there)]
    return blocks


def title(number: int) -> str:
    """The recommendation in words."""
    book = load_book(f"reform_{number}")
    assert book is not None
    return str(json.loads(book.content)["title"])


# ---- lives --------------------------------------------------------------------------------------------------------


def first(tables: Tables, there: Sequence[str]) -> str:
    """The sentence that is read first."""
    said = []
    for case in there:
        one = tables.one(case, "all")
        if one is None:
            continue
        if one.sign:
            said.append(f"{words.fewer(one.mean)} simulated civilians die a run in {CASES[case]} {spread(tables, one)}")
        else:
            said.append(f"all six cannot be told from {NONE} in {CASES[case]} {spread(tables, one)}")
    return (
        f"In this model, under these assumptions, with all six reforms and not {NONE}: {'; '.join(said)}. "
        "No historical data observe this counterfactual."
    )


def spread(tables: Tables, one: Change) -> str:
    """The three kinds of uncertainty, apart."""
    means = structural(tables, one)
    between = f"; structural range {words.span(min(means), max(means))}" if means else "; structural range not computed"
    return (
        f"(90 % of chance: {words.span(one.mc_low, one.mc_high)}; 90 % of parameter draws: "
        f"{words.span(one.param_low, one.param_high)}{between})"
    )


def structural(tables: Tables, one: Change) -> list[float]:
    """Mean effects under the model and its rivals; [] when these were not run."""
    rivals = [tables.one(one.case, one.what, one.measure, theory) for theory in theory_names()]
    means = [row.mean for row in rivals if row is not None]
    return [one.mean, *means] if means else []


def lives(tables: Tables, case: str) -> list[Block]:
    """Lives saved by each reform in a case."""
    about = tables.about["cases"][case]
    exact = about["combinations"] == 64
    key = "share" if exact else "alone"
    rows = [(number, tables.one(case, f"{key} {number}")) for number in REFORMS]
    known = [(number, row) for number, row in rows if row is not None]
    policy = tables.one(case, "policy")
    blocks: list[Block] = [
        Heading(f"Lives in {CASES[case]}"),
        Words(
            f"{words.count(about['nothing'])} simulated civilians are killed a run when nothing is done. "
            + ("" if policy is None else f"With the portfolio on the table and {NONE}: {told(policy)}. ")
            + (f"All 64 combinations were run, {about['units']} parameter draws of {about['replicates']} runs each, so that the "
               "share of a reform is exact: the mean of what it adds over all orders in which the six could be made."
               if exact else
               f"{about['units']} theatres, drawn from the ranges of `sahra` and from calm to as tense as it is, with "
               f"{about['replicates']} runs each and a draw of the parameters of their own: none, each alone, all but each, all.")
        ),
    ]  # fmt: skip
    blocks.append(Forest([(f"{number} {title(number)}", row) for number, row in known], NONE))
    head = ["reform", *(["share of all six"] if exact else []), "alone", "added last", "draws in which the first goes wrong"]
    body = []
    for number, row in known:
        cells = [tables.one(case, f"{what} {number}") for what in ("alone", "last")]
        shown = [interval(row)] if exact else []
        body.append([f"{number} {title(number)}", *shown, *(interval(cell) for cell in cells), f"{row.worse} of {row.draws}"])
    blocks += [
        Table(head, body),
        Words("Fewer or more killed a run than without; in brackets 90 % of chance, then 90 % of parameter draws. Added last: "
              "all six against the five others."),
        Words(groups(tables, case)),
    ]  # fmt: skip
    thirds = [(third, tables.one(case, f"all, {third}")) for third in THIRDS]
    if any(row for _, row in thirds):
        blocks.append(Table(["theatres", "all six"], [[third, interval(row)] for third, row in thirds if row]))
    return blocks


def told(one: Change) -> str:
    """A change in words; no number is claimed where there is none."""
    return f"{words.fewer(one.mean)}" + ("" if one.sign else ", not told apart from as many")


def interval(one: Change | None) -> str:
    """A change of deaths in a cell."""
    if one is None:
        return "-"
    inside = f"{words.span(one.mc_low, one.mc_high)}; {words.span(one.param_low, one.param_high)}"
    return f"{words.fewer(one.mean)} ({inside})" + ("" if one.sign else ", not told apart")


def groups(tables: Tables, case: str) -> str:
    """Who cannot be told from whom; no order between them."""
    same = {(a, b) for name, a, b in tables.alike if name == case}
    if len(same) == 15:
        return "The model cannot tell any two of the six apart here, so none is better than another."
    if not same:
        return "The model tells each of the six from each other here."
    told_apart = [f"{a} and {b}" for a in REFORMS for b in REFORMS if a < b and (a, b) not in same]
    return (
        f"The model tells apart {words.listed(told_apart)}. Between the others it states no order."
        if len(told_apart) <= len(same) else
        f"The model cannot tell apart {words.listed([f'{a} and {b}' for a, b in sorted(same)])}."
    )  # fmt: skip


# ---- days and euros -----------------------------------------------------------------------------------------------


def days(tables: Tables, there: Sequence[str]) -> list[Block]:
    """Days gained at each stage of the chain."""
    blocks: list[Block] = [
        Heading("Days gained on the way from a sign to the field"),
        Words("Days earlier (+) or later (-) on which the first instrument reaches a stage, mean over runs; what never comes "
              "counts as coming on the last day. A dash where the model cannot tell it from none."),
    ]  # fmt: skip
    for case in there:
        key = "share" if tables.about["cases"][case]["combinations"] == 64 else "alone"
        head = [CASES[case], *(STAGES[stage] for stage in DAYS)]
        body = []
        for what, name in [*((f"{key} {n}", f"{n} {title(n)}") for n in REFORMS), ("all", "all six")]:
            body.append([name, *(gained(tables.one(case, what, f"day_{stage}")) for stage in DAYS)])
        blocks.append(Table(head, body))
    return blocks


def gained(one: Change | None) -> str:
    """Days gained in a cell: mean, and 90 % of chance."""
    if one is None or not one.sign:
        return "-"
    return f"{-one.mean:+.1f} ({-one.mc_high:+.1f} to {-one.mc_low:+.1f})"


def money(tables: Tables, there: Sequence[str]) -> list[Block]:
    """What the policies that come would cost more, by payer."""
    blocks: list[Block] = [
        Heading("Who pays for what comes"),
        Words("Millions of euros of 2013 a run that instruments cost more (+) or less (-), because more of them come, or "
              "sooner. What the reforms themselves cost is not in it: nobody has priced them."),
    ]  # fmt: skip
    payers = [p for p in PAYERS if any(row.measure == f"euros_{p}" and row.mean for row in tables.changes)]
    for case in there:
        key = "share" if tables.about["cases"][case]["combinations"] == 64 else "alone"
        body = []
        for what, name in [*((f"{key} {n}", f"{n} {title(n)}") for n in REFORMS), ("all", "all six")]:
            body.append([name, *(millions(tables.one(case, what, m)) for m in ("euros", *(f"euros_{p}" for p in payers)))])
        blocks.append(Table([CASES[case], "in all", *(words.organisation(p) for p in payers)], body))
    return blocks


def millions(one: Change | None) -> str:
    """Euros in a cell: mean, and 90 % of chance."""
    if one is None or not one.sign:
        return "-"
    return f"{one.mean / 1e6:+,.1f} ({one.mc_low / 1e6:+,.1f} to {one.mc_high / 1e6:+,.1f})"


def combinations(tables: Tables, there: Sequence[str]) -> list[Block]:
    """How many of the portfolio come, with few of the combinations."""
    body = []
    for case in there:
        for row in tables.combinations:
            if row.case == case and (row.reforms in ("0", "1+2+3+4+5+6") or len(row.reforms) == 1):
                name = {"0": "none", "1+2+3+4+5+6": "all six"}.get(row.reforms, row.reforms)
                body.append([CASES[case], name, f"{row.arrived:.2f}", f"{row.day_arrival:.0f}", f"{row.euros / 1e6:,.1f}"])
    return [
        Heading("What comes"),
        Table(["in", "reforms", "instruments that arrive, of eleven", "first arrival, day", "EUR million"], body),
        Words("Means over runs, of the runs that were made; results/combinations.csv has all of them."),
    ]


# ---- sizes and limits ---------------------------------------------------------------------------------------------


def sizes() -> list[Block]:
    """Every switch with its size, range and source, from the files themselves."""
    from sim.ground.files import YAML_BYTES, parse_yaml, read_text
    from sim.ground.paths import shipped

    body = []
    for number in REFORMS:
        path = shipped("configs") / "decision" / f"reform_{number}.yaml"
        for change in parse_yaml(read_text(path, limit=YAML_BYTES), path.name).value["changes"]:
            verb = next(key for key in ("set", "times", "plus") if key in change)
            size = change[verb]
            if not isinstance(size, dict):
                body.append([f"{number} `{change['at']}`", f"{verb} {_plain(size)}", "", "the reform's definition"])
            elif "value" in size:
                span = f"{size['low']:g} to {size['high']:g}"
                body.append([f"{number} `{change['at']}`", f"{verb} {size['value']:g}", span, f"{size['source']} ({size['grade']})"])
            else:
                body.append([f"{number} `{change['at']}`", "a new body", "its own ranges", "see the file"])
    return [
        Heading("How large each switch is taken to be"),
        Words("From configs/decision/; each is drawn anew from its range for each parameter draw, the same in all "
              "combinations that have it."),
        Table(["reform, place in the process", "change", "range", "source (grade)"], body),
    ]  # fmt: skip


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def limits(tables: Tables, there: Sequence[str]) -> list[Block]:
    """What it does not show."""
    engine = sorted({row["engine"] for row in tables.about["cases"].values()})
    runs = "; ".join(
        f"{CASES[case]}: {one['units']} x {one['replicates']} runs of {one['combinations']} combinations and of nothing at all, "
        f"{one['days']} days, seed {one['seed']}"
        for case, one in ((case, tables.about["cases"][case]) for case in there)
    )
    return [
        Heading("What this does not show"),
        Points([
            "Which reform to make. The sizes of the switches are judgements; a larger range for one of them would move its share.",
            "What a reform costs, or whether it can be had. Only what the instruments cost that come because of it is counted.",
            "Other ways in which a reform might work: a public commitment that deters, expertise in the field, prevention years "
            "ahead. A switch does only what its file says.",
            "That quick help is good help. What arrives sooner does what the same instrument does in this model, at times harm; "
            "the column of draws that go wrong says how often.",
            "Another portfolio. Reforms of decisions are worth what the decided is worth: eleven instruments, one of each way of "
            "deciding, all on the table from the first day.",
            "Whether the model is right. The parameter interval leaves out the error of the model; the structural range is that "
            "over five rival theories, none of which was fitted. The hindcast of the model is on its own page.",
            "A country. The family is one fictional country in many versions, less varied than the world, and tense more often: "
            "heats are drawn evenly, while about one country in a hundred sees a mass killing in a year.",
            "That what was learned in one year changes the next. False alarms are remembered within a run only.",
        ]),
        Heading("How it was made"),
        Words(f"{runs[0].upper() + runs[1:]}. All combinations share their random numbers, parameter draws and the draws of the "
              "process. A change is told from none when its 90 % interval of chance excludes zero and three quarters of the "
              "draws in which anything changes agree on its sign: in calm draws nobody warns, and nothing can change. "
              f"Code of the model: {', '.join(engine)}. Tables: experiments/reforms/results."),
    ]  # fmt: skip

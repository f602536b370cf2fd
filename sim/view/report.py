"""The report: one self-contained HTML file made from an output folder, for a reader who decides and one
who checks."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ground.check import ASSUMED
from sim.study import words
from sim.study.outcomes import INDISTINGUISHABLE, Effect, reference
from sim.view import figures, maps
from sim.view.outputs import Outputs, read_outputs
from sim.warning.stages import STAGES

if TYPE_CHECKING:
    from markupsafe import Markup

    from sim.scenario.theatre import Theatre

DONE = ("factual_rule", "factual_dated")
"""Policies that replay what outsiders really did: a reference, not an option."""
MANY_DEATHS = 1000
CONSENT = {"host": "of the host state", "un": "a UN mandate", "none": "none needed"}
OUTCOMES = (
    ("civilian_deaths", "civilians killed"),
    ("indirect_deaths", "indirect deaths"),
    ("displaced_internal", "displaced inside at the end"),
    ("refugees_abroad", "refugees abroad"),
    ("trapped", "trapped at the peak"),
)
TEMPLATES = Path(__file__).parent / "templates"


def write_report(output_dir: Path) -> Path:
    """Write ``report.html`` into an output folder and return its path.

    Reads only the files of the folder and, for the map, the scenario that they name. The page needs no
    network and runs under the Content-Security-Policy it carries. Raises BadInput for a missing or broken
    file.
    """
    outputs = read_outputs(Path(output_dir))
    page = outputs.folder / "report.html"
    part = page.with_suffix(".html.tmp")
    part.write_text(render(outputs), encoding="utf-8", newline="\n")
    os.replace(part, page)
    return page


def render(outputs: Outputs) -> str:
    """The page as text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    library: str = get_plotlyjs()
    script = (TEMPLATES / "explorer.js").read_text(encoding="utf-8")
    packed = base64.b64encode(gzip.compress(library.encode(), 9, mtime=0)).decode("ascii")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(money=words.money, fewer=words.fewer, payer=words.organisation)
    return environment.get_template("report.html.j2").render(
        **_context(outputs),
        css=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        policy_hashes=[_hash(script), _hash(library)],
        script=Markup(script),
        plotly_packed=packed,
        explorer=_json(_explorer(outputs)),
    )


def _title(o: Outputs) -> str:
    if o.theatre:
        return o.theatre.title
    return str(o.summary.get("title") or o.summary.get("scenario") or "").replace("_", " ")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _json(data: Any) -> Markup:
    from markupsafe import Markup

    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _context(o: Outputs) -> dict[str, Any]:
    fictional = bool(o.theatre and o.theatre.country == "FIC")
    told = words.skill(o.summary.get("hindcast"), fictional)
    saved = o.saved
    choices, lead = saved["options"], saved["lead"]
    against = {name: o.effect(name, o.baseline) for name in o.options}
    done = next((name for name in DONE if name in o.options), None)
    titles = {name: o.title(name) for name in o.policies}
    nothing = reference(o.baseline, titles)
    against_done = {name: o.effect(name, done) for name in choices if name not in DONE} if done else {}
    colours = {name: figures.colour(i) for i, name in enumerate(o.policies)}
    context: dict[str, Any] = {
        "theatre_title": _title(o),
        "theatre_summary": o.theatre.summary if o.theatre else "",
        "fictional": fictional,
        "period": _period(o),
        "nothing": nothing,
        "titles": titles,
        "colours": colours,
        "skill": told,
        "warning": saved["warning"],
        "first_sentence": saved["sentence"],
        "saves": _saves(o, choices, against, against_done, lead, nothing, done),
        "done": titles[done] if done else None,
        "rows": [
            {
                "name": name,
                "title": titles[name],
                "colour": colours[name],
                "effect": against[name],
                "against_done": against_done.get(name),
                "is_done": name in DONE,
                "span": words.span(against[name].param_low, against[name].param_high),
                "mc": words.span(against[name].mc_low, against[name].mc_high),
            }
            for name in o.options
        ],
        "scale": _scale(),
        "lead": lead,
        "when": _when(o, lead or choices, nothing),
        "unprotected": _unprotected(o, lead, choices, nothing),
        "pays": _pays(o),
        "believe": _believe(o, told),
        "cards": [_card(o, name, colours[name]) for name in o.policies],
        "outcomes": _outcomes(o),
        "outcome_labels": [label for _, label in OUTCOMES],
        "victims": _victims(o),
        "hindcast": _hindcast(o),
        "chain": _chain(o, titles, colours),
        "explained": _explained(o, titles),
        "assumptions": _assumptions(o),
        "provenance": _provenance(o),
        "told_apart": INDISTINGUISHABLE,
        "theories": _theories(o),
        "failed_runs": o.summary.get("failed_runs") or 0,
        "runs": o.summary.get("runs"),
        "draws": o.summary.get("draws"),
        "many_deaths": f"{MANY_DEATHS:,}",
    }
    return context | _charts(o, against, against_done, titles, colours, nothing, done)


def _float(value: Any, otherwise: float = math.nan) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return otherwise


def _period(o: Outputs) -> str:
    weeks = o.whole_weeks
    if o.start is None:
        return f"{weeks} weeks"
    return f"{weeks} weeks from {o.start.day} {o.start:%B %Y}"


def _scale() -> list[tuple[str, str]]:
    upper = 1.0
    rows = []
    for low, word in words.LIKELIHOOD:
        rows.append((word, f"{100 * low:.0f}\u2013{100 * upper:.0f} %"))
        upper = low
    return rows


def _saves(
    o: Outputs, choices: Sequence[str], against: dict[str, Effect], against_done: dict[str, Effect],
    lead: Sequence[str], nothing: str, done: str | None,
) -> list[str]:  # fmt: skip
    said = []
    base = _float((o.about(o.baseline, "outcomes") or {}).get("civilian_deaths", {}).get("mean"))
    if math.isfinite(base):
        said.append(f"Under {nothing}, {words.count(base)} simulated civilians are killed on average.")
    saving = sorted(o.quoted(n) for n in choices if against[n].sign < 0)
    unclear = sorted(o.quoted(n) for n in choices if against[n].sign == 0)
    worse = sorted(o.quoted(n) for n in choices if against[n].sign > 0)
    if saving:
        said.append(f"Fewer die than under {nothing} with {words.listed(saving)}.")
    if worse:
        said.append(f"More die than under {nothing} with {words.listed(worse)}.")
    if unclear:
        said.append(f"The model cannot tell {words.listed(unclear)} from {nothing}.")
    for group in _alike(o, [name for name in choices if against[name].sign < 0]):
        said.append(f"It cannot tell {words.listed([o.quoted(name) for name in group])} from each other.")
    harm = [f"{o.quoted(n)} {against[n].harm}" for n in sorted(lead or choices, key=o.quoted) if against[n].draws]
    if harm:
        said.append(f"Does harm, with more deaths than under {nothing}: {'; '.join(harm)}.")
    if done is None:
        said.append(
            "What outsiders really did was not among the policies compared, so nothing is said against it."
        )
    elif against_done:
        better = sorted(o.quoted(n) for n, e in against_done.items() if e.sign < 0)
        worse = sorted(o.quoted(n) for n, e in against_done.items() if e.sign > 0)
        even = sorted(o.quoted(n) for n, e in against_done.items() if e.sign == 0)
        if better:
            said.append(f"Against what was done, fewer die with {words.listed(better)}.")
        if worse:
            said.append(f"Against what was done, more die with {words.listed(worse)}.")
        if even:
            said.append(f"The model cannot tell {words.listed(even)} from what was done.")
    return said


def _alike(o: Outputs, names: Sequence[str]) -> list[list[str]]:
    """The groups of summary.json that cannot be told apart, within `names`, and the largest of them alone."""
    groups = [[name for name in group if name in names] for group in o.summary.get("indistinguishable") or []]
    groups = [group for i, group in enumerate(groups) if len(group) > 1 and group not in groups[:i]]
    return [group for group in groups if not any(set(group) < set(other) for other in groups)]


def _delays(o: Outputs, name: str) -> list[dict[str, Any]]:
    rows = (o.summary.get("timing") or {}).get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _when(o: Outputs, names: Sequence[str], nothing: str) -> list[dict[str, Any]]:
    return [
        {
            "title": o.title(name),
            "decided": words.decided(o.about(name, "decided_on")),
            "timing": words.timing_sentence(o.quoted(name), _delays(o, name), nothing),
            "needs": [_instrument(raw, o.theatre) for raw in o.instruments(name)],
        }
        for name in sorted(names, key=o.title)
    ]


def _is_valued(item: Any) -> bool:
    """Whether an item of a policy file is a number with its range, source and grade."""
    return isinstance(item, dict) and "value" in item


def _instrument(raw: dict[str, Any], theatre: Theatre | None) -> dict[str, str]:
    """One instrument in words: what, how many, where (by prefecture), how soon, who consents, who pays."""
    raw = {
        key: value.get("value") if _is_valued(value) and key != "lead_days" else value
        for key, value in raw.items()
    }
    family = str(raw.get("instrument", "")).replace("_", " ")
    size, ramp = raw.get("size"), raw.get("ramp_days")
    whom = [words.organisation(str(raw[key])) for key in ("force", "mediator") if raw.get(key)]
    key = next((k for k in ("places", "targets", "parties", "from") if raw.get(k)), "")
    where = raw.get(key) or []
    where = [str(item) for item in (where if isinstance(where, list) else [where])]
    if key in ("places", "from"):
        # where a force stands is told no finer than anything else in a report
        prefecture = {place.name: place.prefecture for place in theatre.places} if theatre else {}
        where = sorted({prefecture[name] for name in where if name in prefecture}) or [f"{len(where)} places"]
    else:
        actors = {actor.name: actor.label for actor in theatre.actors} if theatre else {}
        where = [actors.get(name, name.replace("_", " ")) for name in where]
    lead, grade = raw.get("lead_days"), ""
    if isinstance(lead, dict):
        grade = str(lead.get("grade", ""))
        grade = "assumption" if grade in ASSUMED else grade
        days = _days(_float(lead.get("value")))
        low, high = _float(lead.get("low")), _float(lead.get("high"))
        if math.isfinite(low) and math.isfinite(high):
            days += f" ({words.number(low, 3)} to {words.number(high, 3)})"
    else:
        days = _days(_float(lead)) if lead is not None else "not stated"
    if _float(ramp, 0) > 0:
        days += f", then {_days(_float(ramp))} to full size"
    per_person, per_day = _float(raw.get("cost_per_person_day_eur")), _float(raw.get("cost_eur_per_day"))
    cost = (
        f"{words.money(per_person)} a person and day" if math.isfinite(per_person)
        else f"{words.money(per_day)} a day" if math.isfinite(per_day)
        else words.money(_float(raw.get("cost"))) if raw.get("cost") is not None else "no cost stated"
    )  # fmt: skip
    consent = raw.get("consent")
    name = str(raw.get("name") or family)
    name = words.organisation(name) if "_" in name else name
    kind = [word for word in (family, *whom) if word != name]
    stated = raw.get("payer")
    told = {
        "what": f"{name} ({', '.join(kind)})" if kind else name,
        "force": f"{words.number(_float(size), 3)} people" if size is not None else "no force",
        "where": ", ".join(where),
        "where_label": {"targets": "Aimed at", "parties": "Between", "from": "From"}.get(key, "Where"),
        "decided": words.decided(raw.get("decided_on")),
        "lead": days,
        "lead_grade": grade,
        "consent": CONSENT.get(str(consent), str(consent)) if consent is not None else "not stated",
        "payer": words.organisation(str(stated)) if stated else "not stated",
        "cost": cost,
    }
    said = [told["force"]] if size is not None else []
    if where and key in ("targets", "parties"):  # the card lists them all
        whom_said = told["where"] if len(where) <= 3 else f"{len(where)} organisations"
        said.append(f"{told['where_label'].lower()} {whom_said}")
    elif where and key == "from":
        said.append(f"from {told['where']}")
    said += [f"in {told['where']}"] if where and key == "places" else []
    said += [f"{days} from decision to effect", f"consent: {told['consent']}"]
    said += [f"paid by {told['payer']}, {cost}" if stated else f"{cost}, payer not stated"]
    return told | {"line": f"{told['what']}: {'; '.join(said)}."}


def _days(number: float) -> str:
    return f"{words.number(number, 3)} day{'' if number == 1 else 's'}"


def _unprotected(o: Outputs, lead: Sequence[str], choices: Sequence[str], nothing: str) -> list[str]:
    said = []
    if not lead:
        said.append(
            f"No option is told apart as saving lives against {nothing}, so none can be said to protect "
            "anyone here."
        )
        for name in sorted(choices, key=o.title):
            effects = o.prefecture_effect(name, o.baseline)
            up = sorted(p for p, e in effects.items() if e.sign > 0)
            if up:
                where = _some(up, len(effects))
                said.append(f"Under {o.quoted(name)}, more die than under {nothing} in {where}.")
    for name in sorted(lead, key=o.title):
        outcome = o.about(name, "outcomes") or {}
        effects = o.prefecture_effect(name, o.baseline)
        up = sorted(p for p, e in effects.items() if e.sign > 0)
        down = sorted(p for p, e in effects.items() if e.sign < 0)
        rest = sorted(effects.keys() - set(up) - set(down))
        killed = words.count(_float(outcome.get("civilian_deaths", {}).get("mean")))
        text = f"Under {o.quoted(name)}, {killed} are still killed"
        trapped = _float(outcome.get("trapped", {}).get("mean"))
        text += f" and up to {words.count(trapped)} trapped, on average." if trapped >= 1 else ", on average."
        of = len(effects)
        if up:
            text += f" More die than under {nothing} in {_some(up, of)}: the violence moves there."
        if down and rest:
            text += f" Deaths fall in {_some(down, of)}; in {_some(rest, of)} the model sees no difference."
        elif down:
            text += f" Deaths fall in {_some(down, of) if up else 'every prefecture'}."
        elif effects:
            text += " In no prefecture can the model tell that deaths fall."
        said.append(text)
    return said


def _some(names: Sequence[str], of: int) -> str:
    return words.listed(names) if len(names) <= 6 else f"{len(names)} of {of} prefectures"


def _euros(o: Outputs, name: str) -> dict[str, float]:
    stated = o.about(name, "euros_by_payer")
    if not isinstance(stated, dict):
        return {}
    found = {}
    for who, value in stated.items():
        amount = _float(value.get("mean") if isinstance(value, dict) else value)
        if math.isfinite(amount) and amount != 0:
            found[str(who)] = amount
    return found


def _pays(o: Outputs) -> list[dict[str, Any]]:
    return [
        {"title": o.title(name), "payers": sorted(_euros(o, name).items())}
        for name in o.options
    ]  # fmt: skip


def _believe(o: Outputs, told: words.Skill) -> list[str]:
    said = [str((o.summary.get("hindcast") or {}).get("sentence") or f"Hindcast skill: {told.phrase}.")]
    share = _float(o.summary.get("assumption_share"))
    if math.isfinite(share):
        said.append(f"{words.percent(share)} of the numbers that drive it are assumptions, not data.")
    else:
        said.append("The share of assumptions among its numbers was not computed.")
    return said


def _card(o: Outputs, name: str, paint: str) -> dict[str, Any]:
    outcome = (o.about(name, "outcomes") or {}).get("civilian_deaths", {})
    needs = [_instrument(raw, o.theatre) for raw in o.instruments(name)]
    return {
        "title": o.title(name),
        "name": name,
        "colour": paint,
        "summary": str(o.about(name, "summary") or ""),
        "assumption": str(o.about(name, "assumption") or ""),
        "decided_on": words.decided(o.about(name, "decided_on")),
        "families": [str(family).replace("_", " ") for family in o.about(name, "families") or []],
        "needs": needs,
        "is_baseline": name == o.baseline,
        "failed": (o.about(name, "runs"), o.summary.get("runs"))
        if isinstance(o.about(name, "runs"), int) and o.about(name, "runs") != o.summary.get("runs")
        else None,
        "deaths": words.count(_float(outcome.get("mean"))),
        "deaths_range": f"{words.count(_float(outcome.get('q05')))} to "
        f"{words.count(_float(outcome.get('q95')))}",
        "mass": words.percent(_float(o.about(name, "mass_killing_share"))),
        "euros": [(words.organisation(who), words.money(amount)) for who, amount in sorted(_euros(o, name).items())],
    }


def _theories(o: Outputs) -> list[dict[str, Any]]:
    """What each policy saves in the mean under the model and under each rival; empty when no rival was run."""
    rivals = o.summary.get("theories") or {}
    names = [name for name in o.policies if name != o.summary.get("baseline")]
    said = (o.summary.get("lives_saved") or {}).get("policies") or {}
    own = {name: (said.get(name) or {}).get("mean") for name in names}
    rows = [("The model as it is", "", "", own)] if rivals else []
    rows += [(row["title"], row["claim"], row["literature"], row["saved"]) for row in rivals.values()]
    titles = [o.title(name) for name in names]
    return [
        {
            "title": title, "claim": claim, "literature": literature, "titles": titles,
            "cells": [(o.title(name), words.fewer(-_float(saved.get(name)))) for name in names],
        }
        for title, claim, literature, saved in rows
    ]  # fmt: skip


def _outcomes(o: Outputs) -> list[dict[str, Any]]:
    rows = []
    for name in o.policies:
        stated = o.about(name, "outcomes") or {}
        cells = []
        for key, _ in OUTCOMES:
            values = stated.get(key)
            if not isinstance(values, dict):
                cells.append(("not computed", ""))
                continue
            cells.append(
                (
                    words.count(_float(values.get("mean"))),
                    f"{words.count(_float(values.get('q05')))}\u2013{words.count(_float(values.get('q95')))}",
                )
            )
        rows.append(
            {
                "title": o.title(name),
                "cells": cells,
                "mass": words.percent(_float(o.about(name, "mass_killing_share"))),
            }
        )
    return rows


def _victims(o: Outputs) -> list[dict[str, Any]]:
    """Deaths by group beside deaths by organisation, both in alphabetical order; empty unless both are
    there."""
    groups = {g.name: g.label for g in o.theatre.groups} if o.theatre else {}
    actors = {a.name: a.label for a in o.theatre.actors} if o.theatre else {}
    rows = []
    for name in o.policies:
        table = o.runs[name]
        by_group = _means(table, "deaths_", groups, skip="deaths_by_")
        by_actor = _means(table, "deaths_by_", actors)
        if by_group and by_actor:
            rows.append({"title": o.title(name), "groups": by_group, "actors": by_actor})
    return rows


def _means(
    table: dict[str, Any], prefix: str, labels: dict[str, str], skip: str = ""
) -> list[tuple[str, str]]:
    import numpy as np

    found = []
    for column, values in table.items():
        if column.startswith(prefix) and not (skip and column.startswith(skip)):
            key = column.removeprefix(prefix)
            if np.isfinite(values).any() and np.nanmean(values) >= 0.5:
                found.append((labels.get(key, key.replace("_", " ")), words.count(float(np.nanmean(values)))))
    return sorted(found)


SCORES = (
    ("crps", "CRPS of log(1 + deaths), this model"),
    *((key, f"CRPS, {name}") for key, name in words.BASELINES.items()),
    ("log_score", "log score of the class of deaths, this model"),
    *((key.replace("crps_", "log_"), f"log score, {name}") for key, name in words.BASELINES.items()),
    ("interval_score", "90 % interval score"),
    ("covered_50", "share of months inside the 50 % band"),
    ("covered_90", "share of months inside the 90 % band"),
    ("mean_width", "mean width of the 90 % band, in log(1 + deaths)"),
    ("prefecture_rank_correlation", "rank correlation of deaths by prefecture"),
    ("refugees_ard", "refugees, averaged relative difference"),
)


def _chain(o: Outputs, titles: dict[str, str], colours: dict[str, str]) -> dict[str, Any] | None:
    """How the institutions fared with each instrument, None where each policy was decided by its own rule."""
    from markupsafe import Markup

    found = o.summary.get("chain")
    if not found:
        return None
    decision = o.summary.get("decision") or {}
    ends = [row["q95"] for steps in found.values() for step in steps for row in step["stages"].values()]
    charts, deaths = [], []
    for name, steps in found.items():
        for step in steps:
            heading = f"{titles.get(name, name)}: {step['instrument']}"
            rows = [(STAGES[stage], row) for stage, row in step["stages"].items()]
            drawn = figures.gantt(rows, step["runs"], max(ends, default=1.0), colours.get(name, figures.INK), heading)
            charts.append({"heading": heading, "chart": Markup(drawn)})
            deaths += [
                {"heading": heading, "where": end["where"].replace("_", " "), "why": end["why"],
                 "share": f"{end['runs'] / step['runs']:.0%}"}
                for end in step["rests"]
            ]  # fmt: skip
    share = decision.get("assumption_share")
    return {
        "title": decision.get("title") or decision.get("name", ""),
        "summary": decision.get("summary", ""),
        "assumed": f"{share:.0%}" if isinstance(share, float) else "",
        "charts": charts,
        "deaths": deaths,
    }


def _explained(o: Outputs, titles: dict[str, str]) -> list[dict[str, Any]]:
    """What `forestall explain` found, a part for each pair of policies: sentences, and rows for a table."""
    from sim.study.explain import headline, read

    parts = []
    for found in read(o.folder).values():
        rows = []
        for row in (*found["channels"], *found["instruments"]):
            one = headline(row)
            span = words.span(*(_float(one[name]) for name in ("mc_low", "mc_high")))
            apart = "yes" if one["told_apart"] else "no"
            name = f"without {row['name']}" if row.get("removed") else row["name"]
            rows.append({"name": name, "mean": words.fewer(_float(one["mean"])), "span": span, "apart": apart})
        a, b = (titles.get(found[name], found[name]) for name in ("a", "b"))
        parts.append({"heading": f"{b}, against {a}", "words": found["words"], "rows": rows})
    return parts


def _hindcast(o: Outputs) -> dict[str, Any] | None:
    """The hindcast section: chart, scores with and without the largest event, starts, perpetrators, patterns."""
    from markupsafe import Markup

    data = o.summary.get("hindcast")
    if not isinstance(data, dict) or not data:
        return None
    series = [row for row in data.get("series") or [] if isinstance(row, dict)]
    variants = [data, data.get("without_largest_event") or {}, data.get("all_civilian") or {}]
    scores = [(label, [_score(variant, key) for variant in variants]) for key, label in SCORES]
    columns = [column for column in range(3) if any(cells[column] for _, cells in scores)]
    heads = ("as scored", "without the largest event", "all civilian deaths")
    return {
        "sentence": str(data.get("sentence") or data.get("failed") or ""),
        "chart": Markup(figures.hindcast(series)) if series else None,
        "columns": [heads[column] for column in columns],
        "scores": [(label, [cells[c] for c in columns]) for label, cells in scores if any(cells)],
        "months": data.get("months"),
        "starts": _starts(o, data.get("per_stage") or {}),
        "perpetrators": _perpetrators(o, data.get("perpetrator_shares") or {}),
        "refugees": _came(data.get("refugees") or []),
        "patterns": _patterns(o, data.get("patterns") or []),
        "card": _card_of(o, data.get("card") or {}),
    }


def _card_of(o: Outputs, card: dict[str, Any]) -> dict[str, Any] | None:
    """What the hindcast card says: role, summary, and the published facts beside the runs."""
    if not card:
        return None
    start = {stage.name: f"{stage.start:%B %Y}" for stage in o.theatre.stages} if o.theatre else {}
    rows = []
    for row in card.get("rows") or []:
        if row.get("kind") != "fact":
            continue
        low, middle, high = (words.number(_float(row.get(key)), 3) for key in ("q05", "median", "q95"))
        rows.append(
            {
                "statement": str(row.get("statement") or ""),
                "start": start.get(str(row.get("stage")), str(row.get("stage") or "")),
                "observed": str(row.get("observed") or ""),
                "simulated": "never" if middle == "n/a" else f"{middle} ({low} to {high})",
                "inside": words.percent(_float(row.get("share_of_runs_inside"))),
                "verdict": str(row.get("verdict") or ""),
                "source": str(row.get("source") or ""),
            }
        )
    left = [f"{row.get('statement')} ({row.get('why')})" for row in card.get("not_scored") or []]
    return {"role": card.get("role_said"), "summary": card.get("summary"), "facts": rows, "left": left}


def _score(scores: dict[str, Any], key: str) -> str:
    value = _float(scores.get(key))
    return f"{value:.2f}".replace("-", "\u2212") if math.isfinite(value) else ""


def _starts(o: Outputs, per_stage: dict[str, Any]) -> list[dict[str, str]]:
    """A row a staged start and horizon: its score beside that of the best simple forecast."""
    start = {stage.name: f"{stage.start.day} {stage.start:%B %Y}" for stage in o.theatre.stages} if o.theatre else {}
    rows = []
    for stage, by_months in per_stage.items():
        for months, scores in by_months.items():
            best = min(words.BASELINES, key=lambda name: _float(scores.get(name), math.inf))
            trained = int(_float(scores.get("months_calibrated_on"), 0))
            rows.append(
                {
                    "start": start.get(stage, stage),
                    "months": f"{months} ({trained})",
                    "crps": _score(scores, "crps"),
                    "best": f"{_score(scores, best)}, {words.BASELINES[best].split(',')[0]}",
                    "without": _score(scores, "without_largest_event"),
                    "covered": words.percent(_float(scores.get("covered_90"))),
                }
            )
    return rows


def _perpetrators(o: Outputs, shares: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Organisation, observed share, simulated share, in alphabetical order; those that neither knows are left out."""
    labels = {actor.name: actor.label for actor in o.theatre.actors} if o.theatre else {}
    rows = []
    for name, row in shares.items():
        seen, low, middle, high = (_float(row.get(key), 0) for key in ("observed", "q05", "q50", "q95"))
        if max(seen, high) >= 0.005:
            said = f"{words.percent(middle)} ({words.percent(low)} to {words.percent(high)})"
            rows.append((labels.get(name, name.replace("_", " ")), words.percent(seen), said))
    return sorted(rows)


def _came(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    last = rows[-1]
    seen, low, middle, high = (words.count(_float(last.get(key))) for key in ("observed", "q05", "q50", "q95"))
    return (
        f"Refugees added abroad by the end of {last.get('month')}: {seen} observed; simulated median {middle} "
        f"(90 % of runs {low} to {high})."
    )


def _patterns(o: Outputs, rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    start = {stage.name: f"{stage.start:%B %Y}" for stage in o.theatre.stages} if o.theatre else {}
    said = []
    for row in rows:
        share, never = _float(row.get("share_of_runs_inside")), _float(row.get("share_never"), 0)
        low, high, middle = (words.number(_float(row.get(key)), 3 if abs(_float(row.get(key))) >= 1 else 2)
                             for key in ("low", "high", "median"))  # fmt: skip
        stage = str(row.get("stage") or "")
        said.append(
            {
                "statement": str(row.get("statement") or row.get("name") or ""),
                "fact": str(row.get("fact") or ""),
                "start": start.get(stage, stage),
                "window": low if low == high else f"{low} to {high}",
                "median": "never" if middle == "n/a" else middle,
                "inside": words.percent(share) if math.isfinite(share) else "not measured",
                "never": f"never in {words.percent(never)}" if 0 < never < 1 else "",
            }
        )
    return said


def _assumptions(o: Outputs) -> dict[str, Any]:
    share = _float(o.summary.get("assumption_share"))
    return {
        "share": words.percent(share) if math.isfinite(share) else None,
        "bar": round(100 * share, 1) if math.isfinite(share) else None,
        "texts": [(o.title(n), str(o.about(n, "assumption"))) for n in o.options if o.about(n, "assumption")],
        "placebo": _placebo(o),
    }


def _placebo(o: Outputs) -> str:
    tried: dict[str, dict[str, Any]] = o.summary.get("placebo") or {}
    if not tried:
        return "No placebo (a policy that must make no difference) was run in this folder."
    moved = [o.quoted(name) for name, row in tried.items() if not row.get("identical")]
    ended = (
        f"the runs of {words.listed(moved)} did not, which is a fault of the program" if moved
        else "every one did, to the bit"
    )  # fmt: skip
    runs = max(int(_float(row.get("runs"), 0)) for row in tried.values())
    return (
        f"Placebo: each policy was also decided after the last simulated day, in {runs} runs, which must then end as "
        f"those of {reference(o.baseline, {o.baseline: o.title(o.baseline)})}; {ended}."
    )


def _provenance(o: Outputs) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = [("scenario", str(o.summary.get("scenario", "")))]
    for key in ("seed", "runs", "draws"):
        if o.summary.get(key) is not None:
            rows.append((key, str(o.summary[key])))
    for key, value in o.manifest.items():
        if isinstance(value, (str, int, float)) and key not in dict(rows):
            rows.append((key.replace("_", " "), str(value)))
    versions = o.manifest.get("versions")
    if isinstance(versions, dict):
        rows.append(
            ("versions", ", ".join(f"{name} {version}" for name, version in sorted(versions.items())))
        )
    ran = o.manifest.get("theatre_digest")
    if o.theatre and ran and o.theatre.digest != ran:
        rows.append(
            ("attention", "the scenario has changed since these runs; map and names are those of today")
        )
    rows.append(("written by", f"report format {o.summary.get('schema_version', '?')}"))
    return [(key, value) for key, value in rows if value and not value.startswith(("/", "~"))]


def _charts(
    o: Outputs, against: dict[str, Effect], against_done: dict[str, Effect], titles: dict[str, str],
    colours: dict[str, str], nothing: str, done: str | None,
) -> dict[str, Any]:  # fmt: skip
    from markupsafe import Markup

    deaths = [(titles[n], colours[n], o.runs[n]["civilian_deaths"]) for n in o.policies]
    weekly = [(titles[n], colours[n], o.weekly.of("deaths", n)[:, : o.whole_weeks]) for n in o.policies]
    timing = [(titles[n], colours[n], _delays(o, n)) for n in o.options if _delays(o, n)]
    forest = figures.forest([(titles[n], colours[n], against[n]) for n in o.options], nothing)
    second = (
        figures.forest([(titles[n], colours[n], e) for n, e in against_done.items()], "what was done")
        if against_done
        else ""
    )
    return {
        "forest": Markup(forest),
        "forest_done": Markup(second),
        "dots": Markup(figures.dotplot(deaths)),
        "fan": Markup(figures.fan(weekly, o.start)),
        "timing_chart": Markup(figures.timing(timing)),
        **_maps(o, titles),
    }


def _maps(o: Outputs, titles: dict[str, str]) -> dict[str, Any]:
    from markupsafe import Markup

    area = maps.shapes(o.theatre) if o.theatre else None
    if area is None or o.theatre is None:
        return {"maps": [], "key_map": "", "map_table": []}
    where = {place.name: place.prefecture for place in o.theatre.places if place.inside}
    drawn, table = [], []
    for variable, unit, heading in (
        ("deaths", "civilian deaths", "Civilians killed, mean of the runs"),
        ("displaced", "people", "Displaced people present at the end, mean of the runs"),
    ):
        totals: dict[str, dict[str, float]] = {}
        for name in o.policies:
            sums = dict.fromkeys(area.cells, 0.0)
            for place, mean in o.places.get((name, variable), {}).items():
                if place in where and math.isfinite(mean):
                    sums[where[place]] = sums.get(where[place], 0.0) + mean
            totals[name] = sums
        bounds = maps.classes([v for sums in totals.values() for v in sums.values()])
        plots = "".join(maps.choropleth(area, totals[n], bounds, titles[n], unit) for n in o.policies)
        drawn.append(
            {"heading": heading, "plots": Markup(plots), "legend": Markup(maps.legend(bounds, unit))}
        )
        table.append(
            {
                "heading": heading,
                "columns": [titles[n] for n in o.policies],
                "rows": [
                    (p, [words.count(totals[n].get(p, 0.0)) for n in o.policies]) for p in sorted(area.cells)
                ],
            }
        )
    return {"maps": drawn, "key_map": Markup(maps.key_map(area)), "map_table": table}


def _explorer(o: Outputs) -> dict[str, Any]:
    """Weekly quantiles for the interactive chart: quantiles[variable][prefecture][policy] = 5 rows of
    whole numbers."""
    import numpy as np

    known = {"deaths": "Civilians killed a week", "displaced": "Displaced people present"}
    data: dict[str, Any] = {}
    for variable in known:
        if variable not in o.weekly.values:
            continue
        by_place: dict[str, list[Any]] = {}
        for place in ["", *(p for p in o.weekly.prefectures if p)]:
            rows = []
            for name in o.policies:
                runs = o.weekly.of(variable, name, place)[:, : o.whole_weeks]
                bands = np.quantile(runs, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
                rows.append(np.rint(bands).astype(int).tolist())
            by_place[place or "the whole country"] = rows
        data[variable] = by_place
    return {
        "chart": figures.explorer(o.start, o.whole_weeks),
        "variables": {k: v for k, v in known.items() if k in data},
        "policies": [{"title": o.title(n), "colour": figures.colour(i)} for i, n in enumerate(o.policies)],
        "quantiles": data,
    }

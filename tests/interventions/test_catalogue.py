"""The common battery on every instrument of the catalogue, on the fictional theatre and in short runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from sim.engine.model import Model
from sim.engine.record import Recorder, RunResult
from sim.ground.check import ASSUMED, GRADES, BadInput
from sim.ground.draw import run_key
from sim.interventions.base import NONE, Instrument, Policy
from sim.interventions.families import FAMILIES
from sim.interventions.families.catalogue import SECTIONS, Card, card, cards, envelopes, expanded
from sim.interventions.registry import read_policy
from sim.warning.process import load_book
from sim.world.levers import Levers
from tests.interventions.cases import ROOT, moved_levers, sahra

NAMES = tuple(cards())
EVERY = pytest.mark.parametrize("name", NAMES)
DECIDED, LASTS, DAYS = 8, 12, 26
STARTS, ENDS = DECIDED, DECIDED + LASTS
AT_ONCE = {"value": 0, "low": 0, "high": 0, "source": "chosen for a test", "grade": "assumption"}

# what to set to zero so that nothing is left of an instrument of that family
DOSE: dict[str, tuple[str, ...]] = {
    "force": ("size",),
    "arms_embargo": ("compliance",),
    "mediation": ("effort",),
    "evacuation": ("capacity_per_day",),
    "relief": ("people_covered",),
    "pressure": ("severity",),
    "incentive": ("gain",),
    "assistance": ("pay", "arms", "discipline", "cohesion", "hardship", "rally"),
    "trade": ("cut",),
    "justice": ("chance", "impunity", "deal_cost"),
    "threat": ("weight",),
    "reform": ("stability", "inclusion", "turmoil", "opens"),
    "election": ("stakes",),
    "development": ("livelihoods", "contact"),
    "community": ("policing", "contact", "answer", "reports", "acceptance"),
    "speech": ("jam", "answer", "opens"),
    "monitoring": ("witnesses", "reports"),
    "demobilisation": ("release_per_year", "pool", "arms"),
    "refuge": ("known", "people"),
}


def read(card_name: str, **changes: Any) -> Policy:
    """A policy of that one instrument, as its card has it but for the window."""
    asked = {"instrument": card_name, "lead_days": AT_ONCE, "duration_days": LASTS, **changes}
    return read_policy({"name": "tried", "title": "t", "decided_on": {"day": DECIDED}, "instruments": [asked]}, sahra())


def instrument(card_name: str, **changes: Any) -> Instrument:
    return read(card_name, **changes).steps[0].instrument


class Told:
    """A run: its digest as the instrument begins and after the last day; `levers[d]` moved on day d."""

    def __init__(self, policy: Policy) -> None:
        theatre = sahra()
        model = Model(theatre, policy, None, run_key(3, 0, 0))
        index = model.setting.index
        recorder = Recorder(theatre, index, DAYS)
        self.levers: list[set[str]] = []
        for day in range(DAYS):
            recorder.see(model.world)
            if day == STARTS:
                self.begins = model.world.digest()
            model.step()
            self.levers.append(moved_levers(model.levers, len(index.places), len(index.actors)))
        self.ends = model.world.digest()
        self.result: RunResult = recorder.result(model.world)


@cache
def untouched() -> Told:
    return Told(NONE)


@cache
def told(name: str) -> Told:
    return Told(read(name))


def declared(made: Instrument, days: int = LASTS) -> set[str]:
    """The levers that the instrument moves by itself within so many days, found by letting it move them."""
    theatre = sahra()
    places, actors = len(theatre.places), len(theatre.actors) + 13
    found: set[str] = set()
    for age in range(days):
        levers = Levers.at_rest(places, actors)
        made.apply(levers, age)
        found |= moved_levers(levers, places, actors)
    return found


# ---- the files


def numbers(node: Any, at: str = "") -> dict[str, Any]:
    """Key path -> value, of every number and every block with one."""
    if isinstance(node, Mapping):
        if "value" in node:
            return {at: node}
        return {key: found for k, child in node.items() for key, found in numbers(child, f"{at}.{k}").items()}
    if isinstance(node, list):
        return {key: found for n, child in enumerate(node) for key, found in numbers(child, f"{at}[{n}]").items()}
    return {at: node} if isinstance(node, (int, float)) and not isinstance(node, bool) else {}


@EVERY
def test_every_number_has_a_source_and_a_judgement_has_a_range(name: str) -> None:
    """How long, and how many, are choices; every other number says where it comes from."""
    chosen = (".duration_days", ".size")
    for at, given in numbers(dict(card(name).defaults)).items():
        if at.endswith(chosen):
            continue
        assert isinstance(given, Mapping), f"{at} is bare"
        assert given["source"].strip()
        assert given["grade"] in GRADES
        assert given["low"] <= given["value"] <= given["high"], at
        assert given["grade"] not in ASSUMED or given["low"] < given["high"], f"{at}: a judgement without a range"


@EVERY
def test_a_card_is_complete(name: str) -> None:
    one = card(name)
    assert one.does.endswith(".")
    assert one.evidence
    assert one.pitfalls
    assert one.family in DOSE
    assert name not in FAMILIES, "a family's name means the family, in files that are already written"
    given = one.fields()
    assert {"lead_days", "payer", "duration_days"} <= set(given)
    assert not (one.envelope and {"lead_days", "payer", "decided_by"} & set(one.defaults)), "the envelope's own rule"


def test_the_catalogue_has_every_section() -> None:
    counts = {section: sum(section in one.sections for one in cards().values()) for section in SECTIONS}
    assert counts["structural"] >= 21
    assert counts["coercive"] >= 21
    assert all(counts.values())
    assert {one.family for one in cards().values()} == set(DOSE), "a family that no card uses, or that has no dose here"


@EVERY
def test_somebody_decides(name: str) -> None:
    """The path of decision is one of the process as it was."""
    book = load_book("eu_2012")
    assert book is not None
    made = instrument(name)
    assert made.path in book.process().paths


@EVERY
def test_reading_what_was_read_gives_the_same(name: str) -> None:
    path = ROOT / "configs/instrument" / f"{name}.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert yaml.safe_load(yaml.safe_dump(raw, allow_unicode=True)) == raw
    one = card(name)
    assert raw["defaults"] == dict(one.defaults)
    asked = {"instrument": name}
    full = expanded(asked, "here")
    assert asked == {"instrument": name}, "reading leaves the file alone"
    assert expanded(full, "here") == full, "what is written out in full means the same"
    title = {"name": "tried", "title": "t"}
    by_name, in_full = (read_policy({**title, "instruments": [given]}, sahra()) for given in (asked, full))
    assert by_name.steps[0].instrument == in_full.steps[0].instrument


def test_a_file_overrides_the_card() -> None:
    made = instrument("travel_ban", targets=["army"], payer="somebody", name="ours")
    assert (made.payer, made.name) == ("somebody", "ours")
    assert len(made.targets) == 1  # type: ignore[attr-defined]
    assert made.family == "pressure"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"instrument": "travel_bann"}, "did you mean 'travel_ban'"),
        ({"instrument": "travel_ban", "severety": 1}, "unknown key 'severety'"),
        ({"instrument": "travel_ban", "targets": ["armee"]}, "no armed organisation 'armee'"),
        ({"instrument": "good_governance", "envelope": "edff"}, "did you mean 'edf'"),
        ({"instrument": "good_governance", "cost": 2e10}, "for the whole world"),
    ],
)
def test_a_wrong_line_is_refused_in_words(raw: dict[str, Any], says: str) -> None:
    given = {"lead_days": AT_ONCE, "duration_days": 10, **raw}
    with pytest.raises(BadInput, match="(?s)policy tried.*" + says.replace("(", r"\(")):
        read_policy({"name": "tried", "title": "t", "instruments": [given]}, sahra())


def test_an_unknown_card_is_refused() -> None:
    with pytest.raises(BadInput, match="did you mean 'travel_ban'"):
        card("travel_bam")


# ---- the funds


def test_the_funds_have_their_rules() -> None:
    """Sums and rules as the report of 2013 gives them; envelope B is a part of the Development Fund."""
    billions = {"eidhr": 1.104, "ifs": 2.062, "dci": 10.057, "enpi": 11.181, "ipa": 11.5, "edf": 22.7, "edf_b": 22.7}
    assert {name: round(fund.amount.value / 1e9, 3) for name, fund in envelopes().items()} == billions
    assert {name for name, fund in envelopes().items() if not fund.consent} == {"eidhr"}
    fast, slow = envelopes()["ifs"].lead["value"], [envelopes()[name].lead["value"] for name in ("dci", "edf", "enpi")]
    assert fast < min(slow)
    book = load_book("eu_2012")
    assert book is not None
    paths = book.process().paths
    for fund in envelopes().values():
        assert (paths[fund.decided_by].mandate == "host") is fund.consent, f"{fund.name}: consent is asked on its path"


def test_a_fund_says_when_and_who_pays() -> None:
    raw = {"instrument": "good_governance", "duration_days": 100}
    title = {"name": "tried", "title": "t"}
    slow = read_policy({**title, "instruments": [raw]}, sahra()).steps[0].instrument
    fast = read_policy({**title, "instruments": [{**raw, "envelope": "eidhr"}]}, sahra()).steps[0].instrument
    assert (slow.payer, fast.payer) == ("eu_dci", "eu_eidhr")
    assert fast.lead.value < slow.lead.value
    assert (slow.path, fast.path) == ("programme", "rights_programme")


# ---- the runs


@EVERY
def test_it_acts_in_its_window_and_only_there(name: str) -> None:
    run, base = told(name), untouched()
    assert run.begins == base.begins, "before its day nothing differs"
    assert not any(run.levers[:STARTS])
    assert all(run.levers[STARTS:ENDS])
    assert not any(run.levers[ENDS:]), "lifted cleanly: every lever is at rest again"


@EVERY
def test_it_moves_the_channels_that_it_declares(name: str) -> None:
    """The engine has no other hand on the levers than what the instrument does by itself."""
    seen = set().union(*told(name).levers)
    assert seen == declared(instrument(name))
    assert seen


@EVERY
def test_no_dose_is_no_policy(name: str) -> None:
    nothing = dict.fromkeys(DOSE[card(name).family], 0)
    assert Told(read(name, **nothing)).ends == untouched().ends


@EVERY
def test_the_same_policy_twice_is_the_same_and_is_paid_to_the_cent(name: str) -> None:
    run, again = told(name), Told(read(name))
    assert run.ends == again.ends
    made = instrument(name)
    due = round(sum(made.cost(age) for age in range(LASTS)), 2)
    paid = {key: value for key, value in run.result.outcomes.items() if key.startswith("euros_")}
    assert {key: round(value, 2) for key, value in paid.items()} == {f"euros_{made.payer}": due}
    stated = card(name).fields().get("cost")
    if stated is not None:  # stated for the whole time in force
        assert due == pytest.approx(stated["value"], abs=0.01)


# ---- every lever is read, and moved by something


def test_every_lever_has_an_instrument_and_a_reader() -> None:
    moved = set().union(*(declared(instrument(name), 3) for name in NAMES))
    only_by_family = {"border"}  # a neighbour who shuts its border is no instrument of prevention
    assert {one.name for one in fields(Levers)} - moved == only_by_family
    code = "".join(
        path.read_text(encoding="utf-8") for part in ("engine", "actors") for path in (ROOT / "sim" / part).glob("*.py")
    )
    assert [one.name for one in fields(Levers) if f"levers.{one.name}" not in code] == []


def test_card_files_are_all_read() -> None:
    files = {path.stem for path in Path(ROOT / "configs/instrument").glob("*.yaml")}
    assert files == set(NAMES)
    assert all(isinstance(one, Card) for one in cards().values())


def test_a_card_can_be_sized_and_aimed() -> None:
    small, large = instrument("asset_freeze", severity=0.1), instrument("asset_freeze", severity=0.9)
    index = [Levers.at_rest(40, 40) for _ in range(2)]
    for levers, made in zip(index, (small, large), strict=True):
        made.apply(levers, 300)
    assert index[0].elite_cost.sum() < index[1].elite_cost.sum()
    aimed = replace(large, targets=(0,))  # type: ignore[call-arg]
    only = Levers.at_rest(40, 40)
    aimed.apply(only, 300)
    assert np.flatnonzero(only.elite_cost).tolist() == [0]

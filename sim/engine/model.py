"""A run: the thin clock that Mesa drives, the institutions on it, and what comes out.

`simulate` is the whole engine as one call: theatre, policy, parameters and seed in, outcomes and digest out.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import mesa
import numpy as np

from sim.actors.base import Begin, Institution, Order
from sim.actors.organisation import ArmedLeadership, Climate, rung_of_harm
from sim.actors.society import CommunityLeaders, Media, Mediators, Movement, OutsideBody
from sim.engine import phases
from sim.engine.orders import carry_out, place_unit, recall, tidy_units, withdraw
from sim.engine.populate import populate, travel_days
from sim.engine.record import Recorder, RunResult
from sim.ground.check import FailedWork
from sim.ground.draw import STREAMS, run_key, uniform
from sim.ground.parameters import resolve
from sim.interventions.base import Policy
from sim.interventions.families import Force
from sim.mechanisms.forces import spread_prizes
from sim.mechanisms.violence import size_tables
from sim.scenario.theatre import Theatre
from sim.world.index import Index, index_of
from sim.world.levers import Levers
from sim.world.report import field_report, public_report
from sim.world.world import INCIDENTS_AT_MOST, POLICY_FILE, World

WEEK = 7
PULL_ROUNDS = 12
HOLDS_CAPITAL = 0.5
DRY = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Setting:
    """What does not change during a run."""

    theatre: Theatre
    index: Index
    policy: Policy
    parameters: dict[str, Any]
    capital: int
    base_pay: Any
    base_arms: Any
    base_discipline: Any
    base_hostile: Any
    base_target: Any
    started: Any  # float64 [place, group] people on the first day
    own: Any  # bool [actor] the theatre's own organisations
    spoils: Any  # float64 [actor]


class Model(mesa.Model):
    """One run on one world. Mesa holds the institutions; `step` is a day."""

    def __init__(
        self,
        theatre: Theatre,
        policy: Policy,
        parameters: Mapping[str, float] | None,
        key: Any,
        world: World | None = None,
        threads: int = 1,
    ) -> None:
        super().__init__(rng=0)  # Mesa's own generator is never used: every draw of the engine has an address
        index = index_of(theatre)
        resolved = resolve({**{name: prior.value for name, prior in theatre.priors.items()}, **(parameters or {})})
        start = populate(theatre, resolved, key)
        capital = next(p for p, place in enumerate(theatre.places) if place.kind == "capital")
        own = np.array([n < len(theatre.actors) and not theatre.actors[n].outsider for n in range(len(index.actors))])
        spoils = np.zeros(len(index.actors))
        spoils[: len(theatre.actors)] = [actor.spoils for actor in theatre.actors]
        self.setting = Setting(
            theatre,
            index,
            policy,
            resolved,
            capital,
            start.actors.pay.copy(),
            start.actors.arms.copy(),
            start.actors.discipline.copy(),
            start.actors.hostile.copy(),
            start.actors.target.copy(),
            start.cells.home.astype(np.float64),
            own,
            spoils,
        )
        self.world = world if world is not None else start
        self.levers = Levers.at_rest(len(index.places), len(index.actors))
        self.sizes, self.cut_mean = size_tables(resolved["Violence"])
        self.moved = np.zeros((threads, 4, len(index.places), len(index.groups)), dtype=np.int64)
        self.blocks = self._share_rows(threads)
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.orders: list[Order] = []
        self.desk: dict[type, Callable[[Any], Any]] = {}
        self.leaders: list[ArmedLeadership] = []
        self.movements: list[Movement] = []
        self.voices: list[Institution] = []
        self._found_institutions()
        self.speeds: tuple[float, ...] | None = None
        self.dates = self._dates()

    # ---- institutions -------------------------------------------------------------------------------------------

    def _mind(self, name: str) -> dict[str, Any]:
        mind: dict[str, Any] = self.world.minds.setdefault(name, {})
        return mind

    def _file(self, name: str) -> dict[str, Any]:
        """A page of the policy's own file: what was decided, sent and spent. It is no part of the world's digest."""
        page: dict[str, Any] = self._mind(POLICY_FILE).setdefault(name, {})
        return page

    def _found_institutions(self) -> None:
        theatre, index, par = self.setting.theatre, self.setting.index, self.setting.parameters
        risk = {name: valued.value for name, valued in theatre.risk.items()}
        climate = Climate(
            risk["regime_instability"],
            risk["exclusionary_ideology"],
            risk["past_atrocities"],
            risk["regime_autocracy"],
            risk["neighbour_conflict"],
            min(
                par["Ground"].threat_start
                + par["Ground"].threat_by_risk
                * (risk["regime_instability"] + risk["armed_conflict"] + 0.5 * risk["vulnerability_moment"]),
                1.0,
            ),
        )
        states = tuple(n for n, actor in enumerate(theatre.actors) if actor.kind in ("state", "guard", "police"))
        for n, actor in enumerate(theatre.actors):
            if actor.outsider:
                continue
            if actor.goal == "seize_power" and self.world.actors.control[self.setting.capital, n] >= HOLDS_CAPITAL:
                self._mind(actor.name).setdefault("goal", "rule")  # in power since before the start
            splinters = tuple(index.actors.index(name) for name in actor.splinters)
            self.leaders.append(
                ArmedLeadership(self, n, actor, self._mind(actor.name), par["Leaders"], climate, splinters, states)
            )
            if n in self.world.wide.crowd_actor:
                mind = self._mind(f"movement:{actor.name}")
                self.movements.append(Movement(self, n, actor.name, mind, par["Leaders"]))
        society = par["Society"]
        moderates = risk["moderate_leadership"] * society.brokerage_moderates
        committees = risk["peace_committees"] * society.brokerage_committees
        quiet = 1.0 - society.press_answers * risk["free_press"]
        for n, one in enumerate(theatre.institutions):
            group = index.groups.index(one.group) if one.group else -1
            place = index.places.index(one.place) if one.place else -1
            if one.kind in ("community", "faith") and one.stance != "hardliner":
                strength = (moderates + committees) * one.reach
                self.voices.append(
                    CommunityLeaders(self, n, one.name, group, place, strength, society, self._mind(one.name))
                )
            elif one.stance == "hardliner":
                loudness = society.incitement_reach * risk["threat_framing"] * one.reach * quiet
                self.voices.append(Media(self, n, one.name, group, place, loudness, self._mind(one.name)))
        self.mediators = Mediators(self, 0, self._mind("mediators"), par["Leaders"], society, self.setting.own)
        self.body = OutsideBody(self, 0, self.setting.policy.steps, index.prefectures, self._file("body"))
        if "strangers" not in self.world.minds:
            self.world.minds["strangers"] = self.world.actors.victims.tolist()

    def submit(self, orders: list[Order]) -> None:
        """Institutions leave their orders here."""
        self.orders.extend(orders)

    def report_for(self, institution: Institution) -> Any:
        """What that institution gets to see today."""
        return self.desk[type(institution)](institution)

    # ---- the day ------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One day."""
        self.morning()
        self.day_of_units_places_persons()
        self.world.day += 1

    def morning(self) -> None:
        """Season, decisions of outsiders, the weekly meetings, levers; then the day begins."""
        world = self.world
        self._travel()
        for place, size in self.dates.get(world.day, ()):
            world.places.trigger[place] += size
        changed = False
        if self.body.waits():
            self.desk = {OutsideBody: lambda _: public_report(world)}
            self.body.step()
            changed = any(isinstance(order, Begin) for order in self.orders)
            self.orders.clear()
        weekly = world.day % WEEK == 0
        if weekly or changed or self._something_starts_or_ends():
            self._set_levers()
        if weekly:
            self._meet()
        self._move_forces()

    def _dates(self) -> dict[int, list[tuple[Any, float]]]:
        """Day -> (places, size of trigger) of elections and commemorations; they matter as far as politics is factional."""
        theatre, index = self.setting.theatre, self.setting.index
        society, risk = self.setting.parameters["Society"], theatre.risk
        factional = risk["exclusionary_ideology"].value * risk["regime_instability"].value
        sizes = {"election": society.election_trigger, "deadline": society.date_trigger, "anniversary": society.date_trigger}
        inside = [p for p, place in enumerate(theatre.places) if place.inside]
        dates: dict[int, list[tuple[Any, float]]] = {}
        for entry in theatre.calendar:
            if entry.applies == "world" and entry.kind in sizes:
                where = np.array([index.places.index(name) for name in entry.place] or inside)
                dates.setdefault((entry.date - theatre.start).days, []).append((where, sizes[entry.kind] * factional))
        return dates

    def _travel(self) -> None:
        theatre, world = self.setting.theatre, self.world
        season = theatre.season_on(theatre.start + datetime.timedelta(days=world.day))
        speeds = season.road_speed if season is not None else DRY
        if speeds != self.speeds:
            self.speeds = speeds
            foot, vehicle = travel_days(theatre, self.setting.index, self.setting.parameters["Ground"], speeds)
            world.roads.days[:] = foot
            world.roads.days_vehicle[:] = vehicle

    def _meet(self) -> None:
        """The week's meetings: what everybody sees is fixed before anybody decides."""
        world, setting = self.world, self.setting
        self._learn()
        field = field_report(world, setting.capital, setting.started)
        active = world.cells.men_active
        crowd = world.wide.crowd_actor
        kin = world.actors.constituency

        def movement(one: Institution) -> tuple[Any, Any, Any]:
            men = active[:, crowd == one.number].sum(axis=1)
            near = np.maximum(kin @ kin[one.number] / max(kin[one.number].sum(), 1.0), 0.0)
            near[one.number] = 0.0
            return men, near @ world.wide.deserters, world.actors.strength[:, one.number]

        def voice(one: Any) -> float:
            sides = [lead for lead in self.leaders if one.group < 0 or kin[lead.number, one.group] > 0.5]
            return max((float(lead.mind["threat"]) for lead in sides if field.totals[lead.number] > 0), default=0.3)

        meeting = (field, self.levers, world.key, WEEK)
        self.desk = {
            ArmedLeadership: lambda _: meeting,
            Movement: movement,
            CommunityLeaders: lambda _: field,
            Media: voice,
            Mediators: lambda _: meeting,
        }
        world.cells.brokerage[:] = np.minimum(self.levers.brokerage, 1.0)[:, None]
        fade = 1.0 - WEEK * setting.parameters["Feeling"].speech_fade
        kept = world.cells.speech * max(fade, 0.0)
        world.cells.speech[:] = 0.0
        least = setting.parameters["Leaders"].movement_at_least
        latent = {n for n, actor in enumerate(setting.theatre.actors) if actor.latent}
        for leader in self.leaders:
            if leader.number not in latent or field.totals[leader.number] >= least:
                leader.step()
        for one in (*self.movements, *self.voices, self.mediators):
            one.step()
        carry_out(world, self.orders, setting.capital)
        self.orders.clear()
        heard = self.levers.incitement * (1.0 - np.minimum(self.levers.counter_speech, 1.0))
        world.cells.speech[:] = np.minimum(kept + world.cells.speech * heard[:, None] * (1.0 - max(fade, 0.0)), 1.0)
        tidy_units(world)
        world.wide.deserters[:] *= 1.0 - WEEK / 120.0
        spread_prizes(
            setting.parameters["Forces"],
            PULL_ROUNDS,
            world.actors.prize,
            world.actors.strength.sum(axis=0),
            world.roads,
            world.actors.pull,
        )

    def _learn(self) -> None:
        """What a week changes slowly: animosity, targets, pay, arms, who fights whom."""
        world, setting, par = self.world, self.setting, self.setting.parameters["Leaders"]
        actors, wide = world.actors, world.wide
        seen = np.array(world.minds["strangers"])
        week = actors.victims - seen
        world.minds["strangers"] = actors.victims.tolist()
        # group g learns to hate group h by what organisations that fight for h did to g
        # (harm done to one's own constituency is crime, not war between groups)
        by_people_of = actors.constituency.T @ (week * (1.0 - actors.constituency))  # [h, g]
        rate = 1e4 * by_people_of.T / (wide.population[:, None] + 1.0)  # [g, h]
        wide.animosity[:] += par.animosity_rate * (1.0 - wide.animosity) * rate / (rate + par.animosity_half)
        np.fill_diagonal(wide.animosity, 0.0)
        kin = actors.constituency / np.maximum(actors.constituency.sum(axis=1), 1.0)[:, None]
        felt = kin @ wide.animosity  # [actor, group]
        aim = np.clip((felt - par.target_from) / (1.0 - par.target_from), 0.0, 1.0) * (actors.constituency < 0.5)
        own = setting.own[:, None]
        actors.target[:] = np.where(own, np.maximum(setting.base_target, aim), actors.target)
        trained = np.minimum(setting.base_discipline + self.levers.discipline, 1.0)
        actors.discipline[:] = np.where(setting.own, trained, actors.discipline)
        looted = (world.places.people_start @ actors.control) / world.places.people_start.sum() * setting.spoils
        purse = np.minimum(setting.base_pay * self.levers.pay + looted, 1.0)
        slow = 1.0 - (1.0 - par.predation_pay) ** WEEK
        actors.pay[:] = np.where(setting.own, actors.pay + slow * (purse - actors.pay), actors.pay)
        actors.arms[:] = np.where(
            setting.own, actors.arms * (1.0 - 0.004 * WEEK * (1.0 - self.levers.arms) * 0.5), actors.arms
        )
        self._judge(week)
        self._set_feuds()

    def _judge(self, week: Any) -> None:
        """Locals judge armed people by conduct: harm costs legitimacy, protection of the threatened earns it."""
        actors, par = self.world.actors, self.setting.parameters["Society"]
        harm = 1e4 * week.sum(axis=1) / self.world.wide.population.sum()
        shielded = self.world.cells.protection.mean(axis=1) * (self.world.places.unrest > 0.0)
        where = actors.strength / np.maximum(actors.strength.sum(axis=0), 1)
        earned = par.legitimacy_gain * actors.protects * (shielded @ where)
        lost = par.legitimacy_loss * harm / (harm + par.legitimacy_half)
        actors.legitimacy[:] += earned * (1.0 - actors.legitimacy) - lost * actors.legitimacy

    def _set_feuds(self) -> None:
        world, setting = self.world, self.setting
        actors, society = world.actors, setting.parameters["Society"]
        hostile = setting.base_hostile.copy()
        truces = world.minds.setdefault("truces", {})
        for pair, hold in sorted(truces.items()):
            a, b = (int(number) for number in pair.split())
            hostile[a, b] *= 1.0 - hold
            hostile[b, a] *= 1.0 - hold
            guarantee = min(float(self.levers.guarantee[a]), float(self.levers.guarantee[b]))
            decay = WEEK / setting.parameters["Leaders"].deal_days * (1.0 - 0.8 * min(guarantee, 1.0))
            truces[pair] = hold * (1.0 - decay)
        harm = rung_of_harm(actors.intent) * setting.own
        stand = society.roe_fights * actors.protects * (actors.outsider == 1)
        actors.hostile[:] = np.maximum(hostile, stand[:, None] * harm[None, :])

    # ---- policy -------------------------------------------------------------------------------------------------

    def _lead(self, number: int) -> int:
        """Days from decision to first effect of a step: triangular over its range, addressed by the instrument's name."""
        instrument = self.setting.policy.steps[number].instrument
        lead = instrument.lead
        if lead.high <= lead.low:
            return round(lead.value)
        coin = uniform(self.world.key, zlib.crc32(instrument.name.encode()), 0, STREAMS["lead_time"], 0)
        peak = (lead.value - lead.low) / (lead.high - lead.low)
        if coin < peak:
            return int(lead.low + 0.5 + (coin * (lead.high - lead.low) * (lead.value - lead.low)) ** 0.5)
        return int(lead.high + 0.5 - ((1.0 - coin) * (lead.high - lead.low) * (lead.high - lead.value)) ** 0.5)

    def _ages(self) -> list[tuple[int, int]]:
        """(step number, age today) of every step decided; a negative age is a lead time still running."""
        begun = self._file("body")["begun"]
        return [(int(n), self.world.day - decided - self._lead(int(n))) for n, decided in sorted(begun.items())]

    def _something_starts_or_ends(self) -> bool:
        steps = self.setting.policy.steps
        return any(age == 0 or age == steps[n].instrument.duration for n, age in self._ages())

    def _set_levers(self) -> None:
        setting, world = self.setting, self.world
        levers = Levers.at_rest(len(setting.index.places), len(setting.index.actors))
        for n, age in self._ages():
            instrument = setting.policy.steps[n].instrument
            if instrument.runs(age):
                instrument.apply(levers, age)
            elif age < 0:
                instrument.foreseen(levers, -age)
        self.levers = levers
        places = world.places
        places.border[:] = levers.border
        places.escort[:] = np.minimum(levers.exit, 1.0)
        places.relief[:] = np.minimum(levers.relief, 1.0)
        places.hardship_added[:] = levers.hardship
        places.access[:] = np.minimum(places.base_access + levers.observation * (1.0 - places.base_access), 1.0)

    def _move_forces(self) -> None:
        """Forces arrive and leave in pieces; what they lost is not replaced. Costs are booked by payer."""
        world, euros, sent = self.world, self._file("euros"), self._file("sent")
        for n, age in self._ages():
            instrument = self.setting.policy.steps[n].instrument
            if instrument.runs(age):
                euros[instrument.payer] = euros.get(instrument.payer, 0.0) + instrument.cost(age)
            if not isinstance(instrument, Force) or age < 0:
                continue
            before = sent.setdefault(str(n), {})
            wanted = instrument.strength(age)
            for place in sorted({*wanted, *(int(p) for p in before)}):
                change = wanted.get(place, 0) - before.get(str(place), 0)
                if change > 0:
                    if not (world.units.strength[world.units.actor == instrument.actor] > 0).any():
                        self._equip(instrument)
                    if not place_unit(world, instrument.actor, place, change, vehicle=instrument.vehicle, roam=False):
                        raise FailedWork("no free unit slot for a force", where=instrument.name, instead="fewer places")
                elif change < 0:
                    withdraw(world, instrument.actor, place, -change)
                before[str(place)] = wanted.get(place, 0)
                if instrument.expedition >= 0 and not wanted:
                    recall(world, instrument.actor)  # those whom a lost clash drove elsewhere go home too

    def _equip(self, force: Force) -> None:
        actors, a = self.world.actors, force.actor
        actors.outsider[a] = 1
        actors.arms[a], actors.cohesion[a], actors.pay[a] = force.arms, force.cohesion, 1.0
        actors.discipline[a], actors.legitimacy[a] = 0.9, force.legitimacy
        actors.protects[a], actors.polices[a] = force.protects, force.polices

    # ---- compiled part ------------------------------------------------------------------------------------------

    def _share_rows(self, threads: int) -> list[tuple[int, int]]:
        """Home cells first..last for each thread, about equal in rows."""
        first = self.world.cells.first
        cuts = np.searchsorted(first, np.linspace(0, first[-1], threads + 1))
        cuts[0], cuts[-1] = 0, first.size - 1
        return [(int(a), int(b)) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]

    def day_of_units_places_persons(self) -> None:
        """The compiled drivers, in the order that `phases` explains; persons are shared over threads if there are any."""
        w, par, day = self.world, self.setting.parameters, self.world.day
        force, harm, wealth = par["Forces"], par["Violence"], par["Economy"]
        mind, join, way = par["Feeling"], par["Participation"], par["Flight"]
        fixed = (force, harm, wealth, mind, join, way, self.sizes, self.cut_mean, phases.VIOLENCE_STREAMS, w.key, day)
        if self.pool is None:
            phases.whole_day(
                *fixed, w.persons, w.places, w.cells, w.roads, w.actors, w.units, w.ledger, w.wide, self.moved[0]
            )
        else:
            phases.units_day(force, w.key, day, w.places, w.roads, w.actors, w.units, w.wide)
            phases.places_day(*fixed, w.persons, w.places, w.cells, w.roads, w.actors, w.ledger, w.wide)
            self.moved[:] = 0
            shares = [(lo, hi, self.moved[n]) for n, (lo, hi) in enumerate(self.blocks)]
            tables = (w.persons, w.places, w.cells, w.roads)
            list(
                self.pool.map(
                    lambda share: phases.persons_day(mind, join, way, w.key, day, *share[:2], *tables, share[2]), shares
                )
            )
            for moved in self.moved:
                phases.settle(w.cells, moved)
            phases.emerge(w.persons, w.cells)
        if w.ledger.count[0] > INCIDENTS_AT_MOST:
            raise FailedWork(
                "more incidents than a run can hold",
                where=f"day {day}",
                why=f"the ledger has {INCIDENTS_AT_MOST} rows",
                instead="a shorter run or parameters within their ranges",
            )


def simulate(
    theatre: Theatre,
    policy: Policy,
    *,
    parameters: Mapping[str, float] | None = None,
    seed: int,
    draw: int = 0,
    replicate: int = 0,
    days: int | None = None,
    threads: int = 1,
) -> RunResult:
    """Run a theatre under a policy for `days` days (default: the theatre's horizon) and return what came out.

    `parameters` replaces values by name (see `sim.ground.parameters.PARAMETERS`); seed, draw and replicate (each
    0 .. 2**32-1) make the key of the run. Equal arguments give equal digests on any number of threads.
    Raises BadInput for unknown parameters and FailedWork when a run cannot be carried on.
    """
    model = Model(theatre, policy, parameters, run_key(seed, draw, replicate), threads=threads)
    recorder = Recorder(theatre, model.setting.index, days if days is not None else theatre.days)
    for _ in range(recorder.days):
        recorder.see(model.world)
        model.step()
    return recorder.result(model.world)

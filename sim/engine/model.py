"""A run: the thin clock that Mesa drives, the institutions on it, and what comes out.

`simulate` is the whole engine as one call: theatre, policy, parameters and seed in, outcomes and digest out.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Any

import mesa
import numpy as np

from sim.actors.base import Institution, Order
from sim.actors.credibility import Records
from sim.actors.decider import OutsideBody
from sim.actors.organisation import ArmedLeadership, Climate, ordinary_threat, rung_of_harm
from sim.actors.society import CommunityLeaders, Media, Mediators, Movement
from sim.engine import phases
from sim.engine.desk import PolicyDesk
from sim.engine.orders import carry_out, tidy_units
from sim.engine.outside import Outside, drawn_process, waits_for_nobody
from sim.engine.past import live_through
from sim.engine.populate import populate, travel_days
from sim.engine.record import Recorder, RunResult
from sim.engine.setting import Setting
from sim.engine.week import WEEK, dates_of, learn, politics, vote
from sim.ground.check import FailedWork
from sim.ground.draw import run_key
from sim.ground.parameters import resolve
from sim.interventions.base import Policy
from sim.interventions.registry import varied as varied_policy
from sim.mechanisms.forces import spread_prizes
from sim.mechanisms.violence import size_tables
from sim.scenario.theatre import Season, Theatre
from sim.scenario.vary import varied
from sim.warning.process import Process, load_book
from sim.world.index import index_of
from sim.world.levers import Levers
from sim.world.report import field_report
from sim.world.world import INCIDENTS_AT_MOST, MOVED, World

PULL_ROUNDS = 12
HOLDS_CAPITAL = 0.5
DRY = (1.0, 1.0, 1.0, 1.0)
YEAR = 365


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
        epoch: int = WEEK,
        process: Process | None = None,
    ) -> None:
        super().__init__(rng=0)  # Mesa's own generator is never used: every draw of the engine has an address
        resolved = resolve({**{name: prior.value for name, prior in theatre.priors.items()}, **(parameters or {})})
        version = int(resolved["Ground"].theatre_draw)
        theatre, policy = varied(theatre, version), varied_policy(policy, theatre, version)
        start = populate(theatre, resolved, key)
        live_through(start, theatre, index_of(theatre), resolved)
        self.setting = setting = Setting.of(theatre, policy, resolved, start, epoch)
        self.world = world if world is not None else start
        self.levers = Levers.at_rest(len(setting.index.places), len(setting.index.actors))
        self.sizes, self.cut_mean = size_tables(resolved["Violence"])
        self.moved = np.zeros((threads, MOVED, *self.world.cells.home.shape), dtype=np.int64)
        self.blocks = self._share_rows(threads)
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.policy_desk = PolicyDesk(self.world, setting)
        self.records = Records(self.world.minds, resolved["Credibility"], len(setting.index.actors))
        self.outside = None if process is None else Outside(self.world, setting, self.policy_desk, process)
        self.orders: list[Order] = []
        self.desk: dict[type, Callable[[Any], Any]] = {}
        self.leaders: list[ArmedLeadership] = []
        self.movements: list[Movement] = []
        self.voices: list[Institution] = []
        self._found_institutions()
        # Mesa 3.3 counts agents in a table of the class, keyed by model: it would keep the world of every run alive
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.speeds: tuple[float, ...] | None = None
        self.season_ends = 0
        self.dates = dates_of(setting)

    # ---- institutions -------------------------------------------------------------------------------------------

    def _mind(self, name: str) -> dict[str, Any]:
        mind: dict[str, Any] = self.world.minds.setdefault(name, {})
        return mind

    def _found_institutions(self) -> None:
        theatre, index, par = self.setting.theatre, self.setting.index, self.setting.parameters
        risk = {name: valued.value for name, valued in theatre.risk.items()}
        climate = Climate(
            risk["regime_instability"],
            risk["exclusionary_ideology"],
            risk["past_atrocities"],
            risk["regime_autocracy"],
            risk["neighbour_conflict"],
            ordinary_threat(theatre, par),
            par["Ground"].threat_by_risk * risk["regime_instability"],
        )
        states = tuple(n for n, actor in enumerate(theatre.actors) if actor.kind in ("state", "guard", "police"))
        for n, actor in enumerate(theatre.actors):
            if actor.outsider:
                continue
            if actor.goal == "seize_power" and self.world.actors.control[self.setting.capital, n] >= HOLDS_CAPITAL:
                self._mind(actor.name).setdefault("goal", "rule")  # in power since before the start
                self._mind(actor.name).setdefault("power", 1.0)
            splinters = tuple(index.actors.index(name) for name in actor.splinters)
            self.leaders.append(
                ArmedLeadership(
                    self, n, actor, self._mind(actor.name), par["Leaders"], par["Ladder"], par["Weights"], climate,
                    splinters, states,
                )
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
        kin = self.world.actors.constituency
        self.near = {}  # movement -> [actor] how near the deserters of each organisation are to it
        for movement in self.movements:
            own = kin[movement.number]
            self.near[movement.number] = np.maximum(kin @ own / max(own.sum(), 1.0), 0.0)
            self.near[movement.number][movement.number] = 0.0
        self.sides = {  # group -> the leaders on its side
            g: [lead for lead in self.leaders if g < 0 or kin[lead.number, g] > 0.5]
            for g in range(-1, len(index.groups))
        }
        self.mediators = Mediators(self, 0, self._mind("mediators"), par["Leaders"], society, self.setting.own)
        steps = self.setting.policy.steps if self.outside is None else waits_for_nobody(self.setting.policy.steps)
        self.body = OutsideBody(
            self, steps, self.setting.policy.rules, self.policy_desk.leads, index.prefectures,
            self.policy_desk.file["body"], proposes=self.outside is not None,
        )  # fmt: skip
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
        self.days_of_units_places_persons(self.world.day + 1)

    def walk(self, until: int) -> None:
        """The days up to the morning of `until`: the same bits as so many steps, quiet days in one compiled call."""
        while self.world.day < until:
            self.morning()
            self.days_of_units_places_persons(min(self._next_busy_morning(), until))

    def morning(self) -> None:
        """Season, decisions of outsiders, the weekly meetings, levers; then the day begins."""
        world = self.world
        self._travel()
        for place, size in self.dates.get(world.day, ()):
            world.places.trigger[place] += size * politics(self.setting, self.levers)
        changed = False
        if self.body.looks(world.day, phases.told_on(world.day, world.ledger)):
            warning = 0.0 if self.outside is None else self.outside.warning
            self.desk = {OutsideBody: lambda _: self.policy_desk.public_report(warning)}
            self.body.step()
            changed = bool(self.orders)
            self.orders.clear()
        if self.outside is not None:
            changed = self.outside.day() or changed
        meets = world.day % self.setting.epoch == 0
        if meets or changed or self.policy_desk.something_starts_or_ends():
            self.levers = self.policy_desk.set_levers(self.records)
        if meets:
            self._meet()
        self.policy_desk.move_forces()
        self.policy_desk.book_costs(world.day)

    def _next_busy_morning(self) -> int:
        """The first day after today whose morning does more than book costs; reports may make it an earlier one."""
        today, epoch = self.world.day, self.setting.epoch
        dates = (day for day in self.dates if day > today)
        next_look, next_change = self.body.next_look(today), self.policy_desk.next_change()
        if self.outside is not None:
            next_look = min(next_look, self.outside.next_busy(today))
        return min(today - today % epoch + epoch, self.season_ends, next_look, next_change, *dates)

    def _travel(self) -> None:
        theatre, world = self.setting.theatre, self.world
        if world.day < self.season_ends:
            return
        speeds, lasts = road_speeds(theatre.seasons, theatre.start + datetime.timedelta(days=world.day))
        self.season_ends = world.day + lasts
        if speeds != self.speeds:
            self.speeds = speeds
            foot, vehicle = travel_days(theatre, self.setting.index, self.setting.parameters["Ground"], speeds)
            world.roads.days[:] = foot
            world.roads.days_vehicle[:] = vehicle

    def _meet(self) -> None:
        """The week's meetings: what everybody sees is fixed before anybody decides."""
        world, setting = self.world, self.setting
        learn(world, setting, self.levers)
        vote(world, setting, self.levers)
        guilty = rung_of_harm(world.actors.intent) * setting.own
        self.records.learn(world.day, setting.epoch, self.policy_desk.promises(), guilty)
        field = field_report(world, setting.capital, setting.people)
        active = world.cells.men_active
        crowd = world.wide.crowd_actor

        def movement(one: Institution) -> tuple[Any, Any, Any]:
            men = active[:, crowd == one.number].sum(axis=1)
            return men, self.near[one.number] @ world.wide.deserters, world.actors.strength[:, one.number]

        def voice(one: Any) -> float:
            sides = self.sides[one.group]
            return max((float(lead.mind["threat"]) for lead in sides if field.totals[lead.number] > 0), default=0.3)

        meeting = (field, self.levers, world.key, setting.epoch)
        self.desk = {
            ArmedLeadership: lambda _: meeting,
            Movement: movement,
            CommunityLeaders: lambda _: field,
            Media: voice,
            Mediators: lambda _: meeting,
        }
        world.cells.brokerage[:] = np.minimum(self.levers.brokerage, 1.0)[:, None]
        fade = 1.0 - setting.epoch * setting.parameters["Feeling"].speech_fade
        kept = world.cells.speech * max(fade, 0.0)
        world.cells.speech[:] = 0.0
        least = setting.parameters["Leaders"].movement_at_least
        for leader in self.leaders:
            if not leader.profile.latent or field.totals[leader.number] >= least:
                leader.step()
        for one in (*self.movements, *self.voices, self.mediators):
            one.step()
        carry_out(world, self.orders, setting.capital)
        self.orders.clear()
        heard = self.levers.incitement * (1.0 - np.minimum(self.levers.counter_speech, 1.0))
        world.cells.speech[:] = np.minimum(kept + world.cells.speech * heard[:, None] * (1.0 - max(fade, 0.0)), 1.0)
        tidy_units(world)
        world.wide.deserters[:] *= 1.0 - setting.epoch / setting.parameters["Leaders"].deserters_days
        spread_prizes(
            setting.parameters["Forces"],
            PULL_ROUNDS,
            world.actors.prize,
            world.actors.strength.sum(axis=0),
            world.roads,
            world.actors.pull,
        )

    # ---- compiled part ------------------------------------------------------------------------------------------

    def _share_rows(self, threads: int) -> list[tuple[int, int]]:
        """Home cells first..last for each thread, about equal in rows."""
        first = self.world.cells.first
        cuts = np.searchsorted(first, np.linspace(0, first[-1], threads + 1))
        cuts[0], cuts[-1] = 0, first.size - 1
        return [(int(a), int(b)) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]

    def days_of_units_places_persons(self, until: int) -> None:
        """The compiled drivers, in the order that `phases` explains, up to the morning of `until` if nothing is to be

        decided before. Threads, if there are any, share the persons, and then it is one day.
        """
        w, par, day = self.world, self.setting.parameters, self.world.day
        force, harm, wealth = par["Forces"], par["Violence"], par["Economy"]
        mind, join, way = par["Feeling"], par["Participation"], par["Flight"]
        fixed = (force, harm, wealth, mind, join, way, self.sizes, self.cut_mean, phases.VIOLENCE_STREAMS, w.key, day)
        if self.pool is None:
            w.day = phases.whole_days(
                *fixed, until, self.body.waits_for_reports(),
                w.persons, w.places, w.cells, w.roads, w.actors, w.units, w.ledger, w.wide, self.moved[0],
            )  # fmt: skip
            for quiet in range(day + 1, w.day):
                self.policy_desk.book_costs(quiet)
        else:
            phases.units_day(force, w.key, day, w.places, w.roads, w.actors, w.units, w.wide)
            phases.places_day(*fixed, w.persons, w.places, w.cells, w.roads, w.actors, w.ledger, w.wide)
            self.moved[:] = 0
            list(self.pool.map(self._share_of_persons, range(len(self.blocks))))
            for moved in self.moved:
                phases.settle(w.cells, moved)
            phases.emerge(w.persons, w.cells)
            w.day = day + 1
        if w.ledger.count[0] > INCIDENTS_AT_MOST:
            raise FailedWork(
                "more incidents than a run can hold",
                where=f"day {w.day - 1}",
                why=f"the ledger has {INCIDENTS_AT_MOST} rows",
                instead="a shorter run or parameters within their ranges",
            )

    def _share_of_persons(self, number: int) -> None:
        """One thread's share of the person driver."""
        w, par = self.world, self.setting.parameters
        first, last = self.blocks[number]
        phases.persons_day(
            par["Feeling"], par["Participation"], par["Flight"], w.key, w.day, first, last,
            w.persons, w.places, w.cells, w.roads, self.moved[number],
        )  # fmt: skip


@lru_cache(maxsize=1024)
def road_speeds(seasons: tuple[Season, ...], day: datetime.date) -> tuple[tuple[float, ...], int]:
    """(factors on the dry speeds of the kinds of road, for how many days they hold) from `day` on."""

    def season_on(days: int) -> Season | None:
        date = day + datetime.timedelta(days=days)
        return next((season for season in seasons if season.covers(date)), None)

    season = season_on(0)
    lasts = next((days for days in range(1, YEAR) if season_on(days) is not season), YEAR)
    return season.road_speed if season is not None else DRY, lasts


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
    decision: str = "instant",
) -> RunResult:
    """Run a theatre under a policy for `days` days (default: the theatre's horizon) and return what came out.

    `parameters` replaces values by name (see `sim.ground.parameters.PARAMETERS`); seed, draw and replicate (each
    0 .. 2**32-1) make the key of the run. Equal arguments give equal digests on any number of threads.
    `decision` names who decides (see `sim.warning.process`); with `instant` each step is decided by its own rule.
    Raises BadInput for unknown parameters and FailedWork when a run cannot be carried on.
    """
    book = load_book(decision)
    process = None if book is None else drawn_process(book, seed, draw)
    model = Model(theatre, policy, parameters, run_key(seed, draw, replicate), threads=threads, process=process)
    recorder = Recorder(theatre, model.setting.index, days if days is not None else theatre.days)
    for morning in recorder.mornings:
        model.walk(morning)
        recorder.see(model.world)
    model.walk(recorder.days)
    result = recorder.result(model.world)
    return result if model.outside is None else replace(result, chain=model.outside.ledger())

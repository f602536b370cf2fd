"""What must hold between the tables of a theatre. Each check adds to the draft's problems."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sim.ground.check import did_you_mean
from sim.scenario import schema
from sim.scenario.draft import BAD, Draft, Row
from sim.scenario.schema import Column, Table
from sim.scenario.theatre import INSIDE_KINDS, OUTSIDE_INSTITUTIONS, OUTSIDER_KINDS


def check(draft: Draft) -> None:
    """Check names, references, the graph, cycles, sums and the calendar."""
    _check_names(draft)
    _check_references(draft)
    _check_places(draft)
    _check_links(draft)
    _check_actors(draft)
    _check_shares(draft)
    _check_killed(draft)
    _check_displaced(draft)
    _check_calendar(draft)


def _check_names(draft: Draft) -> None:
    for item in schema.TABLES:
        if not item.unique:
            continue
        first: dict[tuple[Any, ...], int] = {}
        for row, where in draft.each(item.name):
            key = tuple(row.cells[name] for name in item.unique)
            if BAD in key:
                continue
            if key in first:
                said = ", ".join(repr(part) for part in key if part != "")
                draft.tell(
                    f"{said} is there twice (first in line {first[key]})",
                    where,
                    why=f"{', '.join(item.unique)} must be unique in {item.file}",
                    instead="another name, or one row with the sum" if len(key) > 1 else "another name",
                )
            first.setdefault(key, row.line)
    shared = draft.tables["actors"].names() & draft.tables["institutions"].names()
    for row, where in draft.each("institutions"):
        if row.cells["name"] in shared:
            draft.tell(
                f"{row.cells['name']!r} is an actor too",
                where,
                why="a name must mean one organisation",
                instead=f"another name, such as {row.cells['name']}_office",
            )


def _check_references(draft: Draft) -> None:
    for item in schema.TABLES:
        for column in item.columns:
            if not column.refers:
                continue
            known: set[str] = set()
            for name in column.refers:
                names = draft.known(name)
                if names is None:
                    break
                known |= names
            else:
                _check_column(draft, item, column, known)


def _check_column(draft: Draft, item: Table, column: Column, known: set[str]) -> None:
    unknown: dict[str, list[str]] = defaultdict(list)
    for row, where in draft.each(item.name):
        value = row.cells[column.name]
        if value is not BAD:
            for name in value if column.many else (value,):
                if name and name not in known:
                    unknown[name].append(where)
    kinds = " or ".join(word.removesuffix("s") for word in column.refers)
    homes = " and ".join(_defined_in(word) for word in column.refers)
    for name, places in unknown.items():
        more = f" (and in {len(places) - 1} more rows)" if len(places) > 1 else ""
        draft.tell(
            f"unknown {kinds} {name!r}{more}",
            f"{places[0]} ({column.name})",
            why=f"{homes} {'do' if len(column.refers) > 1 else 'does'} not name it",
            instead=did_you_mean(name, known),
        )


def _check_places(draft: Draft) -> None:
    places = draft.tables["places"]
    country = draft.settings.get("country", BAD)
    capitals = []
    for row, where in draft.each("places"):
        kind, cells = row.cells["kind"], row.cells
        if kind is BAD:
            continue
        inside = kind in INSIDE_KINDS
        if kind == "capital":
            capitals.append(f"{cells['name']!r} in line {row.line}")
        if inside:
            for name in ("terrain", "spoils", "access"):
                if not _raw_given(draft, row, name):
                    draft.tell(
                        f"{name} is empty",
                        f"{where} ({name})",
                        why="an inside place needs it",
                        instead="a share 0 to 1",
                    )
            if cells["prefecture"] == "":
                draft.tell(
                    "prefecture is empty",
                    f"{where} (prefecture)",
                    why="results are counted by prefecture",
                    instead="the district it lies in",
                )
        _check_country(draft, cells, inside, country, where)
    if places.sound and len(capitals) != 1 and all(row.cells["kind"] is not BAD for row in places.rows):
        found = "no capital" if not capitals else f"{len(capitals)} capitals: {', '.join(capitals)}"
        draft.tell(
            f"there is {found}" if not capitals else f"there are {found}",
            "places.csv (kind)",
            why="routes, control and the state start from the capital",
            instead="kind capital for exactly one place",
        )
    _check_population(draft)


def _raw_given(draft: Draft, row: Row, name: str) -> bool:
    return row.cells[name] is BAD or row.cells[name] is not None


def _check_country(draft: Draft, cells: dict[str, Any], inside: bool, country: Any, where: str) -> None:
    given = cells["country"]
    if BAD in (given, country):
        return
    at = f"{where} (country)"
    if inside and given not in ("", country):
        draft.tell(
            f"country {given!r} of an inside place is not {country!r}",
            at,
            instead=f"{country}, or kind neighbour for a place abroad",
        )
    elif not inside and given == "":
        draft.tell(
            "country is empty for an outside node",
            at,
            why="it decides whether people count as refugees",
            instead="its three-letter code",
        )
    elif cells["kind"] == "neighbour" and given == country:
        draft.tell(
            f"a neighbour cannot lie in {country!r} itself",
            at,
            instead="its own country, or kind camp for a camp in the country",
        )


def _check_population(draft: Draft) -> None:
    if not draft.tables["places"].sound or not draft.tables["population"].sound:
        return
    kinds = {row.cells["name"]: row.cells["kind"] for row in draft.tables["places"].rows}
    peopled = set()
    for row, where in draft.each("population"):
        place = row.cells["place"]
        peopled.add(place)
        if kinds.get(place) in ("camp", "neighbour"):
            draft.tell(
                f"{place!r} is an outside node",
                f"{where} (place)",
                why="only inside places have residents on the first day",
                instead="an inside place",
            )
    for row, where in draft.each("places"):
        name = row.cells["name"]
        if (
            row.cells["kind"] in INSIDE_KINDS
            and name is not BAD
            and name not in peopled
            and BAD not in peopled
        ):
            draft.tell(
                f"nobody lives in {name!r}",
                where,
                why="every inside place needs a row in population.csv",
                instead=f"a row {name},GROUP,PEOPLE,... in population.csv",
            )


def _check_links(draft: Draft) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    ends: dict[str, set[str]] = defaultdict(set)
    for row, where in draft.each("links"):
        one, other = row.cells["from"], row.cells["to"]
        if BAD in (one, other):
            continue
        ends[one].add(other)
        ends[other].add(one)
        if one == other:
            draft.tell(f"the link leads from {one!r} to itself", where, instead="two different places")
            continue
        key = (*sorted((one, other)), row.cells["road"])
        if key in seen:
            draft.tell(
                f"{one!r} and {other!r} are linked twice by {key[2]} (first in line {seen[key]})",
                where,
                why="links go both ways",
                instead="one row for a pair and kind of road",
            )
        seen.setdefault(key, row.line)
    _check_reachable(draft, ends)


def _check_reachable(draft: Draft, ends: dict[str, set[str]]) -> None:
    places = draft.tables["places"]
    capital = [row.cells["name"] for row in places.rows if row.cells["kind"] == "capital"]
    names = draft.known("places")
    if len(capital) != 1 or names is None or not draft.tables["links"].sound:
        return
    if any(BAD in (row.cells["from"], row.cells["to"]) for row in draft.tables["links"].rows):
        return
    if set(ends) - names:
        return  # a misspelt end is told already
    reached, edge = {capital[0]}, [capital[0]]
    while edge:
        new = ends[edge.pop()] - reached
        reached |= new
        edge.extend(new)
    for row, where in draft.each("places"):
        if row.cells["name"] not in reached:
            draft.tell(
                f"{row.cells['name']!r} cannot be reached from the capital {capital[0]!r}",
                where,
                why="people and forces move along links.csv only",
                instead="a row in links.csv that joins it",
            )


def _check_actors(draft: Draft) -> None:
    kinds: dict[str, tuple[bool, str]] = {}
    for row, where in draft.each("actors"):
        cells = row.cells
        if isinstance(cells["name"], str):
            kinds[cells["name"]] = (cells["latent"] is True, where)
        for column in ("patrons", "hostile_to", "splinters"):
            if cells[column] is not BAD and cells["name"] in cells[column]:
                draft.tell(
                    f"{cells['name']!r} is in its own {column}",
                    f"{where} ({column})",
                    why="the reference is cyclic",
                    instead="other actors only",
                )
    _check_cycle(draft, "patrons")
    circular = _check_cycle(draft, "splinters")
    for row, where in draft.each("actors"):
        for name in row.cells["splinters"] if row.cells["splinters"] is not BAD else ():
            if name in kinds and name != row.cells["name"] and name not in circular and not kinds[name][0]:
                draft.tell(
                    f"the splinter {name!r} is not latent",
                    f"{where} (splinters)",
                    why="it exists already, so nothing can split into it",
                    instead=f"latent 1 for {name}",
                )
    _check_latent(draft, kinds)


def _check_cycle(draft: Draft, column: str) -> set[str]:
    """Follow `column` from each actor; one message a cycle. Gives the actors on a cycle."""
    circular: set[str] = set()
    after = {
        row.cells["name"]: tuple(row.cells[column])
        for row, _ in draft.each("actors")
        if isinstance(row.cells["name"], str) and row.cells[column] is not BAD
    }
    lines = {row.cells["name"]: where for row, where in draft.each("actors")}
    done: set[str] = set()
    for start in after:
        trail: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            stack.append((start, iter(after[start])))
            trail.append(start)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(name)
                stack.pop()
                trail.pop()
            elif following in trail:
                cycle = [*trail[trail.index(following) :], following]
                circular.update(cycle)
                if len(cycle) > 2:
                    draft.tell(
                        f"the {column} go round in a circle: {' -> '.join(cycle)}",
                        f"{lines[name]} ({column})",
                        why="the reference is cyclic",
                        instead=f"drop one of these {column}",
                    )
            elif following in after and following not in done:
                stack.append((following, iter(after[following])))
                trail.append(following)
    return circular


def _check_latent(draft: Draft, kinds: dict[str, tuple[bool, str]]) -> None:
    first = draft.stages[0].name if draft.stages else ""
    for table in ("units", "control"):
        for row, where in draft.each(table):
            name, stage = row.cells["actor"], row.cells["stage"]
            if kinds.get(name, (False, ""))[0] and stage in ("", first):
                draft.tell(
                    f"the latent actor {name!r} has {table} on the first day",
                    f"{where} (actor)",
                    why="latent means that it does not exist yet at the first stage",
                    instead=f"no such row, a later stage, or latent 0 for {name}",
                )


def _check_shares(draft: Draft) -> None:
    inside = {
        row.cells["name"]: row.cells["kind"] in INSIDE_KINDS
        for row in draft.tables["places"].rows
        if row.cells["kind"] is not BAD
    }
    sums: dict[tuple[str, str], float] = defaultdict(float)
    last: dict[tuple[str, str], str] = {}
    for row, where in draft.each("control"):
        stage, place, share = row.cells["stage"], row.cells["place"], row.cells["share"]
        if BAD in (stage, place, share):
            continue
        if inside.get(place) is False:
            draft.tell(
                f"{place!r} is an outside node",
                f"{where} (place)",
                why="control is only told of inside places",
                instead="an inside place",
            )
        for each in [stage] if stage else [known.name for known in draft.stages]:
            sums[each, place] += share
            last[each, place] = where
    for (stage, place), total in sums.items():
        if total > 1 + 1e-9:
            draft.tell(
                f"the shares of {place!r} sum to {total:.12g} in stage {stage!r}",
                f"{last[stage, place]} (share)",
                why="no more than the whole place can be controlled",
                instead="shares that sum to 1 at most",
            )
    for row, where in draft.each("relations"):
        if row.cells["group"] == row.cells["towards"] and row.cells["group"] is not BAD:
            draft.tell(f"{row.cells['group']!r} relates to itself", where, instead="two different groups")


def _check_killed(draft: Draft) -> None:
    places = draft.tables["places"]
    prefectures = {row.cells["prefecture"] for row in places.rows if row.cells["kind"] in INSIDE_KINDS}
    last = max((stage.start for stage in draft.stages), default=None) if draft.stages_sound else None
    for row, where in draft.each("killed"):
        first, end, prefecture = row.cells["from"], row.cells["to"], row.cells["prefecture"]
        if BAD not in (first, end) and end < first:
            draft.tell(f"it ends on {end}, before it begins on {first}", f"{where} (to)", instead="from <= to")
        elif last is not None and end is not BAD and end >= last:
            draft.tell(
                f"{end} is not before any start",
                f"{where} (to)",
                why=f"the table says what was known before a start, and the last one is on {last}",
                instead="drop the row: what the parties did after the start must come out of the model",
            )
        if places.sound and BAD not in prefectures and prefecture is not BAD and prefecture not in prefectures:
            draft.tell(
                f"unknown prefecture {prefecture!r}",
                f"{where} (prefecture)",
                why="places.csv does not name it",
                instead=did_you_mean(prefecture, prefectures),
            )


def _check_displaced(draft: Draft) -> None:
    kinds = {row.cells["name"]: row.cells["kind"] for row, _ in draft.each("places")}
    living: dict[tuple[str, str], int] = defaultdict(int)
    for row, _ in draft.each("population"):
        if BAD not in (row.cells["place"], row.cells["group"], row.cells["people"]):
            living[row.cells["place"], row.cells["group"]] += row.cells["people"]
    gone: dict[tuple[str, str, str], int] = defaultdict(int)
    for row, where in draft.each("displaced"):
        stage, home, to, group, people = (row.cells[name] for name in ("stage", "from", "to", "group", "people"))
        if BAD in (stage, home, to, group, people):
            continue
        if kinds.get(home) in ("camp", "neighbour"):
            draft.tell(
                f"{home!r} is an outside node",
                f"{where} (from)",
                why="only inside places have residents",
                instead="an inside place",
            )
            continue
        if home == to:
            draft.tell(
                f"people from {home!r} are displaced to {to!r}",
                where,
                why="displaced means away from home",
                instead="another place, or drop the row",
            )
        for each in [stage] if stage else [known.name for known in draft.stages]:
            before = gone[each, home, group]
            gone[each, home, group] += people
            if before <= living[home, group] < before + people and draft.tables["population"].sound:
                draft.tell(
                    f"{before + people:,} of {group!r} are displaced from {home!r} in stage {each!r}, where "
                    f"{living[home, group]:,} live",
                    f"{where} (people)",
                    why="the displaced are part of the population of their home",
                    instead=f"at most {living[home, group]} in all, or more people in population.csv",
                )


def _check_calendar(draft: Draft) -> None:
    own: dict[str, str] = {}
    for table, outsiders in (("actors", OUTSIDER_KINDS), ("institutions", OUTSIDE_INSTITUTIONS)):
        for row, _ in draft.each(table):
            if row.cells["kind"] is not BAD and row.cells["kind"] not in outsiders:
                for name in (row.cells["name"], row.cells["label"]):
                    if isinstance(name, str):
                        own[_folded(name)] = row.cells["name"]
    known = [draft.known(name) for name in ("actors", "institutions", "groups")]
    names = None if None in known else set().union(*(part for part in known if part is not None))
    span = _span(draft)
    for row, where in draft.each("calendar"):
        cells = row.cells
        _check_dates(draft, cells, span, where)
        _check_who(draft, cells, own, where)
        kind, applies = cells["kind"], cells["applies"]
        if BAD not in (kind, applies):
            fitting = schema.WORLD_KINDS if applies == "world" else schema.FACTUAL_KINDS
            if kind not in fitting:
                draft.tell(
                    f"kind {kind!r} does not fit applies {applies!r}",
                    f"{where} (kind)",
                    instead=f"for {applies} one of: {', '.join(fitting)}",
                )
        if names is not None and cells["instrument"] not in ("", BAD) and cells["target"] is not BAD:
            for name in cells["target"]:
                if name not in names:
                    draft.tell(
                        f"unknown target {name!r}",
                        f"{where} (target)",
                        why="an instrument needs someone the model knows",
                        instead=did_you_mean(name, names),
                    )


def _span(draft: Draft) -> tuple[datetime.date, datetime.date] | None:
    if not draft.stages or not draft.stages_sound:
        return None
    return (
        min(stage.start for stage in draft.stages),
        max(stage.start + datetime.timedelta(days=stage.days) for stage in draft.stages),
    )


def _check_dates(
    draft: Draft, cells: dict[str, Any], span: tuple[datetime.date, datetime.date] | None, where: str
) -> None:
    day, end = cells["date"], cells["end"]
    if BAD in (day, end):
        return
    if end is not None and end < day:
        draft.tell(
            f"it ends on {end}, before it begins on {day}", f"{where} (end)", instead="an end after the date"
        )
    elif span and (day > span[1] or (end is not None and end < span[0])):
        draft.tell(
            f"{day} lies outside the theatre's time",
            f"{where} (date)",
            why=f"the stages run from {span[0]} to {span[1]}",
            instead="a date in between, or drop the row",
        )
    elif span and day < span[0] and end is None and cells["instrument"] == "":
        draft.tell(
            f"{day} lies before the first stage",
            f"{where} (date)",
            why=f"the first stage starts on {span[0]}",
            instead="drop the row, or give the end if it was still going on",
        )


def _check_who(draft: Draft, cells: dict[str, Any], own: dict[str, str], where: str) -> None:
    who = cells["who"]
    if who is BAD:
        return
    if not who and cells["applies"] == "factual":
        draft.tell(
            "who is empty", f"{where} (who)", why="an outsider's act has an actor", instead="who did it"
        )
    folded = _folded(who)
    for name in sorted(own, key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded):
            draft.tell(
                f"{who!r} names the theatre's own organisation {own[name]!r}",
                f"{where} (who)",
                why="what the parties did must come out of the model, not be put in",
                instead="outsiders' acts and natural or legal dates only; drop the row",
            )
            break


def _defined_in(name: str) -> str:
    return "stages in scenario.yaml" if name == "stages" else f"{name}.csv"


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())

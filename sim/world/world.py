"""The world: every array of a run, in seven tables, with copy, digest, save and load.

Rows of `persons` never move in memory: they are grouped once by home (place, group), and `place` says where the row is
now. People are whole: a row stands for `people` persons; each is resident, displaced, trapped, abroad or dead.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.ground.check import BadInput
from sim.ground.columns import TABLES, Column, allocate, table

STATE_VERSION = 3
POLICY_FILE = "policy"  # the key of `minds` under which a policy keeps what it decided, sent and spent

RESIDENT, DISPLACED, TRAPPED, ABROAD, DEAD = range(5)
STATUS = ("resident", "displaced", "trapped", "abroad", "dead")

# rows of `moved`: changes of a day, by place and group, that the person driver hands back
HOME, AWAY, IN_HIDING, ACTIVE_MEN, MEN, STOPPED = range(6)
MOVED = 6

RESTRAIN, PERMIT, REPRESS, MASS, EXTERMINATE = range(5)
LADDER = ("restrain", "permit", "repress_selectively", "mass_violence", "extermination")

_PG = ("place", "group")
_PA = ("place", "actor")

Persons = table(
    "Persons", __name__,
    Column("place", "uint16", ("person",), "index", "where the row is now"),
    Column("people", "uint16", ("person",), "people", "living persons the row stands for"),
    Column("status", "uint8", ("person",), "code", "resident, displaced, trapped, abroad or dead", 0, 4),
    Column("active", "uint8", ("person",), "flag", "the row's men take part in collective violence", 0, 1),
    Column("hostility", "float32", ("person",), "share", "hostility toward rival groups", 0, 1),
    Column("fear", "float32", ("person",), "share", "fear", 0, 1),
    Column("threshold", "uint8", ("person",), "1/255", "fear above which the row flees", 0, 255, True),
    Column("susceptibility", "uint8", ("person",), "1/128", "response to speech and to victims", 0, 255, True),
    Column("men", "uint16", ("person",), "people", "men of fighting age among them"),
)  # fmt: skip

Places = table(
    "Places", __name__,
    Column("inside", "uint8", ("place",), "flag", "inside the theatre", 0, 1, True),
    Column("abroad", "uint8", ("place",), "flag", "arrivals count as abroad", 0, 1, True),
    Column("prefecture", "int64", ("place",), "index", "prefecture of the place", -1, fixed=True),
    Column("urban", "float64", ("place",), "share", "urban", 0, 1, True),
    Column("terrain", "float64", ("place",), "share", "closed terrain: forest, mountain", 0, 1, True),
    Column("spoils", "float64", ("place",), "share", "worth to a looter", 0, 1, True),
    Column("access", "float64", ("place",), "share", "how well outside observers see the place", 0, 1),
    Column("border", "float64", ("place",), "share", "openness of an outside place to arrivals", 0, 1),
    Column("escort", "float64", ("place",), "share", "blocked roads opened by escorts and convoys", 0, 1),
    Column("haven", "float64", ("place",), "share", "how far the threatened are told that it is a safe area", 0, 1),
    Column("hardship_added", "float64", ("place",), "share", "hardship that measures add (embargo harm)", 0, 1),
    Column("base_access", "float64", ("place",), "share", "the same without added observers", 0, 1, True),
    Column("room", "float64", ("place",), "people", "people an outside place can take", 0, fixed=True),
    Column("people_start", "float64", ("place",), "people", "people on the first day", 0, fixed=True),
    Column("hardship", "float64", ("place",), "share", "livelihoods lost", 0, 1),
    Column("relief", "float64", ("place",), "share", "needs met by relief", 0, 1),
    Column("trigger", "float64", ("place",), "1", "fading memory of the last triggering event", 0),
    Column("police", "float64", ("place",), "1/1,000", "people doing police work, per 1,000", 0),
    Column("media", "float64", ("place",), "share", "reach of media", 0, 1, True),
    Column("base_hardship", "float64", ("place",), "share", "livelihoods lost before the crisis", 0, 1, True),
    Column("unrest", "float64", ("place",), "deaths", "violent deaths, decaying over a week", 0),
)  # fmt: skip

Cells = table(
    "Cells", __name__,
    Column("first", "int64", ("cell_edge",), "row", "first row of each home cell (place x group), and the end", 0, fixed=True),
    Column("home", "int64", _PG, "people", "living at home (resident or trapped)", 0),
    Column("away", "int64", _PG, "people", "living here, displaced from elsewhere (abroad if the place is)", 0),
    Column("trapped", "int64", _PG, "people", "at home, wanting to flee, no way out", 0),
    Column("men_active", "int64", _PG, "people", "men at home taking part in collective violence", 0),
    Column("men", "int64", _PG, "people", "men of fighting age living here, at home or displaced", 0),
    Column("stopped", "int64", _PG, "people", "turned back at a checkpoint yesterday", 0),
    Column("killed", "int64", _PG, "people", "killed by violence so far, by place of death", 0),
    Column("men_killed", "int64", _PG, "people", "men of fighting age among the killed", 0),
    Column("indirect", "int64", _PG, "people", "excess deaths without violence so far", 0),
    Column("killed_today", "int64", _PG, "people", "killed by violence today", 0),
    Column("men_killed_today", "int64", _PG, "people", "men of fighting age among them", 0),
    Column("dying_today", "int64", _PG, "people", "excess deaths today", 0),
    Column("rivalry", "float64", ("group", "group"), "share", "how far active men of the first group would harm the second", 0, 1),
    Column("blockade", "float64", _PG, "share", "how far holders of the place stop the group on its roads", 0, 1),
    Column("order", "float64", _PG, "share", "authority x what leaders of the own side order", 0, 1),
    Column("threat", "float64", _PG, "share", "how far fear reads as a call to arms", 0, 1),
    Column("killed_month", "float64", _PG, "people", "killed, decaying over a month", 0),
    Column("hostility_mean", "float64", _PG, "share", "mean hostility of the home rows, refreshed weekly", 0, 1),
    Column("talk", "float64", _PG, "share", "hostility that people there hear of, at home and from the places around", 0, 1),
    Column("speech", "float64", _PG, "share", "reach x intensity of incitement", 0, 1),
    Column("brokerage", "float64", _PG, "share", "in-group policing by moderate leaders", 0, 1),
    Column("mobilisation", "float64", ("group",), "share", "readiness to organise", 0, 1, True),
    Column("recognised", "float64", ("group",), "share", "how surely a killer tells a member from others", 0, 1, True),
    Column("rivalry_base", "float64", ("group",), "share", "worst relation of the group with another, before the crisis", 0, 1, True),
    Column("contact", "float64", ("group",), "share", "contact and interdependence with other groups", 0, 1),
    Column("protection", "float64", _PG, "share", "share of an attacker's reach taken away by protectors", 0, 1),
    Column("menace", "float64", _PG, "1", "armed people here who would harm the group, per 1,000 of it", 0),
    Column("danger", "float64", _PG, "share", "what a fugitive perceives of a place", 0, 1),
    Column("exit_open", "float64", _PG, "share", "openness of the best way out", 0, 1),
    Column("hostility_push", "float32", _PG, "1/day", "drive of hostility", 0),
    Column("fear_push", "float32", _PG, "1/day", "drive of fear", 0),
    Column("fear_fade", "float32", _PG, "1/day", "loss of fear", 0),
    Column("join_field", "float32", _PG, "1", "what a person's own state does not decide in joining"),
    Column("threat_weight", "float32", _PG, "1", "how much fear turns into joining", 0),
    Column("leave_rate", "float32", _PG, "1/day", "chance a day to leave once fear passes the threshold", 0, 1),
    Column("onward_rate", "float32", _PG, "1/day", "chance a day that the displaced move on", 0, 1),
    Column("return_rate", "float32", _PG, "1/day", "chance a day that the displaced whose home this is return", 0, 1),
)  # fmt: skip

Roads = table(
    "Roads", __name__,
    Column("first", "int64", ("place_edge",), "slot", "first road slot of each place, and the end", 0, fixed=True),
    Column("to", "int64", ("road",), "index", "where the road leads", 0, fixed=True),
    Column("days", "float64", ("road",), "days", "travel time on foot, today's season", 0),
    Column("days_vehicle", "float64", ("road",), "days", "travel time by vehicle, today's season", 0),
    Column("open", "float64", ("road",), "share", "openness before anybody blocks it", 0, 1),
    Column("choice", "uint32", ("road", "group"), "2**-32", "cumulative chance that a fugitive takes this road"),
    Column("passing", "uint32", ("road", "group"), "2**-32", "chance that a fugitive gets through"),
)  # fmt: skip

Actors = table(
    "Actors", __name__,
    Column("constituency", "float64", ("actor", "group"), "share", "groups the organisation fights for", 0, 1, True),
    Column("target", "float64", ("actor", "group"), "share", "groups it would harm", 0, 1),
    Column("hostile", "float64", ("actor", "actor"), "share", "readiness to fight the other", 0, 1),
    Column("intent", "int64", ("actor",), "rung", "ladder from restraint to extermination", 0, 4),
    Column("spares", "float64", ("actor",), "share", "how far its killing spares women, children and the old", 0, 1, True),
    Column("arms", "float64", ("actor",), "share", "equipment", 0, 1),
    Column("cohesion", "float64", ("actor",), "share", "holding together under losses", 0, 1),
    Column("discipline", "float64", ("actor",), "share", "orders are obeyed; civilians are not preyed on", 0, 1),
    Column("pay", "float64", ("actor",), "share", "means to pay and feed its people", 0, 1),
    Column("protects", "float64", ("actor",), "share", "how far its posture protects civilians", 0, 1),
    Column("irregular", "float64", ("actor",), "share", "its people live among civilians and are taken for them", 0, 1, True),
    Column("polices", "float64", ("actor",), "share", "how far its people do police work in crowds", 0, 1),
    Column("legitimacy", "float64", ("actor",), "share", "legitimacy with the local population", 0, 1),
    Column("mobile", "float64", ("actor",), "share", "part of its people at a place who also answer calls from the places around", 0, 1),
    Column("speed", "float64", ("actor",), "1", "speed of those, relative to vehicles on the road", 0),
    Column("isr", "float64", ("actor",), "share", "what it learns by its own means where locals tell it nothing", 0, 1),
    Column("bars", "float64", ("actor",), "share", "how far its people stop armed people who want to pass", 0, 1),
    Column("outsider", "uint8", ("actor",), "flag", "an outside force", 0, 1, True),
    Column("killed", "int64", ("actor",), "people", "its fighters killed so far", 0),
    Column("victims", "int64", ("actor", "group"), "people", "civilians it has killed so far", 0),
    Column("budget", "float64", ("place", "actor", "group"), "people", "expected civilian deaths today", 0),
    Column("strength", "int64", _PA, "people", "its people at the place", 0),
    Column("tied", "float64", _PA, "share", "its people there who cannot spread out, for enemies or protectors are near", 0, 1),
    Column("allowed", "float64", _PA, "share", "how far its people may go about there", 0, 1),
    Column("guard", "float64", _PA, "people", "its people who can be there in time when the place is attacked", 0),
    Column("air", "float64", _PA, "share", "part of the day in which its armed aircraft are overhead", 0, 1),
    Column("control", "float64", _PA, "share", "its control of the place", 0, 1),
    Column("provoked", "float64", _PA, "1", "fading memory of attacks on it or its constituency here", 0),
    Column("lost", "int64", _PA, "people", "its people lost in clashes today", 0),
    Column("broken", "uint8", _PA, "flag", "it broke and runs from the place today", 0, 1),
    Column("prize", "float64", ("actor", "place"), "share", "how much its leaders want the place"),
    Column("pull", "float64", ("actor", "place"), "share", "prize spread along the roads"),
)  # fmt: skip

Units = table(
    "Units", __name__,
    Column("actor", "int64", ("unit",), "index", "organisation"),
    Column("place", "int64", ("unit",), "index", "where it is, or came from while on the way"),
    Column("to", "int64", ("unit",), "index", "where it is going, -1 at rest", -1),
    Column("days_left", "float64", ("unit",), "days", "days to arrival", 0),
    Column("strength", "int64", ("unit",), "people", "fighters; 0 marks a free slot", 0),
    Column("vehicle", "uint8", ("unit",), "flag", "moves by vehicle", 0, 1),
    Column("roam", "uint8", ("unit",), "flag", "moves by itself (else it holds)", 0, 1),
    Column("shaken", "float64", ("unit",), "1", "fading memory of a lost clash", 0),
)  # fmt: skip

Ledger = table(
    "Ledger", __name__,
    Column("count", "int64", ("one",), "incidents", "incidents written", 0),
    Column("day", "int32", ("incident",), "day", "day of the incident", 0),
    Column("place", "int32", ("incident",), "index", "place"),
    Column("actor", "int32", ("incident",), "index", "perpetrator"),
    Column("group", "int32", ("incident",), "index", "victims' group"),
    Column("deaths", "int32", ("incident",), "people", "civilians killed", 1),
    Column("men", "int32", ("incident",), "people", "men of fighting age among them", 0),
    Column("reported", "int32", ("incident",), "people", "civilians reported killed; 0 if it stayed unknown", 0),
    Column("reported_day", "int32", ("incident",), "day", "day the report gives", 0),
    Column("collateral", "uint8", ("incident",), "flag", "killed in a clash between armed forces", 0, 1),
)  # fmt: skip

Theatrewide = table(
    "Theatrewide", __name__,
    Column("killed_rate", "float64", ("group",), "1/10,000", "violent deaths of the group, decaying over a week", 0),
    Column("population", "float64", ("group",), "people", "people of the group on the first day", 0, fixed=True),
    Column("crowd_actor", "int64", ("group",), "index", "organisation to which a crowd's acts are put", 0, fixed=True),
    Column("animosity", "float64", ("group", "group"), "share", "hostility of one group toward another", 0, 1),
    Column("clashes", "int64", ("one",), "clashes", "clashes so far", 0),
    Column("deserters", "float64", ("actor", "place"), "people", "armed men who left and are still around", 0),
)  # fmt: skip

TABLE_CLASSES = (Persons, Places, Cells, Roads, Actors, Units, Ledger, Theatrewide)
INCIDENTS_AT_MOST = 1 << 16


@dataclass
class World:
    """State of a run on one day. Arrays are owned by the world; `copy` makes an independent one."""

    day: int
    key: Any
    persons: Any
    places: Any
    cells: Any
    roads: Any
    actors: Any
    units: Any
    ledger: Any
    wide: Any
    minds: dict[str, Any] = field(default_factory=dict)  # organisations' own memory, plain values

    @classmethod
    def empty(cls, sizes: dict[str, int], key: Any) -> World:
        """A world of zeros with the sizes of every dimension."""
        sizes = {
            **sizes,
            "one": 1,
            "incident": INCIDENTS_AT_MOST,
            "place_edge": sizes["place"] + 1,
            "cell_edge": sizes["place"] * sizes["group"] + 1,
        }
        return cls.of_tables(0, np.array(key, dtype=np.uint32), [allocate(made, sizes) for made in TABLE_CLASSES], {})

    @classmethod
    def of_tables(cls, day: int, key: Any, tables: list[Any], minds: dict[str, Any]) -> World:
        """A world of the tables in their fixed order."""
        persons, places, cells, roads, actors, units, ledger, wide = tables
        return cls(day, key, persons, places, cells, roads, actors, units, ledger, wide, minds)

    def tables(self) -> tuple[Any, ...]:
        """The tables in their fixed order."""
        return (self.persons, self.places, self.cells, self.roads, self.actors, self.units, self.ledger, self.wide)

    def arrays(self) -> dict[str, Any]:
        """'Table.column' -> array, in fixed order; the ledger only as far as it is written."""
        written = int(self.ledger.count[0])
        named = {}
        for made in self.tables():
            for column in TABLES[type(made).__name__]:
                array = getattr(made, column.name)
                named[f"{type(made).__name__}.{column.name}"] = (
                    array[:written] if column.dims == ("incident",) else array
                )
        return named

    def digest(self) -> str:
        """sha256 of day, key, every array and every organisation's memory; what a policy decided and spent is left out,

        so that a policy that touched nothing has the digest of `none`.
        """
        total = hashlib.sha256(f"{STATE_VERSION} {self.day} {self.key.tolist()}".encode())
        for name, array in self.arrays().items():
            total.update(f"{name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
        minds = {name: mind for name, mind in self.minds.items() if name != POLICY_FILE}
        total.update(json.dumps(minds, sort_keys=True).encode())
        return total.hexdigest()

    def copy(self) -> World:
        """An independent world in the same state."""
        tables = [type(made)(*(np.array(array) for array in made)) for made in self.tables()]
        return World.of_tables(self.day, self.key.copy(), tables, json.loads(json.dumps(self.minds)))

    def save(self, path: Path) -> None:
        """Write the state to an uncompressed npz beside a JSON header inside it."""
        header = {"version": STATE_VERSION, "day": self.day, "key": self.key.tolist(), "minds": self.minds}
        with open(path, "wb") as file:
            np.savez(file, header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8), **self.arrays())

    @classmethod
    def load(cls, path: Path) -> World:
        """Read what `save` wrote; BadInput when the file is not a saved world of this version."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                header = json.loads(bytes(stored["header"]))
                arrays = {name: stored[name] for name in stored.files if name != "header"}
        except (OSError, ValueError, KeyError) as error:
            raise BadInput(
                "not a saved world", where=str(path), why=str(error), instead="a file from World.save"
            ) from error
        if header["version"] != STATE_VERSION:
            raise BadInput(
                f"saved world of version {header['version']}",
                where=str(path),
                instead=f"a checkpoint of version {STATE_VERSION}; run again from the start",
            )
        tables = []
        for made in TABLE_CLASSES:
            columns = []
            for column in TABLES[made.__name__]:
                array = arrays[f"{made.__name__}.{column.name}"]
                if column.dims == ("incident",):
                    whole = np.zeros(INCIDENTS_AT_MOST, dtype=array.dtype)
                    whole[: array.size] = array
                    array = whole
                columns.append(array)
            tables.append(made(*columns))
        return cls.of_tables(header["day"], np.array(header["key"], dtype=np.uint32), tables, header["minds"])

    def people(self) -> dict[str, int]:
        """People by status, counted from the cells (not from rows)."""
        cells, outside = self.cells, self.places.abroad.astype(bool)
        trapped = int(cells.trapped.sum())
        return {
            "resident": int(cells.home.sum()) - trapped,
            "displaced": int(cells.away[~outside].sum()),
            "trapped": trapped,
            "abroad": int(cells.away[outside].sum()),
            "dead": int(cells.killed.sum() + cells.indirect.sum()),
        }

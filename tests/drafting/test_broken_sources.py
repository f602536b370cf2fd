"""Each broken download is refused with one message: which file and line, what is wrong, what to get instead."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.drafting import Library
from sim.drafting.rdata import read_frames
from sim.drafting.sources.library import FORMATS
from sim.ground.check import BadInput
from tests.drafting.samples import SAMPLES, write_samples


@dataclass(frozen=True)
class Case:
    """One edit of a good sample, and what the message must hold."""

    key: str
    old: str
    new: str
    told: str


CASES = [
    Case("ucdp_country_years", "main_govt_name_cy", "government", "the column 'main_govt_name_cy' is missing"),
    Case("ucdp_country_years", ",48,40", ",-48,40", "deaths cannot be fewer than none"),
    Case("ucdp_country_years", "482,Central", "CAF,Central", "country_id_cy 'CAF' is not a number"),
    Case("ucdp_one_sided", "is_government_actor,location", "is_government_actor,places", ""),
    Case("ucdp_one_sided", "gwno_location", "gwno", "the column 'gwno_location' is missing"),
    Case("ucdp_events", "2011-03-04 00:00:00.000", "04.03.2011", "'04.03.2011' is no date"),
    Case("ucdp_events", "8.4,20.6", "84,206", "is no place on earth"),
    Case("ucdp_conflicts", "Bands\",1,", "Bands\",4,", "incompatibility is 4"),
    Case("epr", "SENIOR PARTNER", "PARTNER", "status 'PARTNER'"),
    Case("epr", "0.6", "60", "size 60"),
    Case("epr", ",size,", ",share,", "the column 'size' is missing"),
    Case("geo_epr", '"from"', '"since"', "lacks from, to or gwgroupid"),
    Case("geo_epr", '"Polygon"', '"Point"', "is no polygon"),
    Case("geo_epr", "]]]", "", "the file is no JSON"),
    Case("vdem", "0.31,", "31,", "the index runs from 0 to 1"),
    Case("vdem", "v2x_polyarchy_codelow", "low", "the column 'v2x_polyarchy_codelow' is missing"),
    Case("polity", "-1,8", "-88,8", "it runs from -10 to 10"),
    Case("wdi", '"CAF","Infant', '"CEN1","Infant', "is no ISO code"),
    Case("wdi", '"92.1"', '"92,1"', "'92,1' is not a number"),
    Case("wdi_mortality", "91.1", "ninety", "'ninety' is not a number"),
    Case("wdi_income", "482,2011,2.4e9,550", "482,2011", "the row has 2 cells, the header 4"),
    Case("population", "482,2011,4436.2\n", "", "a header and no rows"),
    Case("coups", "\t3\t15\t", "\t15\t3\t", "is no day"),
    Case("coups", "\t2\tV1", "\t3\tV1", "1 is an attempt"),
    Case("reign_elections", "elec_day", "day", "the column 'elec_day' is missing"),
    Case("reign_regimes", "3/15/2003", "15/3/2003", "month/day/year"),
    Case("geo_pko", "10.28,22.78,300", "north,22.78,300", "'north' is not a number"),
    Case("unhcr", "IDPs of concern to UNHCR", "IDPs", "the column 'idps of concern to unhcr' is missing"),
    Case("natural_earth", '"CAF"', '"-99"', "no feature has a country code"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.key}: {case.told[:40]}")
def test_a_broken_file_is_refused_with_its_place(case: Case, tmp_path: Path) -> None:
    name, good = SAMPLES[case.key]
    assert case.old in good, "this case would test nothing"
    library = Library.of(write_samples(tmp_path, **{case.key: good.replace(case.old, case.new)}))
    (form,) = [form for form in FORMATS if form.key == case.key]
    if not case.told:
        assert library.take(form) is not None, "a column that is not read may have any name"
        return
    with pytest.raises(BadInput) as refused:
        library.take(form)
    assert case.told in str(refused.value)
    assert refused.value.problem.where.startswith(name)
    assert refused.value.problem.instead


def test_every_format_has_a_broken_case() -> None:
    assert {case.key for case in CASES} == set(SAMPLES)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no folder"):
        Library.of(tmp_path / "nowhere")


def test_other_files_are_passed_by(tmp_path: Path) -> None:
    """A folder of downloads holds notes, pictures and tables that no importer reads."""
    (tmp_path / "notes.txt").write_text("gwcode and year\n", encoding="utf-8")
    (tmp_path / "table.csv").write_bytes(b"a,b\n\x00\x01\xff\n")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "map.json").write_text("{}", encoding="utf-8")
    assert Library.of(tmp_path).found == {}


# --- R files, written by hand: there is no R here

_NIL = struct.pack(">i", 254)


def _whole(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}i", *numbers)


def _text(word: str) -> bytes:
    return _whole(9 | 0x40000, len(word)) + word.encode()


def _texts(*words: str) -> bytes:
    return _whole(16, len(words)) + b"".join(map(_text, words))


def _symbol(word: str) -> bytes:
    return _whole(1) + _text(word)


def _tagged(**items: bytes) -> bytes:
    return b"".join(_whole(2 | 0x400) + _symbol(name) + item for name, item in items.items()) + _NIL


def frame_file(path: Path, rows: int = 2) -> Path:
    """`save(d)` of a data frame with a number column (one NA), and a factor."""
    numbers = _whole(14, 2) + struct.pack(">d", 1.5) + bytes.fromhex("7ff00000000007a2")
    factor = _whole(13 | 0x200, 2, 2, 1) + _tagged(levels=_texts("low", "high"))
    attributes = {"names": _texts("a", "b"), "class": _texts("data.frame")}
    attributes["row.names"] = _whole(13, 2, -(2**31), -rows)
    frame = _whole(19 | 0x200, 2) + numbers + factor + _tagged(**attributes)
    path.write_bytes(b"RDX2\nX\n" + _whole(2, 0x30602, 0x20300) + _tagged(d=frame))
    return path


def test_a_data_frame_of_r_is_read(tmp_path: Path) -> None:
    """Numbers with NA and factors, in version 2 of the format (R Internals, section on serialization)."""
    assert read_frames(frame_file(tmp_path / "d.rda")) == {"d": {"a": [1.5, None], "b": ["high", "low"]}}


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_an_r_file_that_is_cut_off(cut: float, tmp_path: Path) -> None:
    whole = frame_file(tmp_path / "d.rda").read_bytes()
    (tmp_path / "d.rda").write_bytes(whole[: int(cut * len(whole))])
    with pytest.raises(BadInput, match="damaged"):
        read_frames(tmp_path / "d.rda")


def test_an_r_file_with_code_is_refused(tmp_path: Path) -> None:
    """A closure (type 3) is no data; nothing of it is run."""
    (tmp_path / "f.rda").write_bytes(b"RDX2\nX\n" + _whole(2, 0, 0) + _tagged(f=_whole(3, 0, 0)))
    with pytest.raises(BadInput, match="type 3, which no table of data needs"):
        read_frames(tmp_path / "f.rda")


def test_what_is_no_r_file_at_all(tmp_path: Path) -> None:
    (tmp_path / "d.rda").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(BadInput, match="no R data file"):
        read_frames(tmp_path / "d.rda")
    (tmp_path / "d.rda").write_bytes(b"\x1f\x8bnot gzip")
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read_frames(tmp_path / "d.rda")

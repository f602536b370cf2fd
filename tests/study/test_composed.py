"""Study files put together from several: what replaces what, which file is told of, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.ground.check import BadInput
from sim.study.study import StudyFile, read_study

FILES = {
    "when.yaml": """\
defaults:
  - base
  - uncertainties: few
  - crisis: fictional
replicates: 2
levers: {mediation.delay_days: [0, 30]}
""",
    "base.yaml": """\
policies: [none, mediation, preventive_deployment]
replicates: 8
seed: 5
levers: {preventive_deployment.delay_days: [0, 60]}
design: {kind: latin_hypercube, points: 16}
""",
    "uncertainties/few.yaml": "fear_fade: stated\n",
    "uncertainties/more.yaml": "fear_fade: stated\ncrowd_idle: [0.1, 0.4]\n",
    "crisis/fictional.yaml": "scenario: sahra\ndays: 90\n",
    "crisis/real.yaml": "scenario: car_2013\nstage: 2013-12-05\n",
}


def read(folder: Path, *words: str, **changed: str) -> StudyFile:
    for name, text in (FILES | changed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return read_study(folder / "when.yaml", words)


def test_the_study_file_has_the_last_word_and_blocks_are_joined(tmp_path: Path) -> None:
    study = read(tmp_path)
    assert (study.name, study.replicates, study.seed, study.days) == ("when", 2, 5, 90)
    assert study.scenarios == ("sahra",)
    assert study.uncertainties == {"fear_fade": "stated"}
    assert study.levers == {"preventive_deployment.delay_days": (0, 60), "mediation.delay_days": (0, 30)}


def test_said_before_itself_it_gives_way_to_the_files_after_it(tmp_path: Path) -> None:
    text = "defaults: [_self_, base]\n" + FILES["when.yaml"].partition("fictional\n")[2]
    study = read(tmp_path, "uncertainties={fear_fade: stated}", **{"when.yaml": text})
    assert study.replicates == 8


def test_words_choose_other_files_and_then_replace_keys(tmp_path: Path) -> None:
    study = read(
        tmp_path, "crisis=real", "uncertainties=more", "replicates=3", "levers.mediation.delay_days=[90]",
        "uncertainties.fear_fade=[0.2, 0.3]",
    )  # fmt: skip
    assert (study.scenarios, study.stage, study.days, study.replicates) == (("car_2013",), "2013-12-05", None, 3)
    assert study.uncertainties == {"fear_fade": [0.2, 0.3], "crowd_idle": [0.1, 0.4]}
    assert study.levers["mediation.delay_days"] == (90,)


@pytest.mark.parametrize(
    ("file", "text", "words", "told"),
    [
        ("when.yaml", "defaults: [bass]\n", (), "did you mean 'base'"),
        ("when.yaml", "defaults: base\n", (), "names no file"),
        ("when.yaml", "defaults: [../../secret]\n", (), "no entry of defaults"),
        ("when.yaml", "defaults: [{hydra: x}]\n", (), "no entry of defaults"),
        ("when.yaml", "defaults: [base, base]\n", (), "twice"),
        ("when.yaml", FILES["when.yaml"], ("crisis=sahra",), "no crisis/sahra.yaml"),
        ("when.yaml", FILES["when.yaml"], ("crises=real",), "no setting of a study"),
        ("base.yaml", "seed: 5\ndefaults: [other]\n", (), "base.yaml:2"),
        ("base.yaml", "seed: 5\nreplicats: 8\n", (), "base.yaml:2"),
        ("base.yaml", "seed: 5\ndesign: 3\n", (), "base.yaml:2"),
        ("base.yaml", FILES["base.yaml"].replace("5", "${oc.env:HOME}"), (), "seed is ${oc.env:HOME}"),
        ("base.yaml", "levers: ${\n", (), "do not go together"),
        ("crisis/fictional.yaml", "- sahra\n", (), "crisis/fictional.yaml"),
    ],
)
def test_what_does_not_go_together_is_refused_with_file_and_line(
    file: str, text: str, words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as error:
        read(tmp_path, *words, **{file: text})
    assert told in str(error.value)
    assert error.value.problem.instead

"""Published agent-based results, reproduced or not by independent implementations (experiments/replications)."""

from __future__ import annotations

import pytest

from experiments.replications.__main__ import PAPERS, RESULTS, verdict

# What does not come out here, with the reason in experiments/replications/README.md. A claim that begins to hold, or
# ceases to, fails the test below.
MISSES = {
    "Epstein 2002": {
        "waits between outbursts",
        "the printed rule rebels",
        "one jump explodes",
        "the jump jails more",
        "a stable, nasty regime",
        "havens last",
    },
    "Weidmann and Salehyan 2013": {"segregation suffices", "and has to be early"},
}


@pytest.mark.validate
@pytest.mark.parametrize("paper", PAPERS)
def test_claims_hold_that_are_said_to_hold(paper: str) -> None:
    """Each claim says its paper's finding, the statistic, the tolerance and the reason for it.

    Runs have fixed seeds, so the verdicts are those of the committed table on every machine of one CPU type.
    """
    claims = PAPERS[paper]()
    assert {claim.name for claim in claims if not claim.reproduced} == MISSES.get(paper, set())


def test_the_table_lists_every_paper_and_every_miss() -> None:
    """A miss that is known to the test above has to stand as one in the committed table."""
    sections = dict(section.split("\n", 1) for section in RESULTS.read_text(encoding="utf-8").split("\n## ")[1:])
    assert list(sections) == list(PAPERS)
    for paper, section in sections.items():
        rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
        missed = {row.split("|")[1].strip() for row in rows if row.rstrip(" |").endswith("MISSED")}
        assert missed == MISSES.get(paper, set())


def test_verdicts_have_two_words() -> None:
    """The reader of the table, and the test above, look for these."""
    from experiments.replications.claim import Claim

    assert [verdict(Claim("", "", "", "", "", "", held)) for held in (True, False)] == ["reproduced", "MISSED"]

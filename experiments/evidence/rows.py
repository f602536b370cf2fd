"""The twelve rows of the ledger: what was published, what would count as the same, and how the model is asked.

Written before any row was measured. Published figures and grades are those of the project's evidence base and of
nothing else: it has no interval for any of them, so that every range here is its prior for the returned effect ("ours"),
which rests on the published figure where there is one. Papers' kinds of estimator are from memory.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from experiments.evidence import studies
from experiments.evidence.estimators import Estimate
from experiments.evidence.panel import OTHERS, STATE, Panel

DOWN, UP, NONE = "down", "up", "none"
NEAR_NOTHING = (0.8, 1.25)  # ratios that a null may have; an interval alone would call every noisy figure a null
PER_SOLDIER, PER_OFFICER = math.log(106 / 2) / 8000, math.log(96 / 14) / 200  # of the rates in the published figures
CONTINGENT = 1225  # soldiers: the geometric mean of the contingents that the ledger sends


@dataclass(frozen=True)
class Row:
    """One row. `low` .. `high` is what counts as the published size, on the scale of the figure.

    `sized`: where the size is another quantity than the one whose sign is asked, what it is and how it is measured.
    """

    name: str
    paper: str
    published: str
    grade: str
    figure: str  # what is compared
    sign: str
    low: float
    high: float
    reason: str  # of the range
    kind: str  # of estimator, in the paper, from memory
    ours: str  # what is done here
    case: str
    study: studies.Study
    trial: studies.Trial
    nothing: float = 1.0  # the figure of no effect
    tuning: bool = False  # whether the row might have served for tuning; none has
    sized: str = ""
    size: Callable[[Panel], Estimate] | None = None

    def sign_right(self, found: dict[str, Any]) -> bool:
        """Up and down: the whole interval on that side. None: it holds no effect, and the figure is near it."""
        figure, low, high = (found[key] for key in ("figure", "low", "high"))
        if figure is None or low is None or high is None:
            return False
        if self.sign == NONE:
            return bool(low <= self.nothing <= high and NEAR_NOTHING[0] <= figure <= NEAR_NOTHING[1])
        return bool(low > self.nothing if self.sign == UP else high < self.nothing)

    def on_side(self, found: dict[str, Any]) -> bool:
        """Whether the figure alone is on the published side; a null as it is for the sign."""
        if self.sign == NONE or found["figure"] is None:
            return self.sign_right(found)
        return bool(found["figure"] > self.nothing if self.sign == UP else found["figure"] < self.nothing)

    def size_right(self, found: dict[str, Any]) -> bool:
        """Whether the figure lies in the range."""
        return found["figure"] is not None and bool(self.low <= found["figure"] <= self.high)

    @property
    def wording(self) -> str:
        """A digest of what is claimed: a result of another wording is no result."""
        said = (
            self.name, self.paper, self.published, self.grade, self.figure, self.sign, self.low, self.high, self.reason,
            self.kind, self.ours, self.case, self.nothing, self.sized,
        )  # fmt: skip
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


COUNT = "negative binomial of a month's count on last month's measure and count, time and stage; errors by theatre"
HULTMAN_PEKSEN = "count of battle deaths by conflict and month, selection modelled"

ROWS: tuple[Row, ...] = (
    Row(
        "UN troops", "Hultman, Kathman & Shannon 2013 AJPS 57(4), Africa by month 1991-2008; Kocher: little evidence on the same data",
        "civilians killed a month: 106 without troops, under 2 with 8,000", "seen", "ratio of civilians killed in a month, for 1,000 troops more",
        DOWN, math.exp(-0.7 * PER_SOLDIER * 1000), math.exp(-0.15 * PER_SOLDIER * 1000), "published rate of 5.0e-4 a soldier x 0.15 to 0.7",
        "negative binomial by conflict and month, troops lagged", COUNT, "troops",
        studies.count_study(studies.civilians, studies.sent(1000.0)), studies.count_trial(studies.civilians, studies.sent(1000.0)), tuning=True,
    ),
    Row(
        "UN police", "Hultman, Kathman & Shannon 2013 AJPS 57(4)", "civilians killed a month: 96 without police, 14 with 200", "seen",
        "ratio of civilians killed in a month, for 100 police more", DOWN, math.exp(-0.5 * PER_OFFICER * 100), math.exp(-0.05 * PER_OFFICER * 100),
        "published rate of 9.6e-3 an officer x 0.05 to 0.5", "the same", COUNT, "police",
        studies.count_study(studies.civilians, studies.sent(100.0)), studies.count_trial(studies.civilians, studies.sent(100.0)),
    ),
    Row(
        "observers", "Hultman, Kathman & Shannon 2013 AJPS 57(4)", "observers associated with more killing", "seen",
        "ratio of civilians killed in a month with observers there", UP, 0.95, 1.25, "prior: 0.95 to 1.25", "the same", COUNT, "observers",
        studies.count_study(studies.civilians, studies.there), studies.count_trial(studies.civilians, studies.there),
    ),
    Row(
        "UN presence on rebel abuse", "Fjelde, Hultman & Nilsson 2019 IO 73(1)", "local peacekeepers reduce abuse by rebels", "seen",
        "ratio of civilians killed by others than the state, in places with peacekeepers", DOWN, math.exp(-0.7 * PER_SOLDIER * CONTINGENT),
        math.exp(-0.15 * PER_SOLDIER * CONTINGENT), "rate for troops x 0.15 to 0.7, for a contingent of the mean size", "matching of grid cells and months",
        "places and months matched on deaths there and nearby, town, quarter, stage", "troops", studies.local_study(OTHERS), studies.local_trial(OTHERS),
    ),
    Row(
        "UN presence on government abuse", "Fjelde, Hultman & Nilsson 2019 IO 73(1)", "no effect on abuse by governments", "seen",
        "ratio of civilians killed by the state, in places with peacekeepers", NONE, math.exp(-0.3 * PER_SOLDIER * CONTINGENT), 1.0,
        "rate for troops x 0 to 0.3, for a contingent of the mean size", "matching of grid cells and months",
        "places and months matched on deaths there and nearby, town, quarter, stage", "troops", studies.local_study(STATE), studies.local_trial(STATE),
    ),
    Row(
        "relocation", "Peitz & Reisch 2019, Congo 2000-14", "peacekeepers reduce violence where they are, and relocate it", "seen",
        "deaths added next door, over those taken away where peacekeepers are", UP, 0.1, 0.6, "prior: 0.1 to 0.6 of what is suppressed",
        "fixed effects of place and month, presence there and nearby", "least squares of deaths on presence there and on the next road, place and country-month effects",
        "troops", studies.relocation_study, studies.relocation_trial, nothing=0.0, tuning=True,
    ),
    Row(
        "arms embargo", "Hultman & Peksen 2017 JCR 61(6)", "imposed arms embargoes lower intensity", "seen", "ratio of fighters killed in a month under the embargo",
        DOWN, 1.0 - 0.4 * 0.6, 1.0, "prior: 0 to 0.4 of the growth of capacity x compliance, at most 0.6; deaths taken as proportional to capacity", HULTMAN_PEKSEN,
        COUNT, "embargo", studies.count_study(studies.battle, studies.in_force), studies.count_trial(studies.battle, studies.in_force),
    ),
    Row(
        "sanctions imposed", "Wood 2008 ISQ; Peksen 2009 JPR; Hultman & Peksen 2017 JCR 61(6) likewise; Krain 2017 JGR: none on genocide",
        "repression rises under economic sanctions", "seen", "ratio of civilians killed by the state in a month under sanctions", UP, 1.0, 1.2,
        "prior: short-run repression x 1.0 to 1.2", "ordered models of repression by country and year", COUNT, "sanctions",
        studies.count_study(studies.by_state, studies.in_force), studies.count_trial(studies.by_state, studies.in_force), tuning=True,
    ),
    Row(
        "sanctions threatened", "Hultman & Peksen 2017 JCR 61(6)", "threats of sanctions raise intensity", "seen", "ratio of fighters killed in a month under the threat", UP, 1.0,
        1.4, "prior for a threat that is not credible: x 1.0 to 1.4", HULTMAN_PEKSEN, COUNT, "threat",
        studies.count_study(studies.battle, studies.threatened), studies.count_trial(studies.battle, studies.threatened),
    ),
    Row(
        "hate radio", "Yanagizawa-Drott 2014 QJE 129(4)", "51,000 perpetrators, about 10 % of violence, due to the station", "seen",
        "share of the men in crowds that is due to broadcasts", UP, 0.02, 0.15, "prior: 0.02 to 0.15 around the published 0.10",
        "least squares of log prosecutions by village on reception that terrain shapes, commune effects",
        "least squares of log men in crowds by place on reception, population, town; prefecture effects", "radio", studies.radio_study, studies.radio_trial,
        nothing=0.0, tuning=True,
    ),
    Row(
        "biased intervention", "Wood, Kathman & Gent 2012 JPR 49(5); Kathman & Wood 2011 JCR 55(5); Krain 2005 ISQ: only those against the perpetrator slow killing in the end",
        "intervention for rebels: about +40 % killings by the government", "seen", "ratio of civilians killed by the state in the first three months of a force against it",
        UP, 1.0, 1.5, "prior: x 1.0 to 1.5 in the first 1 to 3 months", "negative binomial by side and year", COUNT + "; the first three months apart from the rest", "biased",
        studies.count_study(studies.by_state, studies.early_and_late), studies.count_trial(studies.by_state, studies.early_and_late),
    ),
    Row(
        "early mediation", "Melander, Moller & Oberg 2009 (MILC, 1993-2004); Sousa: no effect on intensity once endogeneity is corrected",
        "early mediation prevents escalation of low-intensity conflict", "seen", "odds ratio that a month of low intensity is followed by one at the pace of 1,000 killed a year",
        DOWN, 0.01, 0.06, "prior: chance of a deal a week", "logit of escalation by dyad and month", "logit by country and month of low intensity, last month's count, time and stage; errors by theatre",
        "mediation", studies.escalation_study, studies.escalation_trial, sized="truces agreed in a week of talks", size=studies.deals_a_week,
    ),
)  # fmt: skip
SIGNS_WANTED, SIZES_WANTED = 9, 6

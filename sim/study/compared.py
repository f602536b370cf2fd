"""What `forestall compare` writes, from a study: its runs may come from any executor, a cluster, or many sittings.

A study of `draws` that keeps all tables has the runs of a comparison, to the bit: they have the same identities,
parameters and random numbers. Here its shards become the same tables, manifest and summary, which `forestall report`
and every reader of a comparison take.
"""

from __future__ import annotations

from sim.ground.check import BadInput
from sim.study import compare
from sim.study.folder import StudyFolder
from sim.study.plan import StudyConfig
from sim.study.run import Engine
from sim.study.store import Store
from sim.study.study import KEEP


def compared(study: StudyFolder, engine: Engine | None = None) -> compare.Study:
    """The comparison in the folder `compare` of the study, written anew.

    Raises BadInput for a study that is no comparison: several cases, another design than draws, tables that were not
    kept, or arms that have runs at different points; FailedWork when no run is finished.
    """
    engine, plan = engine or Engine(), study.plan
    _refuse_other(study)
    (case,), replicates = plan.cases, max(wave.replicates[1] for wave in plan.waves)
    runs, late = plan.draws * replicates, any(arm.delay_days for arm in plan.arms)
    config = StudyConfig(
        scenario=case.scenario, policies=tuple(dict.fromkeys(arm.policy for arm in plan.arms)),
        baseline=plan.arms[0].policy, runs=runs, replicates=replicates, seed=plan.seed, timing_runs=runs if late else 0,
        stage=case.stage, days=case.days, output=str(study.folder / "compare"), decision=case.decision,
    )  # fmt: skip
    kept = Store(study.folder / "compare")
    with study.locked():
        kept.folder.mkdir(exist_ok=True)
        kept.shards = study.store(case).shards
        seconds = sum(kept.seconds(shard) for shard, _ in kept.whole_shards())
        planned = [plan.run(number) for number in range(plan.runs)]
        return compare.assemble(
            config, study.theatre(case, engine), kept, engine=engine, plan=planned, failed=study.failures(case),
            seconds=seconds,
        )  # fmt: skip


def _refuse_other(study: StudyFolder) -> None:
    plan, where = study.plan, str(study.folder)
    if len(plan.cases) > 1 or plan.cases[0].theory != "as_stated":
        raise BadInput("the study has several cases", where=where, instead="one scenario, process and theory")
    if plan.study["design"].get("kind", "draws") != "draws":
        raise BadInput("the design is not of draws", where=where, why="a comparison draws every uncertain number",
                       instead="design: {kind: draws, points: 16}")  # fmt: skip
    if set(plan.study["keep"]) != set(KEEP):
        raise BadInput("tables were not kept", where=where, why="a comparison shows weeks, months and places",
                       instead="keep: all, in a new study")  # fmt: skip
    late = any(arm.delay_days for arm in plan.arms if arm.policy == plan.arms[0].policy)
    if late or len(plan.waves[0].arms) < len(plan.arms):
        raise BadInput("the arms are not those of a comparison", where=where, instead="levers of other policies only")
    undelayed = {arm.policy for arm in plan.arms if not arm.delay_days}
    for arm in plan.arms:
        if arm.policy not in undelayed:
            raise BadInput(f"{arm.policy} is only decided later", where=where, instead="delay_days: [0, 30, 60, 90]")

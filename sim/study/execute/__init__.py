"""Where a study is computed: processes here (local), a Dask cluster (dask), a Slurm array job (slurm).

All three take the same tasks from the plan and write the same shards; results do not depend on which one did it.
"""

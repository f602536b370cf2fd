"""The report: what an output folder says, as one page that a planner can read and check."""

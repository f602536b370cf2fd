"""Published agent-based models of collective violence, rebuilt to be measured against what their papers report.

Nothing of the simulator rests on them; they show that findings which its mechanisms build on come out of an independent
implementation, and which do not (experiments/replications/).
"""

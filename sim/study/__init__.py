"""Studies: many runs of one theatre under several policies, stored, summarised and scored."""

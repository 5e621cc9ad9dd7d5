"""Floor 2: pure verbs. What counts and how much; no clock, no input or output, standard library only."""

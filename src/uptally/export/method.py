"""How figures are come to, in sentences that stand beside them."""

from __future__ import annotations

METHOD = (
    ("Time", "Lengths of time are whole milliseconds. Periods include their first instant and not their last; in UTC."),
    ("Service time", "Up, down and unknown time make the agreed service time; with excluded time, the scheduled time."),
    ("Availability", "1 - counted downtime / denominator, both as the terms say; cut off, never rounded up."),
    ("Worst and best", "What it can have been, by the limits of measurement with 95% confidence, unless the terms ask "
     "for certainty, and with all unknown time down, and up."),
    ("Verdict", "Met if even the worst reaches the target, missed if even the best does not; else undetermined."),
    ("Credit", "A part of the fee, as the terms say, rounded once as they say. What is due for a period stands in the "
     "first of its rows only, so that a column of amounts can be added up."),
    ("Booked", "What to book: empty while a period runs, without a fee, and where a person has to decide."),
    ("Corrections", "What was frozen is never changed: a correction has the differences to it, and is booked in the "
     "month in which it was made."),
    ("Seal", "The digest is that of the rows as they were frozen. It stands in an act of the ledger, whose digest "
     "holds those of all acts before it."),
)  # fmt: skip
"""A name, and what is to be said of it."""

"""What is promised, as the ledger has it on record: a later version must write the same for the same terms."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from uptally.config.contract.record import told_of
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, CreditRules, Tier, Tiers
from uptally.model.downtime import Run
from uptally.model.fee import ClaimRule, Fee, FeeStep
from uptally.model.termination import Misses
from uptally.model.terms import (
    Composite,
    CompositeMode,
    ExclusionRule,
    ExclusionRules,
    Hours,
    ServiceWindow,
    Terms,
    Weekly,
)

TIERS = Tiers((Tier((Bound(Comparison.LT, Fraction(999, 1000)),), Award(Fraction(1, 10))),))
OFFICE = Weekly((Hours(frozenset({0, 4}), 28_800_000, 64_800_000),), frozenset({date(2026, 12, 25)}))
TERMS = Terms(
    name="gold",
    windows=(ServiceWindow("core", Fraction(999, 1000), OFFICE, CreditRules((TIERS,))),),
    zone=ZoneInfo("Europe/Berlin"),
    downtime=Run(300_000),
    exclusions=ExclusionRules((ExclusionRule("maintenance", notice_ms=172_800_000),)),
    composite=Composite(CompositeMode.WEIGHTED, weights={"web": Fraction(70)}),
    fee=Fee(Decimal("1000.00"), "EUR", steps=(FeeStep(1_000, Decimal("1200.00")),)),
    claim=ClaimRule(30),
    termination=(Misses(3, 6),),
)


def test_record_of_terms_is_what_it_always_was() -> None:
    assert json.loads(json.dumps(told_of(TERMS))) == {
        "is": "Terms",
        "zone": "Europe/Berlin",
        "windows": [
            {
                "is": "ServiceWindow",
                "name": "core",
                "target": "999/1000",
                "schedule": {
                    "is": "Weekly",
                    "hours": [{"is": "Hours", "days": [0, 4], "from_ms": 28_800_000, "to_ms": 64_800_000}],
                    "closed": ["2026-12-25"],
                },
                "credit": {
                    "is": "CreditRules",
                    "rules": [
                        {
                            "is": "Tiers",
                            "tiers": [
                                {
                                    "is": "Tier",
                                    "bounds": [{"is": "Bound", "comparison": "<", "limit": "999/1000"}],
                                    "award": {"is": "Award", "share": "1/10"},
                                }
                            ],
                        }
                    ],
                },
            }
        ],
        "downtime": {"is": "Run", "least_ms": 300_000},
        "exclusions": {
            "is": "ExclusionRules",
            "rules": [{"is": "ExclusionRule", "kind": "maintenance", "notice_ms": 172_800_000}],
        },
        "composite": {"is": "Composite", "mode": "weighted", "weights": {"web": "70/1"}},
        "fee": {
            "is": "Fee",
            "amount": "1000.00",
            "currency": "EUR",
            "steps": [{"is": "FeeStep", "from_ms": 1_000, "amount": "1200.00"}],
        },
        "claim": {"is": "ClaimRule", "days": 30},
        "termination": [{"is": "Misses", "misses": 3, "of": 6}],
    }

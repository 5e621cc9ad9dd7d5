"""The contract as it was signed: terms and facts become judgements. Specified in docs/sla-vectors.md.

`evaluate.judge` is the door; each other module holds one clause of a contract.
"""

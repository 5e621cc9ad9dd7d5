"""Floor 6: the daemon. It schedules attempts, doubts failures that may be its own, remembers, and has the page written.

Two processes start from here, each with what it needs and no more: the daemon (`run`) and the page's (`pressroom`).
"""

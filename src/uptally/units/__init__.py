"""Floor 0: instants, windows, months and ratios as exact integers and fractions.

Standard library only; asks nobody the time.
"""

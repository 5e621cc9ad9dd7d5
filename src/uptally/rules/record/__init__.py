"""What people and the configuration put on record: acts become nouns, and what is to be recorded becomes an act.

Acts of kinds that are not known here are passed over, since a later version may add some. A body that cannot be read is
an error: what it meant could change a figure.
"""

"""Floor 4, the room that hands over: statements become rows, and rows become files that finance can book and diff.

A row is values (`rows`); a file is bytes (`csv`, `json`). Nothing here asks the time or writes a file, so that the
same statements give the same bytes, today and in a year.
"""

"""The room that is examined: files of the format ``sla-vector/1`` go through the engine that makes statements.

Each file holds terms, what happened, and what that must come to (docs/sla-vectors.md): `read` makes them ours,
`answer` writes our result in the file's words, `examine` compares.
"""

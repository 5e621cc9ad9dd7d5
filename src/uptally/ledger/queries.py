"""What a reader asks of the file, in SQL."""

from __future__ import annotations

from uptally.ledger.rows import STORED_BLIP, STORED_OBSERVATION, STORED_TALLY, STORED_TURN

EVIDENCE = """
SELECT at_ms, boot, sequence, body FROM evidence
WHERE endpoint_id = ? AND location_id = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, boot, sequence
"""
FIRST_START = """
SELECT min((
    SELECT start_ms FROM turns WHERE endpoint_id = endpoints.id AND location_id = locations.id ORDER BY start_ms LIMIT 1
)) FROM endpoints, locations
"""
"""Each endpoint's first is found by the key; a million turns would all be read for the least of them."""

NEWEST = f"""
SELECT {STORED_OBSERVATION} FROM observations CROSS JOIN cadences ON cadences.id = cadence_id
WHERE endpoint_id = ? AND location_id = ? AND outcome != 4 ORDER BY at_ms DESC, boot DESC, sequence DESC LIMIT 1
"""
KEY = "SELECT endpoints.id, locations.id FROM endpoints JOIN locations WHERE (slug, name) = (?, ?)"
KEYS = "SELECT slug, endpoints.id, locations.id FROM endpoints JOIN locations WHERE name = ?"
KEYS_OF = """
SELECT slug, endpoints.id, locations.id FROM endpoints JOIN locations
WHERE name = ? AND slug IN (SELECT value FROM json_each(?))
"""

NEWEST_OF_RECENT = f"""
WITH newest AS (
    SELECT endpoint_id, max(at_ms) AS at_ms FROM recent
    WHERE location_id = :location AND outcome != 4 AND endpoint_id IN (SELECT value FROM json_each(:endpoints))
    GROUP BY endpoint_id
)
SELECT endpoint_id, {STORED_OBSERVATION} FROM newest CROSS JOIN recent USING (at_ms, endpoint_id)
CROSS JOIN cadences ON cadences.id = cadence_id
WHERE location_id = :location AND outcome != 4 ORDER BY boot, sequence
"""
TURNS = f"SELECT {STORED_TURN}, {STORED_TALLY} FROM turns WHERE endpoint_id = ? AND location_id = ? ORDER BY start_ms"
FIRST = "SELECT min(start_ms) FROM turns WHERE endpoint_id = ? AND location_id = ?"
TURNS_SINCE = f"""
SELECT {STORED_TURN} FROM turns WHERE endpoint_id = ? AND location_id = ? AND start_ms >= coalesce(
    (SELECT max(start_ms) FROM turns WHERE endpoint_id = ? AND location_id = ? AND start_ms <= ?), ?
) ORDER BY start_ms
"""
BLIPS = f"SELECT {STORED_BLIP} FROM blips WHERE endpoint_id = ? AND location_id = ? AND at_ms >= ? ORDER BY at_ms"

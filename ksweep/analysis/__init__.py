"""Results → rankings, failures, estimates and flat records: pure functions from records to values.

Nothing here reads a file; `report` turns what comes out into text, CSV and JSON.
"""

"""Who was promised what: `services:`, `agreements:` and `maintenance:`."""

"""Floor 1: frozen, slotted nouns. What rooms hand to each other; no room's knowledge of how it got there."""

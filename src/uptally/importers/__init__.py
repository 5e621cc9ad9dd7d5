"""Floor 4, the room that moves others in: files of other tools become observations, all of a file or none of it."""

"""The face in Discord: commands, pages, posts. Platform objects stop here."""

"""Game rounds: reading files, deriving facts, arranging evenings. Pure, except for `importer`."""

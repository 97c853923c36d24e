"""Who talks, when and how much: counted exactly, whatever happens on the way."""

"""What went wrong in a way that a person can set right."""


class Trouble(Exception):
    """Its message says what is wrong, and names the cure: faces show it as it is."""

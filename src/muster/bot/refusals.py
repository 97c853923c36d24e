"""Why a command is not answered: for the asker, in a sentence, in private."""


class Refused(Exception):
    """A command can't be answered as asked; the message says why and what would help. Nobody is at fault."""


class Answered(Exception):
    """The command has been answered already, with a question back."""

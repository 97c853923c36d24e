"""Why a command is not answered: for the asker, in a sentence, in private.

Both are errors of the command framework, so that it hands on those which come from a check.
"""

from discord.ext import commands


class Refused(commands.CommandError):
    """A command can't be answered as asked; the message says why and what would help. Nobody is at fault."""


class Answered(commands.CommandError):
    """The command has been answered already, with a question back."""

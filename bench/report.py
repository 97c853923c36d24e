"""A table of figures with their budgets."""

import msgspec
from rich.console import Console
from rich.table import Table


class Figure(msgspec.Struct, frozen=True):
    """One measured figure. `budget` is what it must reach; `baseline` what a bare loop reached in the same run."""

    work: str
    value: float
    unit: str
    budget: float | None = None
    more_is_better: bool = False
    baseline: float | None = None

    @property
    def share(self) -> float | None:
        """How much of the budget is reached: 1.0 and more is within it."""
        if self.budget is None or not self.value:
            return None
        return self.value / self.budget if self.more_is_better else self.budget / self.value

    @property
    def ratio(self) -> float | None:
        """The figure over the baseline's."""
        return self.value / self.baseline if self.baseline else None


def show(title: str, figures: list[Figure]) -> None:
    """Prints figures as a table."""
    table = Table(title=title, title_justify="left")
    for column in ("work", "figure", "budget", "of the budget", "of a bare loop"):
        table.add_column(column, justify="left" if column == "work" else "right", no_wrap=True)
    for f in figures:
        bound = "" if f.budget is None else f"{'≥' if f.more_is_better else '≤'} {f.budget:,g} {f.unit}"
        share = "" if f.share is None else f"{f.share:.2f}" + ("" if f.share >= 1 else "  not reached")
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}"
        table.add_row(f.work, f"{f.value:,.4g} {f.unit}", bound, share, ratio)
    Console(width=120).print(table)

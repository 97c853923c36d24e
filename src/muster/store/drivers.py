"""What drivers raise, without loading one that nobody uses."""

import sqlite3
import sys

from sqlalchemy.exc import SQLAlchemyError


def driver_errors() -> tuple[type[Exception], ...]:
    """Everything a database in use may raise."""
    return (sqlite3.Error, SQLAlchemyError, OSError, *of_postgresql("PostgresError"))


def of_postgresql(name: str) -> tuple[type[Exception], ...]:
    """An error of PostgreSQL's driver by its name; none where that driver was never loaded."""
    driver = sys.modules.get("asyncpg")
    return () if driver is None else (getattr(driver, name),)

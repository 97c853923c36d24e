"""Schema migrations. A fresh database is a migrated one."""

"""What Alembic runs: migrations on the connection that `store.upgrade` hands over."""

from alembic import context

from muster.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

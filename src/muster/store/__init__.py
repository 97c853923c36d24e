"""The store: schema, connections, transactions, migrations, and what is kept up beside the facts."""

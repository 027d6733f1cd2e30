"""Queries of the ticket desk: `clauses` builds conditions, `tickets` runs them."""

"""What happens to a pooled connection between two borrowers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg


def reset_connection(connection: "psycopg.Connection[Any]") -> None:
    """Leave a returned connection where it can read no shop and no shared table.

    The next borrower's wrapper believes nothing about it and sets the path anew; anybody who forgets to,
    reads `pg_catalog` only and fails loudly. Called by the pool outside any transaction.
    """
    connection.execute("SET search_path = pg_catalog")
    connection.commit()

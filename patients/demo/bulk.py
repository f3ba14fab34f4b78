"""Rows by the million: COPY on PostgreSQL, `bulk_create` elsewhere.

Rows come as tuples of what a model's attributes take; columns that are not named get the model's defaults. Nothing is
checked on the way, so this is for rows that were made here, never for what somebody sent.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import AutoField, JSONField, Model

BATCH = 2000


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


class Sheet:
    """The rows of one model that wait to be written, each a tuple in the order of `columns` (attribute names)."""

    def __init__(self, model: type[Model], *columns: str) -> None:
        self.model, self.columns = model, columns
        self.rows: list[tuple[Any, ...]] = []
        named = [field for field in model._meta.concrete_fields if field.attname in columns]
        assert len(named) == len(columns), f"{model} has not all of {columns}"
        others = [
            field
            for field in model._meta.concrete_fields
            if field.attname not in columns and not isinstance(field, AutoField)
        ]
        place = {field.attname: field for field in named}
        self._json = [n for n, name in enumerate(columns) if isinstance(place[name], JSONField)]
        self._defaults = tuple(
            field.get_db_prep_save(field.get_default(), connection=connection) for field in others
        )
        filled = [*(place[name] for name in columns), *others]
        quoted = [connection.ops.quote_name(str(field.column)) for field in filled]
        table = connection.ops.quote_name(model._meta.db_table)
        self._copy = f"COPY {table} ({', '.join(quoted)}) FROM STDIN"

    def write(self) -> None:
        if on_postgresql():
            # The driver's own errors become Django's, as those of any other statement.
            with (
                connection.cursor() as cursor,
                connection.wrap_database_errors,
                cursor.copy(self._copy) as copy,
            ):
                for row in self.rows:
                    copy.write_row((*self._texts(row), *self._defaults))
        else:
            named = (self.model(**dict(zip(self.columns, row, strict=True))) for row in self.rows)
            self.model._default_manager.bulk_create(named, batch_size=BATCH)
        self.rows.clear()

    def _texts(self, row: tuple[Any, ...]) -> Sequence[Any]:
        if not self._json:
            return row
        texts = list(row)
        for place in self._json:
            texts[place] = json.dumps(texts[place])
        return texts


@contextmanager
def bare(*models: type[Model]) -> Iterator[None]:
    """Let tables be filled without foreign keys and secondary indexes, which are made again at the end.

    Needs a transaction around it that has not written yet: either all of it stays or nothing of it was, and until then
    nobody else reads these tables. Ten million rows are checked and sorted once, not one by one. Does nothing but on
    PostgreSQL.
    """
    if not on_postgresql():
        yield
        return
    again: list[str] = []
    with connection.cursor() as cursor:
        for model in models:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype = 'f'",
                [table],
            )
            for name, definition in cursor.fetchall():
                quoted = connection.ops.quote_name(name)
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {quoted}")
                again.append(f"ALTER TABLE {table} ADD CONSTRAINT {quoted} {definition}")
            cursor.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
                " WHERE indrelid = %s::regclass AND NOT indisunique",
                [table],
            )
            for quoted, definition in cursor.fetchall():
                cursor.execute(f"DROP INDEX {quoted}")
                again.insert(0, definition)
    yield
    with connection.cursor() as cursor:
        # A table with checks that wait for the commit cannot be altered, nor be referred to anew.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for statement in again:
            cursor.execute(statement)


def settle() -> None:
    """After a large load: what the planner believes, and which pages need no look at the table, as of now.

    The latter can only be settled outside of a transaction.
    """
    if on_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)")

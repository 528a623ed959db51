"""Where the answers are: a DuckDB connection or any engine that ibis knows, and a query there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from trustsurvey.errors import DesignError, InputError, MissingPackageError, TrustSurveyError, UnknownNameError

__all__ = ["Source", "find_source", "import_ibis", "speaking"]

# No table of a user is called so.
_ANSWERS = "answers of trustsurvey"
# Messages of other errors, as of a failed conversion, may quote an answer.
_SAFE_ERRORS = (
    "AnalysisException",
    "BinderException",
    "CatalogException",
    "ConnectionException",
    "HTTPException",
    "IOException",
    "NotImplementedException",
    "OperationNotDefinedError",
    "OutOfMemoryException",
    "ParseException",
    "ParserException",
    "PermissionException",
    "TableNotFound",
    "UnsupportedOperationError",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A query in an engine.

    ``columns`` are all its names, ``table`` takes the names that are needed and returns them as an ibis table, and
    ``run`` takes an ibis expression on that table and returns its result as an Arrow table.
    """

    columns: tuple[str, ...]
    table: Callable[[Sequence[str]], Any]
    run: Callable[[Any], pa.Table]


def import_ibis() -> Any:
    """Return the module ibis.

    Raises
    ------
    MissingPackageError
        It is not installed.
    """
    try:
        import ibis
    except ImportError as error:
        raise MissingPackageError(
            "a design from a query needs ibis and DuckDB, which are not installed; "
            "install them by: pip install 'trustsurvey[query]'"
        ) from error
    return ibis


@contextmanager
def speaking(doing: str) -> Iterator[None]:
    """Turn an error of the engine into one of ours, without answers of respondents."""
    try:
        yield
    except TrustSurveyError:
        raise
    except Exception as error:
        kind = type(error).__name__
        if kind == "ResourceInUseException":
            raise InputError(
                "the connection has a result that was not fetched to its end; fetch the rest, or give another "
                "connection, as connection.cursor()"
            ) from error
        said = f": {_first_line(error)}" if kind in _SAFE_ERRORS else ""
        raise InputError(f"the engine could not {doing} ({kind}{said}); correct the query or its columns") from error


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


def find_source(connection: Any, query: Any) -> Source:
    """Return a query in the engine behind a connection.

    Raises
    ------
    InputError, UnknownNameError
        The connection or the query is nothing known, or the engine refuses the query.
    """
    ibis = import_ibis()
    if isinstance(query, ibis.expr.types.Table):
        return _of_table(connection, query)
    if not isinstance(query, str) or not query.strip():
        raise InputError(f"a query is SQL text, the name of a table or an ibis table; got {type(query).__name__}")
    if isinstance(connection, ibis.backends.BaseBackend):
        if connection.name != "duckdb":
            return _of_table(connection, _backend_table(connection, query))
        connection = connection.con
    if _is_duckdb(connection):
        return _of_duckdb(connection, query)
    raise InputError(
        "a connection is one of DuckDB, as duckdb.connect(), or of another engine through ibis, as "
        f"ibis.pyspark.connect(session) or ibis.postgres.connect(...); got {type(connection).__name__}"
    )


def _is_duckdb(connection: object) -> bool:
    try:
        import duckdb
    except ImportError:
        return False
    return isinstance(connection, duckdb.DuckDBPyConnection)


def _of_table(connection: Any, table: Any) -> Source:
    def run(expression: Any) -> pa.Table:
        bound, _ = expression._find_backends()
        backend = bound[0] if bound else connection
        if backend is None:
            raise InputError("the ibis table belongs to no engine; give the connection that knows it")
        with speaking("run the query"):
            if _is_duckdb(backend):
                return _duckdb_result(backend, str(import_ibis().to_sql(expression, dialect="duckdb")))
            result: pa.Table = backend.to_pyarrow(expression)
            return result

    return Source(tuple(table.columns), lambda names: table.select(*names), run)


def _backend_table(backend: Any, query: str) -> Any:
    with speaking("read the query"):
        if query in backend.list_tables():
            return backend.table(query)
        if " " not in query.strip():
            raise UnknownNameError("table", query, backend.list_tables())
        return backend.sql(query)


def _of_duckdb(connection: Any, query: str) -> Source:
    """Return a query of DuckDB; ibis writes the SQL only, so that nothing is set on a connection that is not ours."""
    ibis = import_ibis()
    selection = _selection(connection, query)
    with speaking("read the query"):
        relation = connection.sql(selection)
        columns = tuple(relation.columns)
        types = dict(zip(columns, map(str, relation.types), strict=True))
    alike = {name.casefold() for name in columns}
    if len(alike) < len(columns):
        names = [name.casefold() for name in columns]
        twice = dict.fromkeys(name for name in columns if names.count(name.casefold()) > 1)
        raise DesignError(f"columns stand twice in the query: {', '.join(twice)}; name them apart")

    def table(names: Sequence[str]) -> Any:
        from ibis.backends.sql.datatypes import DuckDBType

        with speaking("tell the types of the columns"):
            schema = {name: DuckDBType.from_string(types[name]) for name in names}
        return ibis.table(schema, name=_ANSWERS)

    def run(expression: Any) -> pa.Table:
        text = (
            f'WITH "{_ANSWERS}" AS (\n{selection}\n)\nSELECT * FROM (\n{ibis.to_sql(expression, dialect="duckdb")}\n)'
        )
        with speaking("run the query"):
            return _duckdb_result(connection, text)

    return Source(columns, table, run)


def _selection(connection: Any, query: str) -> str:
    """Return the one SELECT that a query is, or a SELECT of the table that it names."""
    import duckdb

    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        quoted = query.replace('"', '""')
        for selection in (f'FROM "{quoted}"', f"FROM {query}"):
            if _is_known(connection, selection):
                return selection
        if " " in query.strip():
            raise InputError(f"the query is no SQL that DuckDB reads ({_first_line(error)})") from error
        with speaking("list its tables"):
            rows = connection.sql("SELECT table_name FROM information_schema.tables").fetchall()
        raise UnknownNameError("table", query, sorted(name for (name,) in rows)) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError("a query is one SELECT, or the name of a table; run other statements on the connection first")
    if statements[0].named_parameters:
        raise InputError("the query has parameters, which have no values here; write their values into it")
    return _without_end(str(statements[0].query))


def _is_known(connection: Any, selection: str) -> bool:
    """Return whether this is one SELECT of what DuckDB finds."""
    import duckdb

    try:
        statements = duckdb.extract_statements(selection)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return False
        connection.sql(selection)
    except duckdb.Error:
        return False
    return True


def _without_end(statement: str) -> str:
    """Return a statement without the semicolons at its end, and the comments after them."""
    import duckdb

    # DuckDB counts bytes.
    text = statement.encode()
    end = len(text)
    for start, kind in reversed(duckdb.tokenize(statement)):
        if text[start : start + 1] == b";":
            end = start
        elif kind != duckdb.token_type.comment:
            break
    return text[:end].decode()


def _duckdb_result(connection: Any, text: str) -> pa.Table:
    result: pa.Table = connection.sql(text).to_arrow_table()
    return result

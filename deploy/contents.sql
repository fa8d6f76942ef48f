-- One line per table: its name, its number of rows, and a sum over all of them that any change shifts.
SET timezone = 'UTC';

SELECT format(
    'SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %I.%I AS t',
    tablename, schemaname, tablename
)
FROM pg_tables
WHERE schemaname = 'public'
ORDER BY tablename \gexec

-- name: engine_version
-- Which version of the database this is.
SELECT sqlite_version();

-- name: role
-- Whom the database takes us for; a SQLite file knows nobody.
SELECT '', 0, 0, 0;

-- name: open_tables
-- The tables whose rows the database does not keep apart by tenant; in a SQLite file the queries alone do.
SELECT name FROM sqlite_schema WHERE false;

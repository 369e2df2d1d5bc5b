-- name: engine_version
-- Which version of the database this is.
SELECT split_part(current_setting('server_version'), ' ', 1);

-- name: role
-- Whom the database takes us for, whether row-level security binds that role, and how many of our tables it owns.
SELECT rolname, rolsuper::int, rolbypassrls::int, (
    SELECT COUNT(*) FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relowner = r.oid
)
FROM pg_roles r WHERE rolname = current_user;

-- name: open_tables
-- The tables whose rows the database does not keep apart by tenant.
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant'
    AND NOT a.attisdropped AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY c.relname;

-- name: put_each
-- Keep rows, and say which. (set)
INSERT INTO suite_item (tenant, id, body)
SELECT * FROM unnest(:tenant::text[], :id::bigint[], :body::text[]) ON CONFLICT DO NOTHING RETURNING tenant, id;

-- name: schema
-- A line for each column, index, constraint, table setting, policy and right.
SELECT kind, "table", name, replace(detail, current_schema() || '.', '') FROM (
    SELECT 'column' AS kind, table_name::text AS "table", column_name::text AS name,
        concat_ws(' ', data_type, is_nullable, column_default) AS detail
    FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL
    SELECT 'index', tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'settings', relname::text, relkind::text,
        concat_ws(' ', relrowsecurity, relforcerowsecurity, array_to_string(reloptions, ','))
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'S', 'v')
    UNION ALL
    SELECT 'policy', tablename::text, policyname::text, concat_ws(' ', roles::text, cmd, qual, with_check)
    FROM pg_policies WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'right', table_name::text, grantee::text, privilege_type::text
    FROM information_schema.role_table_grants WHERE table_schema = current_schema()
) AS lines ORDER BY 1, 2, 3, 4;

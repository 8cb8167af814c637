-- Stock on sqlite
SELECT count(*), coalesce(sum("total"), 0) FROM "parts" WHERE "total" < $1;

-- Stock on postgres
SELECT count(*), coalesce(sum("total"), 0)::bigint FROM "parts" WHERE "total" < $1;

-- TotalIn on postgres
SELECT "name", sum("total")::bigint FROM "orders"
JOIN "customers" ON "customers"."id" = "orders"."customer" JOIN "regions" ON "regions"."id" = "customers"."region"
WHERE "name" = $1 GROUP BY "name";

-- TotalIn
SELECT "name", sum("total") FROM "orders"
JOIN "customers" ON "customers"."id" = "orders"."customer" JOIN "regions" ON "regions"."id" = "customers"."region"
WHERE "name" = $1 GROUP BY "name";

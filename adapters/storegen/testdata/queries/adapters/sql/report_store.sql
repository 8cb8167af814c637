-- What reports need.

-- Revenues on sqlite
SELECT "customer", count(*), sum("total"), max("created_at"), max("bonus") FROM "items"
WHERE "created_at" >= $1 AND "status" IN (SELECT "value" FROM json_each($2))
GROUP BY "customer" ORDER BY "customer";

-- Revenues on postgres
SELECT "customer", count(*), sum("total")::bigint, max("created_at"), max("bonus") FROM "items"
WHERE "created_at" >= $1 AND "status" = ANY($2::text[])
GROUP BY "customer" ORDER BY "customer" COLLATE "C";

-- Dearest
SELECT "customer", "status", "total" FROM "items" WHERE "customer" = $1 ORDER BY "total" DESC, "id" LIMIT 1;

-- OfHost on sqlite
SELECT "customer", count(*), sum("total"), max("created_at"), max("bonus") FROM "items" WHERE "host" = $1
GROUP BY "customer" ORDER BY "customer";

-- OfHost on postgres
SELECT "customer", count(*), sum("total")::bigint, max("created_at"), max("bonus") FROM "items" WHERE "host" = $1
GROUP BY "customer" ORDER BY "customer" COLLATE "C";

-- All on postgres
SELECT '', count(*), sum("total")::bigint, max("created_at"), max("bonus") FROM "items" GROUP BY ();

-- All
SELECT '', count(*), sum("total"), max("created_at"), max("bonus") FROM "items" GROUP BY 1;

package storegen_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// uniquelyServed are the indexes by which queries find what is unique.
var uniquelyServed = map[string]string{
	"getByEmail":                      "users_unique_email",
	"findByEmail":                     "users_unique_email",
	"existsByNickname":                "users_unique_nickname",
	"countByTenantAndNumber":          "users_unique_tenant_and_number",
	"findByTenantAndNumberBetween[0]": "users_unique_tenant_and_number",
}

// TestUniqueIndexesServeQueries shows that what is unique needs no second index to be found.
func TestUniqueIndexesServeQueries(t *testing.T) {
	sqlite := plansIn(t, "unique", "user", "sqlite", "sqlite3", ":memory:")
	postgres := plansIn(t, "unique", "user", "postgres", "postgres", testserver.Postgres(t))
	postgres.exec(`SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
		INSERT INTO "users" SELECT gen_random_uuid(), 't' || n % 100, n, 'e' || n, 'n' || n, 'guest', n, gen_random_uuid(),
			now() - n * interval '1 s', n || '@home', n || '@work', 1, now() FROM generate_series(1, 20000) AS n;
		ANALYZE "users"`)
	for name, index := range uniquelyServed {
		text := sqlite.statements()[name]
		if got := sqlite.plan("EXPLAIN QUERY PLAN " + parameter.ReplaceAllString(text, "NULL")); !strings.Contains(got, index) {
			t.Errorf("on SQLite %s is not found by %s:\n%s\n%s", name, index, text, got)
		}
		text = postgres.statements()[name]
		postgres.exec("PREPARE s AS " + text)
		if got := postgres.plan("EXPLAIN EXECUTE s" + nulls(text)); !strings.Contains(got, index) {
			t.Errorf("on Postgres %s is not found by %s:\n%s\n%s", name, index, text, got)
		}
		postgres.exec("DEALLOCATE s")
	}
}

package bench

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// rowsThere are the orders that are there from the beginning, where it does not matter
// how many there are.
const rowsThere = 10_000

// onSQLite compares the kit with another contender on SQLite.
func onSQLite(a, b contender, of traffic) func(t *testing.T) paired.Sides {
	return func(t *testing.T) paired.Sides {
		return paired.Sides{A: start(t, a, rowsThere).round(of), B: start(t, b, rowsThere).round(of)}
	}
}

// onPostgres compares the kit with another contender on one server of Postgres.
func onPostgres(a, b contender, of traffic) func(t *testing.T) paired.Sides {
	return func(t *testing.T) paired.Sides {
		server := testserver.StartPostgres(t)
		database := func(name string) string { return newDatabase(t, server.URL(), name) }
		return paired.Sides{
			A: startPostgres(t, a, database("a"), rowsThere).round(of),
			B: startPostgres(t, b, database("b"), rowsThere).round(of),
		}
	}
}

var byHandRows = []paired.Row{
	{
		Name: "get-sqlite", Title: "GET, SQLite", B: "by hand",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 0.95}, {Figure: cpuEach, AtMost: 1.1}, {Figure: instructionsEach, May: true}},
		Open:  onSQLite(outgrown, byHand, traffic{send: "get"}),
	},
	{
		Name: "post-sqlite", Title: "POST, SQLite `synchronous=FULL`", B: "by hand, which only inserts",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 2}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onSQLite(outgrown, byHand, traffic{send: "post"}),
	},
	{
		Name: "mixed-sqlite", Title: "80 % GET, 20 % POST, SQLite", B: "by hand, which only inserts",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 1}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onSQLite(outgrown, byHand, traffic{send: "mixed"}),
	},
	{
		Name: "list-sqlite", Title: "list of 50, SQLite", B: "by hand",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 0.95}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onSQLite(outgrown, byHand, traffic{send: "list"}),
	},
	{
		Name: "get-postgres", Title: "GET, Postgres", B: "by hand",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 0.95}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onPostgres(outgrown, byHand, traffic{send: "get"}),
	},
	{
		Name: "list-postgres", Title: "list of 50, Postgres", B: "by hand",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 0.95}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onPostgres(outgrown, byHand, traffic{send: "list"}),
	},
	{
		Name: "post-postgres", Title: "POST, Postgres", B: "by hand, which inserts order and event in a transaction",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 1.5}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onPostgres(outgrown, byHandTold, traffic{send: "post"}),
	},
	{
		Name: "insert-postgres", Title: "POST, Postgres", B: "by hand, which only inserts",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 0.95}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
		Open:  onPostgres(outgrown, byHand, traffic{send: "post"}),
	},
}

// newDatabase returns the DSN of a new database of the server.
func newDatabase(t *testing.T, dsn, name string) string {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the statement has succeeded or failed before
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(dsn, "/postgres?", "/"+name+"?", 1)
}

package storegen_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// aggregates returns the model of testdata/aggregates with changes of what an order is.
func aggregates(t *testing.T, changes ...string) model.Project {
	t.Helper()
	files := sources(t, "aggregates", "example.com/shop")
	for i, f := range files {
		switch f.Path {
		case "domain/order/order.go":
			text := strings.NewReplacer(changes...).Replace(string(f.Data))
			files[i] = plan.File{Path: f.Path, Data: []byte(text)}
		case "ports/orders.go": // without queries
			before, _, _ := strings.Cut(string(f.Data), "\tGetMany")
			files[i] = plan.File{Path: f.Path, Data: []byte(strings.Replace(before, "\t\"time\"\n", "", 1) + "}\n")}
		}
	}
	reader := gosource.Reader{Language: english.English{}}
	p, err := reader.Read(t.Context(), plan.NewTree(append(withKit(t, "example.com/shop"), files...)), "")
	if err != nil {
		t.Fatal(err)
	}
	p.Name, p.Adapters = "shop", map[string][]string{"store": {"sqlite", "postgres"}}
	return p
}

const (
	asJSON  = "\t//outgrow:table\n"
	asTable = "\tLines    []Line\n"
	// What no migration reads out of JSON.
	unreadable = "\tRoot     uint64\n"
	took       = "\tTook     time.Duration\n"
	seal       = "\tSeal     []byte\n"
)

// locked returns the lock of a project that has kept its lists as JSON.
func locked(t *testing.T, changes ...string) lock.Lock {
	t.Helper()
	p := aggregates(t, append(changes, asJSON, "")...)
	for i := range p.Services[0].Entity.Fields {
		p.Services[0].Entity.Fields[i].Table = "" // as before there were tables
	}
	return lockOf(t, p)
}

// lockOf returns the lock of a project.
func lockOf(t *testing.T, p model.Project) lock.Lock {
	t.Helper()
	var l lock.Lock
	if err := l.Apply(&p, 2); err != nil {
		t.Fatal(err)
	}
	again, err := lock.Parse(l.Text())
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestListsStayJSON shows that a list that is JSON in existing rows stays so until a
// directive says otherwise, which is refused where values could not be read.
func TestListsStayJSON(t *testing.T) {
	l := locked(t)
	p := aggregates(t, asJSON, "")
	if err := l.Apply(&p, 5); err != nil || len(l.Tables()) != 1 {
		t.Fatalf("%d tables, %v", len(l.Tables()), err)
	}
	p = aggregates(t, asTable, "\t//outgrow:table\n"+asTable)
	var problems model.Problems
	if err := l.Apply(&p, 5); !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatal(err)
	}
	want := "domain/order/order.go:15:2: Lines is JSON in existing rows, and no database reads Root, whose type is uint, out of it exactly; remove the directive"
	if !strings.HasPrefix(problems[0].String(), want) {
		t.Errorf("%v", problems)
	}
}

// TestListsOfWhatHasAnID shows that a list whose elements have an ID is JSON where a directive says
// so, and not silently where its entity has no version, and that a list that has a table never is.
func TestListsOfWhatHasAnID(t *testing.T) {
	withoutVersion := []string{"\tVersion   int64\n", "", asJSON, ""}
	withoutID := []string{"\tID       LineID\n\tProduct", "\tProduct"}
	inColumn := []string{asTable, "\t//outgrow:json\n" + asTable}
	tables := aggregates(t)
	for name, c := range map[string]struct {
		lock    lock.Lock
		changes []string
		drop    string
		want    string // the problem, or the table
	}{
		"new":           {lock.Lock{}, withoutVersion, "", "domain/order/order.go:14:2: Lines would have a table of its own, since Line has an ID, but Order has no Version"},
		"is JSON":       {lock.Lock{}, append(inColumn, withoutVersion...), "", ""},
		"was JSON":      {locked(t), withoutVersion, "order.Order.Version", ""},
		"has a table":   {lockOf(t, tables), withoutVersion, "order.Order.Version", "domain/order/order.go:14:2: Lines has a table of its own, and Order no Version"},
		"has a version": {lock.Lock{}, inColumn, "", ""},
		"had a table":   {lockOf(t, tables), inColumn, "", "domain/order/order.go:15:2: Lines has a table of its own, and there is no way back to JSON in a column"},
		"lost its ID":   {lockOf(t, tables), withoutID, "order.Line.ID", "order_lines"},
	} {
		p := aggregates(t, c.changes...)
		if gone, err := lock.Dropped(c.drop); err == nil {
			if err := c.lock.Change(&p, []lock.Change{gone}); err != nil {
				t.Fatal(err)
			}
		}
		var got string
		if err := c.lock.Apply(&p, 9); err != nil {
			got = err.Error()
		} else {
			lines, _ := p.Services[0].Entity.Named("Lines")
			got = lines.Table
		}
		if !strings.HasPrefix(got, c.want) || got != "" && c.want == "" {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// line is a line as it is sent, and as a table has it.
type line struct {
	id, product  string
	price        float64
	note         *string
	sentAt       *time.Time
	dueAt        time.Time
	paid, isSent bool
	quantity     int32
}

func (l line) json() string {
	text := fmt.Sprintf(`{"id":%q,"product":%q,"quantity":%d,"price":%s,"status":"sent","position":%d,"paid":%v,"packages":[{"id":%[1]q,"weight":1e3}],"size":{"width":1,"height":2},"due_at":%[7]q`,
		l.id, l.product, l.quantity, strconv.FormatFloat(l.price, 'g', -1, 64), -int64(l.quantity), l.paid, l.dueAt.Format(time.RFC3339Nano))
	if l.note != nil {
		text += fmt.Sprintf(`,"note":%q`, *l.note)
	}
	if l.isSent {
		text += fmt.Sprintf(`,"sent_at":%q`, l.sentAt.Format(time.RFC3339Nano))
	} else {
		text += `,"sent_at":null`
	}
	return text + "}"
}

// lines returns lines that are hard to move.
func lines() []line {
	random := rand.New(rand.NewPCG(1, 2))
	times := []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC),
	}
	all := make([]line, 200)
	for i := range all {
		at := times[i%len(times)]
		l := line{id: kit.NewUUID().String(), product: fmt.Sprint("größe 'x' ", i), price: random.NormFloat64() * 1e-7, dueAt: at, quantity: random.Int32(), paid: i%2 == 0}
		if i%3 == 0 {
			l.note, l.sentAt, l.isSent = &l.product, &at, true
		}
		all[i] = l
	}
	return all
}

// TestListsAreMoved shows that a list that was JSON is in its table as it was, exactly.
func TestListsAreMoved(t *testing.T) {
	for adapter, open := range map[string]func(t *testing.T) *sql.DB{
		"sqlite":   func(t *testing.T) *sql.DB { return openSQL(t, "sqlite3", ":memory:") },
		"postgres": func(t *testing.T) *sql.DB { return openSQL(t, "postgres", testserver.Postgres(t)) },
	} {
		t.Run(adapter, func(t *testing.T) { listsAreMoved(t, adapter, open(t)) })
	}
}

func openSQL(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func listsAreMoved(t *testing.T, adapter string, db *sql.DB) {
	without := []string{unreadable, "", took, "", seal, ""}
	l := locked(t, without...)
	before := migrationsOf(t, adapter, aggregates(t, append(without, asJSON, "")...), l.Tables())
	if len(before) != 1 {
		t.Fatalf("%d migrations", len(before))
	}
	execute(t, db, before[0])
	want := lines()
	var texts []string
	for _, l := range want {
		texts = append(texts, l.json())
	}
	at, id := "0", func(n int) string { return fmt.Sprintf("x'%032d'", n) }
	if adapter == "postgres" {
		at, id = "now()", func(n int) string { return fmt.Sprintf("'%032d'", n) }
	}
	for n, list := range []string{"NULL", "'[]'", "'[" + strings.ReplaceAll(strings.Join(texts, ","), "'", "''") + "]'", "'[{}]'"} {
		execute(t, db, fmt.Sprintf(`INSERT INTO "orders" ("id", "customer", "lines", "remarks", "version", "created_at") VALUES (%s, '', %s, '[{"text":"hello"}]', 1, %s)`, id(n), list, at))
	}
	p := aggregates(t, append(without, asTable, "\t//outgrow:table\n"+asTable)...)
	if err := l.Apply(&p, 5); err != nil {
		t.Fatal(err)
	}
	for _, text := range migrationsOf(t, adapter, p, l.Tables())[1:] {
		execute(t, db, text)
	}
	var counts []string
	selectRows(t, db, `SELECT coalesce(CAST("lines" AS text), 'none') FROM "orders" ORDER BY "id"`, func(rows *sql.Rows) error {
		counts = append(counts, "")
		return rows.Scan(&counts[len(counts)-1])
	})
	if !slices.Equal(counts, []string{"none", "0", "200", "1"}) {
		t.Errorf("the counts are %v", counts)
	}
	wantLines(t, db, adapter, want)
}

// wantLines compares the lines in the table.
func wantLines(t *testing.T, db *sql.DB, adapter string, want []line) {
	t.Helper()
	id, micros := `lower(hex("id"))`, `%s`
	if adapter == "postgres" {
		id, micros = `replace("id"::text, '-', '')`, `(extract(epoch from %s) * 1000000)::bigint`
	}
	n := 0
	selectRows(t, db, `SELECT `+id+`, "product", "quantity", "price", "note", `+fmt.Sprintf(micros, `"sent_at"`)+`, `+fmt.Sprintf(micros, `"due_at"`)+
		`, "paid", "status", CAST("packages" AS text), CAST("size" AS text) FROM "order_lines" WHERE "product" <> '' ORDER BY "_position"`, func(rows *sql.Rows) error {
		var id, product, status, packages, size string
		var quantity int32
		var price float64
		var note *string
		var sentAt *int64
		var dueAt int64
		var paid bool
		err := rows.Scan(&id, &product, &quantity, &price, &note, &sentAt, &dueAt, &paid, &status, &packages, &size)
		w := want[n]
		n++
		if id != strings.ReplaceAll(w.id, "-", "") || product != w.product || quantity != w.quantity || price != w.price || paid != w.paid || status != "sent" ||
			(note == nil) != (w.note == nil) || note != nil && *note != *w.note || dueAt != w.dueAt.UnixMicro() ||
			(sentAt == nil) == w.isSent || sentAt != nil && *sentAt != w.sentAt.UnixMicro() ||
			!strings.Contains(packages, w.id) || size != `{"width":1,"height":2}` {
			t.Errorf("line %d is %v %v %v %v %v %v %v %v %v %v, want %+v", n, id, product, quantity, price, note, sentAt, dueAt, paid, packages, size, w)
		}
		return err
	})
	if n != len(want) {
		t.Errorf("%d lines", n)
	}
	var due int64
	selectRows(t, db, `SELECT `+fmt.Sprintf(micros, `"due_at"`)+` FROM "order_lines" WHERE "product" = ''`, func(rows *sql.Rows) error { return rows.Scan(&due) })
	if due != (time.Time{}).UnixMicro() {
		t.Errorf("a time that is missing in JSON is %d", due)
	}
}

// migrationsOf returns what the migrations of an adapter do, in the order of their versions.
func migrationsOf(t *testing.T, adapter string, p model.Project, tables []lock.Table) []string {
	t.Helper()
	files, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(files, plan.ByPath)
	var texts []string
	for _, f := range files {
		if strings.HasPrefix(f.Path, "adapters/"+adapter+"/") {
			up, _, _ := strings.Cut(string(f.Data), "-- +goose Down")
			texts = append(texts, up)
		}
	}
	return texts
}

func execute(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func selectRows(t *testing.T, db *sql.DB, text string, row func(*sql.Rows) error) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer rows.Close() //nolint:errcheck // Err below reports what went wrong
	for rows.Next() {
		if err := row(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

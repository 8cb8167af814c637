package prove

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestChangesOfType makes a project, keeps orders, and changes types of their fields: a text
// to an enumeration, an int to an int64, an optional field to one that is required, and an
// enumeration to one without a value that an order has. Then it moves a field into another
// struct, and splits the entity. On SQLite and on Postgres what cannot be read is refused
// before anything is written, and the rest is read as before.
func TestChangesOfType(t *testing.T) {
	p := scaffold(t, "order customer:string state:string notes:text? pieces:int phase:enum:draft,paid,sent address:text")
	v := made{before: moved(t, p, "before")}

	p.sed(t, `s/^\tState .*/\tState State/; s/^\tPieces .*/\tPieces int64/; s/^\tNotes .*/\tNotes string/; s/PhasePaid, PhaseSent/PhasePaid/; /PhaseSent/d; s/, sent"/"/`)
	p.sed(t, `s/v.Line("State", d.State)/if !d.State.Valid() {\n\t\tv.Add("State", "must be one of new, done")\n\t}/; /d.Notes != nil/,/}/c\\tv.Text("Notes", d.Notes)`)
	p.write(t, "domain/order/state.go", `package order

// State is one of the values below.
type State string

// The values of State.
const (
	StateNew  State = "new"
	StateDone State = "done"
)

// Valid reports whether s is one of the values of State.
func (s State) Valid() bool { return s == StateNew || s == StateDone }
`)
	p.refuses(t, []string{"generate"}, "outgrow generate --retype order.State", "outgrow generate --retype order.Notes=none", "outgrow generate --drop order.Phase.sent")
	p.run(t, outgrow, "generate", "--retype", "order.state", "--retype", "order.notes=none", "--drop", "order.Phase.sent")
	p.run(t, outgrow, "generate", "--check")
	v.retyped = moved(t, p, "retyped")

	p.sed(t, `s/^\tAddress .*/\tTo To/; s/v.Text("Address", d.Address)/v.Text("To.Address", d.To.Address)/`)
	p.write(t, "domain/order/to.go", "package order\n\n// To is where an order goes.\ntype To struct{ Address string }\n")
	p.refuses(t, []string{"generate"}, "outgrow generate --drop order.Address")
	p.run(t, outgrow, "generate", "--drop", "order.Address")
	p.migrate(t, "moved", map[string]string{
		"sqlite":   `UPDATE "orders" SET "to" = json_object('address', "address");`,
		"postgres": `UPDATE "orders" SET "to" = json_build_object('address', "address");`,
	})
	p.run(t, outgrow, "generate", "--check")
	v.moved = moved(t, p, "moved")

	p.run(t, outgrow, "add", "service", "delivery", "order:uuid", "address:text", "--allow-dirty")
	p.sed(t, `/^\tTo /d; /To.Address/d`)
	p.refuses(t, []string{"generate"}, "outgrow generate --drop order.To")
	p.run(t, outgrow, "generate", "--drop", "order.To")
	split := `INSERT INTO "deliveries" ("id", "order", "address", "version", "created_at", "updated_at")
SELECT "id", "id", "address", 1, "created_at", "updated_at" FROM "orders";`
	p.migrate(t, "split", map[string]string{"sqlite": split, "postgres": split})
	v.split = moved(t, p, "split")

	v.use(t)
	on := "SQLite"
	t.Run("postgres", func(t *testing.T) {
		v.use(t, "SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN="+testserver.Postgres(t))
		on += " and Postgres"
	})
	fmt.Printf("types changed: a text to an enumeration, an int to an int64, an optional field required, a value removed, a field moved and an entity split; rows that do not fit are refused before anything is written, on %s\n", on)
}

// made are the binaries of a project, as its types changed.
type made struct{ before, retyped, moved, split string }

// use keeps orders with the first, and reads them with the others.
func (m made) use(t *testing.T, variables ...string) {
	t.Helper()
	dir := t.TempDir()
	run := func(binary string) *service {
		return startWith(t, variables, binary, dir, freeAddr(t), "--set", "log.level=warn")
	}
	s := run(m.before)
	with := func(state, phase string) string {
		return `{"customer":"Ada","state":"` + state + `","pieces":3,"phase":"` + phase + `","address":"Main St 1"}`
	}
	first := s.must(t, http.StatusCreated, http.MethodPost, "/orders", with("odd", "sent"))
	at := first.header.Get("Location")
	s.stop(t)

	refuses := func(column string) {
		t.Helper()
		out := m.fails(t, m.retyped, dir, variables)
		if !strings.Contains(out, "orders has rows with another "+column) {
			t.Errorf("the error does not name %s:\n%s", column, out)
		}
	}
	change := func(details string) {
		t.Helper()
		s := run(m.before)
		there := s.must(t, http.StatusOK, http.MethodGet, at, "")
		s.must(t, http.StatusOK, http.MethodPut, at, details, "If-Match", there.header.Get("ETag"))
		s.stop(t)
	}
	change(with("odd", "paid"))
	refuses("state")
	change(with("new", "sent"))
	refuses("phase")
	change(with("new", "paid"))

	s = run(m.retyped)
	same(t, "retyped", `{"customer":"Ada","state":"new","notes":"none","pieces":3,"phase":"paid","address":"Main St 1"}`, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	s.must(t, http.StatusUnprocessableEntity, http.MethodPost, "/orders", with("odd", "paid"))
	s.stop(t)

	s = run(m.moved)
	same(t, "moved", `{"notes":"none","to":{"address":"Main St 1"}}`, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	s.stop(t)

	s = run(m.split)
	same(t, "split", `{"customer":"Ada","notes":"none"}`, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	same(t, "split off", `{"order":"`+filepath.Base(at)+`","address":"Main St 1"}`,
		s.must(t, http.StatusOK, http.MethodGet, strings.Replace(at, "/orders/", "/deliveries/", 1), "").body)
	s.stop(t)
}

// fails runs a binary that must not start, and returns what it prints.
func (made) fails(t *testing.T, binary, dir string, variables []string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "--set", "http.addr="+freeAddr(t))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), variables...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("%s started:\n%s", filepath.Base(binary), out)
	}
	return string(out)
}

// moved builds the binary of a project, and moves it to where the next one does not replace it.
func moved(t *testing.T, p project, name string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	if err := os.Rename(p.build(t), to); err != nil {
		t.Fatal(err)
	}
	return to
}

// sed edits what an order is, as its owner would.
func (p project) sed(t *testing.T, script string) {
	t.Helper()
	p.run(t, "sed", "-i", script, "domain/order/order.go")
	p.run(t, "gofmt", "-w", "domain/order/order.go")
}

// refuses runs a command that must be refused, with all of the advice.
func (p project) refuses(t *testing.T, args []string, advice ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), outgrow, args...)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("outgrow %s was not refused", strings.Join(args, " "))
	}
	for _, want := range advice {
		if !strings.Contains(string(out), want) {
			t.Errorf("outgrow %s does not advise %s:\n%s", strings.Join(args, " "), want, out)
		}
	}
}

// migrate writes a migration by hand, the last one, for each store.
func (p project) migrate(t *testing.T, name string, up map[string]string) {
	t.Helper()
	there, err := filepath.Glob(filepath.Join(p.dir, "adapters", "sqlite", "migrations", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	last, _, _ := strings.Cut(filepath.Base(slices.Max(there)), "_")
	number, err := strconv.Atoi(last)
	if err != nil {
		t.Fatal(err)
	}
	for store, text := range up {
		p.write(t, filepath.Join("adapters", store, "migrations", strconv.Itoa(number+1)+"_"+name+".sql"), "-- +goose Up\n"+text+"\n\n-- +goose Down\nSELECT 1;\n")
	}
}

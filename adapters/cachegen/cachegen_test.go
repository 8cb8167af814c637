package cachegen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/cachegen"
	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

const module = "example.com/shop"

// shop returns the model of the project in testdata/shop, of whose files the function
// changes the text.
func shop(t *testing.T, change func(string) string, more ...plan.File) model.Project {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := source.Packages(module, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	modules, err := source.Modules(module, files)
	if err != nil {
		t.Fatal(err)
	}
	files = append(append(files, modules...), more...)
	own := os.DirFS("testdata/shop")
	err = fs.WalkDir(own, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(own, name)
		files = append(files, plan.File{Path: name, Data: []byte(change(string(data)))})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	reader := gosource.Reader{Language: english.English{}}
	p, err := reader.Read(t.Context(), plan.NewTree(files), "")
	if err != nil {
		t.Fatal(err)
	}
	p.Name, p.Adapters = "shop", map[string][]string{"cache": {"memory"}}
	if err := new(lock.Lock).Apply(&p, 1); err != nil {
		t.Fatal(err)
	}
	return p
}

func asItIs(text string) string { return text }

// derived returns the file that is derived, or "" if there is none.
func derived(t *testing.T, p model.Project) string {
	t.Helper()
	files, err := cachegen.Emit(p)
	switch {
	case err != nil || len(files) > 1 || len(files) == 1 && files[0].Path != "adapters/cached/order_gen.go":
		t.Fatalf("derived %v, %v", files, err)
	case len(files) == 0:
		return ""
	}
	return string(files[0].Data)
}

// TestGolden compares what is derived with testdata/order_gen.go.golden. UPDATE=1 updates
// it: read the diff.
func TestGolden(t *testing.T) {
	got, golden := derived(t, shop(t, asItIs)), filepath.Join("testdata", "order_gen.go.golden")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != got {
		t.Errorf("%v; it differs from %s:\n%s", err, golden, got)
	}
}

func TestWithoutACache(t *testing.T) {
	p := shop(t, asItIs)
	p.Adapters = nil
	if got := derived(t, p); got != "" {
		t.Errorf("derived %s", got)
	}
}

// TestByHand shows that what is there by hand is not derived.
func TestByHand(t *testing.T) {
	got := derived(t, shop(t, asItIs, plan.File{Path: "adapters/cached/order.go", Data: []byte(`package cached

type NoteStore struct{}

func (s *OrderStore) FindByStatus() {}

func NewNoteStore() {}
`)}))
	for _, text := range []string{"type NoteStore", ") FindByStatus(", "func NewNoteStore"} {
		if strings.Contains(got, text) {
			t.Errorf("derived %s", text)
		}
	}
	if !strings.Contains(got, "func (s *NoteStore) Get(") {
		t.Errorf("derived no methods:\n%s", got)
	}
}

var shapes = regexp.MustCompile(`Shape: (0x[0-9a-f]+)`)

// TestShape shows that the shape is another one if anything of an entity is.
func TestShape(t *testing.T) {
	seen := map[string]string{}
	for name, edit := range map[string][2]string{
		"as it is":             {},
		"a field more":         {"	Customer string\n", "	Customer string\n	Notes string\n"},
		"another type":         {"Quantity int\n", "Quantity int64\n"},
		"optional":             {"Quantity int\n", "Quantity *int\n"},
		"a value more":         {"Paid Status", "Sent Status = \"sent\"\n	Paid Status"},
		"another name":         {"Customer string", "Client string"},
		"another struct":       {"[]Line", "[]Base"},
		"a list of lists":      {"[]Line", "[][]Line"},
		"a pointer to a field": {"DueAt    *time.Time", "DueAt *Line"},
	} {
		p := shop(t, func(text string) string {
			if name == "another name" {
				text = strings.ReplaceAll(text, "AndCustomer(", "AndClient(")
			}
			if name == "a pointer to a field" {
				text = strings.ReplaceAll(text, "FindByDueAtAndCustomer(ctx context.Context, dueAt *time.Time, ", "FindByCustomer(ctx context.Context, ")
				text = strings.ReplaceAll(text, "	\"time\"\n", "")
			}
			return strings.Replace(text, edit[0], edit[1], 1)
		})
		found := shapes.FindAllStringSubmatch(derived(t, p), -1)
		if len(found) != 3 {
			t.Fatalf("%d shapes", len(found))
		}
		orders := found[1][1]
		if other := seen[orders]; other != "" {
			t.Errorf("%s has the shape of %s", name, other)
		}
		seen[orders] = name
	}
}

// TestChangesOfSeveral shows that what changes several entities is refused, since the cache
// would keep what they were, unless it is written by hand.
func TestChangesOfSeveral(t *testing.T) {
	several := func(text string) string {
		return strings.Replace(text, "\tUpsert(", "\tDeleteByCustomer(ctx context.Context, customer string) (int64, error)\n\tUpsert(", 1)
	}
	_, err := cachegen.Emit(shop(t, several))
	want := "ports/ports.go:26:2: DeleteByCustomer changes several entities, of which the cache in front of the store is not told; " +
		"write func (s *OrderStore) DeleteByCustomer in adapters/cached, which may change them one by one"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	byHand := plan.File{Path: "adapters/cached/order.go", Data: []byte("package cached\n\nfunc (s *OrderStore) DeleteByCustomer() {}\n")}
	if _, err := cachegen.Emit(shop(t, several, byHand)); err != nil {
		t.Error(err)
	}
}

package prove

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
)

// typed is a service, with details to create one of it and to change it to.
type typed struct {
	service, path   string
	create, change  string
	refused         string // details that break rules, each of which the answer names
	refusedFields   []string
	createIfPartial string // what creates one with all that is optional left out
}

var everyType = []typed{
	{
		service: "required a:string b:text c:int d:int64 e:float64 f:bool g:time h:duration i:bytes j:uuid k:enum:x,y",
		path:    "/requireds",
		create: `{"a":"Ada ♥","b":"two\nlines","c":-7,"d":9007199254740993,"e":0.1,"f":true,"g":"2026-11-23T08:30:00.123456Z",
			"h":"1m30s","i":"AAEC/w==","j":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203","k":"x"}`,
		change: `{"a":"Bob","b":"one line","c":7,"d":-9223372036854775808,"e":1e300,"f":false,"g":"1999-12-31T23:59:59Z",
			"h":"-1.5s","i":"/w==","j":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819204","k":"y"}`,
		refused: `{"a":"","b":" ","c":1.5,"d":9223372036854775808,"e":"1","f":1,"g":"yesterday","h":90,"i":"?","j":"1","k":"z","extra":1}`,
		refusedFields: []string{
			"c", "d", "e", "f", "g", "h", "i", "j", "k", "extra",
		},
	},
	{
		service: "optional a:string? b:text? c:int? d:int64? e:float64? f:bool? g:time? h:duration? i:bytes? j:uuid? k:enum:x,y?",
		path:    "/optionals",
		create: `{"a":"Ada","b":"text","c":0,"d":0,"e":0,"f":false,"g":"2026-11-23T08:30:00Z",
			"h":"0s","i":"","j":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203","k":"y"}`,
		change:  `{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null,"g":null,"h":null,"i":null,"j":null,"k":null}`,
		refused: `{"a":"","b":"","c":"1","d":"1","e":"1","f":"1","g":1,"h":1,"i":1,"j":1,"k":1}`,
		refusedFields: []string{
			"c", "d", "e", "f", "g", "h", "i", "j", "k",
		},
		createIfPartial: `{}`,
	},
	{
		service: "list a:[]string b:[]text c:[]int d:[]int64? e:[]float64? f:[]bool g:[]time h:[]duration j:[]uuid k:[]bytes?",
		path:    "/lists",
		create: `{"a":["x","y"],"b":["long"],"c":[1,-2],"d":[9007199254740993],"e":[0.5],"f":[true,false],"g":["2026-11-23T08:30:00Z"],
			"h":["1m30s"],"j":["0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"],"k":["AAE="]}`,
		change:  `{"a":[],"b":[],"c":[],"d":null,"e":null,"f":[],"g":[],"h":[],"j":[],"k":null}`,
		refused: `{"a":[1],"b":{},"c":["1"],"d":1,"e":["x"],"f":[null],"g":[""],"h":[5],"j":["-"],"k":[1]}`,
		refusedFields: []string{
			"a", "b", "c", "d", "e", "f", "g", "h", "j", "k",
		},
		createIfPartial: `{"a":[],"b":[],"c":[],"f":[],"g":[],"h":[],"j":[]}`,
	},
}

// TestEveryType makes one project of three services that have every type of
// field between them, builds and checks it as its owner would, and uses all of
// it over HTTP.
func TestEveryType(t *testing.T) {
	p := everyTypeShop(t)
	examine(t, p.project)
	s := start(t, p.binary, t.TempDir(), freeAddr(t), "--set", "log.level=warn")
	for _, c := range everyType {
		t.Run(c.path, func(t *testing.T) { s.use(t, c) })
	}
	s.stop(t)
}

func everyTypeShop(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "types", func(t *testing.T, folder string) project {
		var services []string
		for _, s := range everyType {
			services = append(services, s.service)
		}
		return scaffoldIn(t, folder, services...)
	})
}

// examine builds, lints and tests a project with the variables, and shows that
// its module files are exact and that what was derived is not stale.
func examine(t *testing.T, p project, variables ...string) {
	t.Helper()
	p.run(t, "go", "build", "./...")
	lint(t, p)
	if out := p.run(t, "go", "mod", "tidy", "-diff"); out != "" {
		t.Errorf("go mod tidy -diff: %s", out)
	}
	p.run(t, outgrow, "generate", "--check")
	p.run(t, "env", append(variables, "go", "test", "-vet=off", "./...")...)
}

// use creates, reads, changes, lists and deletes one thing over HTTP.
func (s *service) use(t *testing.T, c typed) {
	created := s.must(t, http.StatusCreated, http.MethodPost, c.path, c.create)
	same(t, "created", c.create, created.body)
	at := created.header.Get("Location")
	read := s.must(t, http.StatusOK, http.MethodGet, at, "")
	if string(read.body) != string(created.body) {
		t.Errorf("read %s, created %s", read.body, created.body)
	}
	changed := s.must(t, http.StatusOK, http.MethodPut, at, c.change, "If-Match", created.header.Get("ETag"))
	same(t, "changed", c.change, changed.body)
	s.must(t, http.StatusPreconditionFailed, http.MethodPut, at, c.change, "If-Match", created.header.Get("ETag"))
	s.must(t, http.StatusPreconditionRequired, http.MethodPut, at, c.change)
	same(t, "read again", c.change, s.must(t, http.StatusOK, http.MethodGet, at, "").body)
	if c.createIfPartial != "" {
		s.must(t, http.StatusCreated, http.MethodPost, c.path, c.createIfPartial)
	}
	s.refuses(t, c)
	list := s.must(t, http.StatusOK, http.MethodGet, c.path+"?limit=1", "").value(t)
	if n := len(list["items"].([]any)); n != 1 {
		t.Errorf("a list with limit=1 holds %d", n)
	}
	s.must(t, http.StatusNoContent, http.MethodDelete, at, "")
	s.must(t, http.StatusNotFound, http.MethodGet, at, "")
	s.must(t, http.StatusNotFound, http.MethodDelete, at, "")
}

// refuses shows that details that break rules are refused with every wrong
// field named.
func (s *service) refuses(t *testing.T, c typed) {
	t.Helper()
	problem := s.must(t, http.StatusUnprocessableEntity, http.MethodPost, c.path, c.refused).value(t)
	named := map[string]bool{}
	for _, e := range problem["errors"].([]any) {
		named[fieldOf(e.(map[string]any)["field"].(string))] = true
	}
	for _, f := range c.refusedFields {
		if !named[f] {
			t.Errorf("field %s is wrong and not named in %v", f, problem)
		}
	}
}

// fieldOf returns the field that a path such as "a[0]" is within.
func fieldOf(path string) string {
	for i, r := range path {
		if r == '[' || r == '.' {
			return path[:i]
		}
	}
	return path
}

// same shows that got has each member of want, to the letter but for the way in
// which a number or a time may be written.
func same(t *testing.T, what, want string, got []byte) {
	t.Helper()
	w, g := members(t, []byte(want)), members(t, got)
	for name, value := range w {
		if !equal(g[name], value) {
			t.Errorf("%s: %s is %s, want %s", what, name, g[name], value)
		}
	}
}

func members(t *testing.T, object []byte) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(object, &m); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	for name, value := range m {
		var b bytes.Buffer
		if err := json.Compact(&b, value); err != nil {
			t.Fatal(err)
		}
		m[name] = b.Bytes()
	}
	return m
}

func equal(a, b json.RawMessage) bool {
	if string(a) == string(b) {
		return true
	}
	x, errX := strconv.ParseFloat(string(a), 64)
	y, errY := strconv.ParseFloat(string(b), 64)
	_, errI := strconv.ParseInt(string(b), 10, 64)
	return errX == nil && errY == nil && errI != nil && x == y // an integer is compared to the letter
}

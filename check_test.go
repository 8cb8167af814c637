package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// scaffolded is a project that was made, and how it was.
type scaffolded struct {
	dir  string
	made map[string][]byte
}

func newScaffolded(t *testing.T, args ...string) *scaffolded {
	t.Helper()
	for name, value := range map[string]string{"GOPROXY": "off", "GOFLAGS": "-mod=readonly", "GOWORK": "off"} {
		t.Setenv(name, value)
	}
	s := &scaffolded{dir: filepath.Join(t.TempDir(), "shop"), made: map[string][]byte{}}
	outgrow(t, append([]string{"new", s.dir, "--module", "example.com/shop"}, args...)...)
	err := filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(s.dir, name)
		if err != nil {
			return err
		}
		s.made[filepath.ToSlash(relative)], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outgrow runs the command, which must not be refused, and returns its output.
func outgrow(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	if code := execute(t.Context(), files, args, &out, &errOut); code == 2 || errOut.Len() > 0 {
		t.Fatalf("outgrow %s: %d: %s", strings.Join(args, " "), code, errOut.String())
	}
	return out.String()
}

// handEdit is an edit of a file. It replaces the only occurrence of old by text. If old is
// empty, it writes the whole file; if both are empty, it removes the file or folder.
type handEdit struct{ file, old, text string }

func (s *scaffolded) edit(t *testing.T, e handEdit) {
	t.Helper()
	e.file = s.versions().Replace(e.file)
	name := filepath.Join(s.dir, filepath.FromSlash(e.file))
	switch {
	case e.old == "" && e.text == "":
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
		return
	case e.old != "":
		before, err := os.ReadFile(name)
		if err != nil || strings.Count(string(before), e.old) != 1 {
			t.Fatalf("%s does not hold %q once (%v)", e.file, e.old, err)
		}
		e.text = strings.Replace(string(before), e.old, e.text, 1)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(e.text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// migrationFile is the path of a migration whose version is a time.
var migrationFile = regexp.MustCompile(`^adapters/sqlite/migrations/([0-9]{17})_(\w+)\.sql$`)

// versions replaces <orders> by the version of the migration that made the table when
// the project was made.
func (s *scaffolded) versions() *strings.Replacer {
	var pairs []string
	for name := range s.made {
		if m := migrationFile.FindStringSubmatch(name); m != nil {
			pairs = append(pairs, "<"+m[2]+">", m[1])
		}
	}
	return strings.NewReplacer(pairs...)
}

// unversioned replaces the versions that versions puts in, and others by <new>.
func (s *scaffolded) unversioned(text string) string {
	return regexp.MustCompile(`[0-9]{17}`).ReplaceAllStringFunc(text, func(version string) string {
		for name := range s.made {
			if m := migrationFile.FindStringSubmatch(name); m != nil && m[1] == version {
				return "<" + m[2] + ">"
			}
		}
		return "<new>"
	})
}

// restore restores the original project.
func (s *scaffolded) restore(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(s.dir, name)
		if _, made := s.made[filepath.ToSlash(relative)]; err == nil && !made {
			err = os.Remove(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range s.made {
		s.edit(t, handEdit{name, "", string(data)})
	}
}

// check returns the findings.
func (s *scaffolded) check(t *testing.T) []finding.Finding {
	t.Helper()
	var told struct {
		Findings []finding.Finding
	}
	if err := json.Unmarshal([]byte(outgrow(t, "check", "--json", s.dir)), &told); err != nil {
		t.Fatal(err)
	}
	return told.Findings
}

// TestCheckFindsNothing shows that there are no findings in a new project, whatever its
// adapters.
func TestCheckFindsNothing(t *testing.T) {
	for _, stores := range []string{"sqlite", "sqlite,postgres"} {
		for _, buses := range []string{"channels", "channels,nats"} {
			t.Run(stores+" "+buses, func(t *testing.T) {
				s := newScaffolded(t, "--with", "store="+stores, "--with", "bus="+buses)
				if found := s.check(t); len(found) > 0 {
					t.Error(found)
				}
			})
		}
	}
}

// TestCheckAllowsWhatOwnersDo shows that there are no findings in a project after typical
// edits.
func TestCheckAllowsWhatOwnersDo(t *testing.T) {
	s := newScaffolded(t, twoServices...)
	for _, c := range allowed {
		s.apply(t, c.edits)
	}
	for _, f := range s.check(t) {
		t.Error(f)
	}
}

var twoServices = []string{"--service", "order customer:string total:int64", "--service", "receipt order:uuid"}

// TestCheck breaks each rule in one project, and shows that exactly these breaches are
// found, at their positions.
func TestCheck(t *testing.T) {
	s := newScaffolded(t, twoServices...)
	for _, c := range breaches {
		s.apply(t, c.edits)
	}
	found := s.told(t)
	for _, c := range breaches {
		t.Run(c.name, func(t *testing.T) {
			for _, want := range s.located(t, c.want) {
				at := slices.IndexFunc(found, func(found string) bool { return strings.HasPrefix(found, want) })
				if at < 0 {
					t.Errorf("not found: %s", want)
					continue
				}
				found = slices.Delete(found, at, at+1)
			}
		})
	}
	for _, f := range found {
		t.Errorf("found as well: %s", f)
	}
}

// TestCheckApart breaks rules one at a time that have further consequences.
func TestCheckApart(t *testing.T) {
	s := newScaffolded(t, twoServices...)
	for _, c := range apart {
		t.Run(c.name, func(t *testing.T) {
			defer s.restore(t)
			s.apply(t, c.edits)
			found := s.told(t)
			want := s.located(t, c.want)
			if !slices.EqualFunc(found, want, strings.HasPrefix) {
				t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(found, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
}

func (s *scaffolded) apply(t *testing.T, edits []handEdit) {
	t.Helper()
	for _, e := range edits {
		s.edit(t, e)
	}
}

// told returns a line for each finding: its position, its rule, and its text.
func (s *scaffolded) told(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, f := range s.check(t) {
		lines = append(lines, s.unversioned(fmt.Sprintf("%s %s: %s", f.Place(), f.Rule, f.Text())))
	}
	return lines
}

// byText is a place in a file that is given by what its line begins with:
// config.yaml:{http:}.
var byText = regexp.MustCompile(`^([^:]+):\{(.*?)\}`)

// located returns what is expected with the numbers of lines that are given by text.
func (s *scaffolded) located(t *testing.T, all []string) []string {
	t.Helper()
	var located []string
	for _, want := range all {
		if m := byText.FindStringSubmatch(want); m != nil {
			data, err := os.ReadFile(filepath.Join(s.dir, m[1]))
			at := slices.IndexFunc(strings.Split(string(data), "\n"), func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), m[2]) })
			if err != nil || at < 0 {
				t.Fatalf("%s: %v", want, err)
			}
			want = fmt.Sprintf("%s:%d%s", m[1], at+1, strings.TrimPrefix(want, m[0]))
		}
		located = append(located, want)
	}
	return located
}

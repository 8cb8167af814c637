package gosource_test

import (
	"bytes"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// small is a small project: its files in addition to those of the base, and the beginnings
// of the expected findings.
type small struct {
	files map[string][]byte
	want  []string
}

// readSmall reads a project from an archive. The comment has a paragraph with the purpose,
// and one with the expected findings.
func readSmall(t *testing.T, name string) small {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := small{files: map[string][]byte{}}
	for _, f := range a.Files {
		s.files[f.Name] = f.Data
	}
	_, want, _ := strings.Cut(string(a.Comment), "\n\n")
	s.want = slices.DeleteFunc(strings.Split(want, "\n"), func(line string) bool { return line == "" })
	return s
}

// vocabulary returns the root package of the kit.
func vocabulary(t *testing.T) map[string][]byte {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := source.Packages("example.com/shop", []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range kit {
		files[f.Path] = f.Data
	}
	return files
}

// write writes the project to the disk, where the go command finds it.
func (s small) write(t *testing.T, base ...map[string][]byte) string {
	t.Helper()
	files := map[string][]byte{}
	for _, each := range append(base, s.files) {
		maps.Copy(files, each)
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.MkdirAll(filepath.Join(dir, path.Dir(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// found returns the findings in the project in a folder.
func found(t *testing.T, dir string) []string {
	t.Helper()
	p, err := gosource.Inspect(t.Context(), os.DirFS(dir), dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range finding.Sorted(p.Findings()) {
		lines = append(lines, f.String())
	}
	return lines
}

// TestRules shows what is found in small projects, and that nothing is found in those
// that are as they should be.
func TestRules(t *testing.T) {
	base, kit := readSmall(t, "testdata/rules/base.txt").files, vocabulary(t)
	names, err := filepath.Glob("testdata/rules/*/*.txt")
	if err != nil || len(names) < 25 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(name), "testdata/rules/"), ".txt"), func(t *testing.T) {
			t.Parallel()
			s := readSmall(t, name)
			if strings.HasSuffix(name, "line-endings.txt") {
				for file, data := range s.files {
					s.files[file] = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
				}
			}
			got := found(t, s.write(t, base, kit))
			if !slices.EqualFunc(got, s.want, strings.HasPrefix) {
				t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(s.want, "\n\t"))
			}
		})
	}
}

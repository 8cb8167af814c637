package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/run"
)

const pages = "../../templates/kit/docs"

var codeBlock = regexp.MustCompile("(?s)```(go|yaml)\n(.*?)```")

// TestPagesShowThisProgram shows that each block of code on a page is part of a
// file of this program, which compiles.
func TestPagesShowThisProgram(t *testing.T) {
	sources := sources(t)
	names, err := filepath.Glob(pages + "/*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("found %q: %v", names, err)
	}
	for _, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := codeBlock.FindAllStringSubmatch(string(page), -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no code", name)
		}
		for _, block := range blocks {
			if !strings.Contains(sources["."+block[1]], "\n"+block[2]) {
				t.Errorf("%s: no file of this folder contains\n%s", name, block[2])
			}
		}
	}
}

// sources returns the text of all files of this folder by extension.
func sources(t *testing.T) map[string]string {
	t.Helper()
	text := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile(name)
		text[filepath.Ext(name)] += "\n" + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestProgram runs commands of the program.
func TestProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ args, want string }{
		{"check --set http.addr=127.0.0.1:0", "ok    wiring"},
		{"help", "Print the total of a customer's orders"},
		{"migrate", "data/service.db"},
		{"total Ada", ""},
	} {
		var out bytes.Buffer
		p := program()
		p.Args, p.Stdout, p.Stderr = strings.Fields(tt.args), &out, &out
		if code := run.Main(p); code != 0 || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: exits with %d, and prints\n%s", tt.args, code, out.String())
		}
	}
}

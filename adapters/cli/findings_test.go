package cli

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/domain/finding"
)

var twoFound = []finding.Finding{
	{File: "a,b:c.go", Line: 3, Column: 8, Rule: "domain-imports", Message: "50% wrong\nand \x1b[2J", Advice: "mend <it>"},
	{File: "outgrow.yaml", Line: 1, Rule: "record", Message: "what"},
}

var notes = []finding.Finding{{File: "kit/uuid.go", Line: 1, Rule: "kit-edited", Message: "edited", Note: true}}

func TestTell(t *testing.T) {
	const (
		text = "shop/a,b:c.go:3:8: 50% wrong\n         and \\x1b[2J; mend <it>\nshop/outgrow.yaml:1: what\n"
		hub  = "::error file=sub/shop/a%2Cb%3Ac.go,line=3,col=8,title=domain-imports::50%25 wrong%0Aand \x1b[2J; mend <it>\n" +
			"::error file=sub/shop/outgrow.yaml,line=1,title=record::what\n"
		clear = "✓ no problems found\n"
	)
	dir, err := filepath.Abs("shop")
	if err != nil {
		t.Fatal(err)
	}
	workspace, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	github := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": workspace}
	for name, c := range map[string]struct {
		form  string
		env   map[string]string
		found []finding.Finding
		want  string
	}{
		"nothing":            {formDefault, nil, nil, clear},
		"nothing on GitHub":  {formDefault, github, nil, clear},
		"nothing for GitHub": {formGitHub, github, nil, ""},
		"text":               {formDefault, nil, twoFound, text},
		"text alone":         {formText, github, twoFound, text},
		"a note":             {formDefault, nil, notes, "shop/kit/uuid.go:1: note: edited\n"},
		"a note for GitHub":  {formGitHub, github, notes, "::notice file=cli/shop/kit/uuid.go,line=1,title=kit-edited::edited\n"},
		"text on GitHub":     {formDefault, github, twoFound[1:], "shop/outgrow.yaml:1: what\n::error file=cli/shop/outgrow.yaml,line=1,title=record::what\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := teller{out: newScreen(&out), found: c.found, dir: dir, getenv: func(name string) string { return c.env[name] }}.tell(c.form)
			if errors.Is(err, errFound) != (len(c.found) > 0 && !c.found[0].Note) {
				t.Errorf("the error is %v", err)
			}
			if out.String() != c.want {
				t.Errorf("%q, want %q", out.String(), c.want)
			}
		})
	}
	t.Run("JSON", func(t *testing.T) {
		var out bytes.Buffer
		to := newScreen(&out)
		err := teller{out: to, found: twoFound[:1], dir: dir, getenv: func(string) string { return "true" }}.tell(formJSON)
		if !errors.Is(err, errFound) || out.String() != "" {
			t.Errorf("%v: %q, want what is found in the answer alone", err, out.String())
		}
		want := told{"a,b:c.go", 3, 8, "domain-imports", "50% wrong\nand \x1b[2J", "mend <it>", false}
		if to.json == nil || len(to.said.Findings) != 1 || to.said.Findings[0] != want {
			t.Errorf("%+v, want %+v", to.said.Findings, want)
		}
	})
	t.Run("escaped", func(t *testing.T) {
		var out bytes.Buffer
		root := filepath.Join(filepath.Dir(dir), "..")
		tell := teller{out: newScreen(&out), found: twoFound, dir: filepath.Join(root, "sub", "shop"), getenv: func(string) string { return root }}
		if err := tell.tell(formGitHub); !errors.Is(err, errFound) || out.String() != hub {
			t.Errorf("%v: %q, want %q", err, out.String(), hub)
		}
	})
}

func TestFormOf(t *testing.T) {
	for _, c := range []struct {
		format string
		json   bool
		want   string
		ok     bool
	}{
		{"", false, formDefault, true}, {"", true, formJSON, true}, {"json", true, formJSON, true}, {"github", false, formGitHub, true},
		{"text", true, "", false}, {"sarif", false, "", false},
	} {
		if got, err := formOf(c.format, c.json); got != c.want || (err == nil) != c.ok {
			t.Errorf("--format %q, --json %t: %q %v", c.format, c.json, got, err)
		}
	}
}

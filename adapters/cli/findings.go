package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// The forms in which findings are told. Where none is asked for it is text, and
// what GitHub understands below it where GitHub runs the command.
const (
	formDefault = ""
	formText    = "text"
	formJSON    = "json"
	formGitHub  = "github"
)

var forms = []string{formText, formJSON, formGitHub}

// errFound is the error of a check that has printed what it found.
var errFound = errors.New("found")

// formOf returns the form that is asked for.
func formOf(format string, asJSON bool) (string, error) {
	switch {
	case asJSON && format != formDefault && format != formJSON:
		return "", fmt.Errorf("--json and --format %.40s exclude each other", format)
	case asJSON:
		return formJSON, nil
	case format != formDefault && !slices.Contains(forms, format):
		return "", fmt.Errorf("there is no format %.40q%s; there is %s", format, blueprint.Suggest(format, forms), strings.Join(forms, ", "))
	}
	return format, nil
}

// teller tells what was found in the project in dir.
type teller struct {
	out    *screen
	found  []finding.Finding
	dir    string
	getenv func(string) string
}

// tell prints the findings, and fails if there are any.
func (t teller) tell(form string) error {
	switch form {
	case formJSON:
		if err := t.json(); err != nil {
			return err
		}
	case formGitHub:
		t.github()
	case formText:
		t.text()
	default:
		t.text()
		if t.getenv("GITHUB_ACTIONS") == "true" {
			t.github()
		}
	}
	if len(t.found) > 0 {
		return errFound
	}
	return nil
}

// text prints a line for each finding, its file as it is reached from where the
// command runs, or one that there is none.
func (t teller) text() {
	for _, f := range t.found {
		f.File = t.from(".", f.File)
		t.out.print(t.out.bold(visible(f.Place())+":") + " " + t.out.bad(visible(f.Message)) + visible(strings.TrimPrefix(f.Text(), f.Message)))
	}
	if len(t.found) == 0 {
		t.out.print(t.out.good("✓") + " nothing to find fault with")
	}
}

// visible shows control characters as what they are.
func visible(text string) string { return indented(text) }

// from returns the path of a file of the project, relative to a folder if that is
// one that the project is in.
func (t teller) from(folder, file string) string {
	base, err := filepath.Abs(folder)
	if err != nil {
		return file
	}
	relative, err := filepath.Rel(base, filepath.Join(t.dir, filepath.FromSlash(file)))
	if err != nil {
		return file
	}
	return filepath.ToSlash(relative)
}

// told is a finding in JSON. Its form is documented, and members are only added.
type told struct {
	File    string `json:"file"` // relative to the project
	Line    int    `json:"line"`
	Column  int    `json:"column"` // 0 for a whole line
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Advice  string `json:"advice"`
}

func (t teller) json() error {
	all := make([]told, len(t.found))
	for i, f := range t.found {
		all[i] = told(f)
	}
	e := json.NewEncoder(t.out.w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string][]told{"findings": all})
}

// What GitHub's commands cannot hold as it is, in their text and in their
// properties.
var (
	escapeText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// github prints a workflow command for each finding, its file relative to the
// repository.
func (t teller) github() {
	root := t.getenv("GITHUB_WORKSPACE")
	if root == "" {
		root = "."
	}
	for _, f := range t.found {
		place := fmt.Sprintf("file=%s,line=%d", escapeProperty.Replace(t.from(root, f.File)), f.Line)
		if f.Column > 0 {
			place += fmt.Sprintf(",col=%d", f.Column)
		}
		t.out.printf("::error %s,title=%s::%s", place, escapeProperty.Replace(f.Rule), escapeText.Replace(f.Text()))
	}
}

package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// The formats in which findings are printed. The default is text, followed by
// workflow commands if GitHub Actions runs the command.
const (
	formDefault = ""
	formText    = "text"
	formJSON    = "json"
	formGitHub  = "github"
)

var forms = []string{formText, formJSON, formGitHub}

// errFound is the error of a check that has already printed its findings.
var errFound = errors.New("found")

// formOf returns the format that the flags ask for.
func formOf(format string, asJSON bool) (string, error) {
	switch {
	case asJSON && format != formDefault && format != formJSON:
		return "", fmt.Errorf("--json and --format %.40s cannot be used together", format)
	case asJSON:
		return formJSON, nil
	case format != formDefault && !slices.Contains(forms, format):
		return "", fmt.Errorf("unknown format %.40q%s; use one of %s", format, blueprint.Suggest(format, forms), strings.Join(forms, ", "))
	}
	return format, nil
}

// teller prints what was found in the project in dir.
type teller struct {
	out    *screen
	found  []finding.Finding
	dir    string
	getenv func(string) string
}

// tell prints the findings, and fails if there are any besides notes.
func (t teller) tell(form string) error {
	t.out.said.find(t.found...)
	switch form {
	case formJSON:
		t.out.answerInJSON()
		t.text()
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
	if slices.ContainsFunc(t.found, func(f finding.Finding) bool { return !f.Note }) {
		return errFound
	}
	return nil
}

// text prints a line for each finding, with the file relative to the current folder,
// or a line saying that there are none.
func (t teller) text() {
	for _, f := range t.found {
		f.File = t.from(".", f.File)
		message := t.out.bad(visible(f.Message))
		if f.Note {
			message = "note: " + visible(f.Message)
		}
		t.out.print(t.out.bold(visible(f.Place())+":") + " " + message + visible(strings.TrimPrefix(f.Text(), f.Message)))
	}
	if len(t.found) == 0 {
		t.out.done("", "no problems found")
		t.out.said.next("go test ./...", "")
	}
}

// visible escapes control characters.
func visible(text string) string { return indented(text) }

// from returns the path of a file of the project relative to a folder, if possible.
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

// Escapes for the text and for the properties of GitHub's workflow commands.
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
		level := "error"
		if f.Note {
			level = "notice"
		}
		t.out.printf("::%s %s,title=%s::%s", level, place, escapeProperty.Replace(f.Rule), escapeText.Replace(f.Text()))
	}
}

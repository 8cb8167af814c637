package cli

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/git"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// answer is what a command answers in JSON. Its members are documented in docs/json.md: more
// may be added, but none is renamed or removed.
type answer struct {
	Command    string      `json:"command"`   // such as outgrow add field
	ExitCode   int         `json:"exit_code"` // 0: it is done, 1: it failed or found something, 2: it was refused
	Message    string      `json:"message"`   // what was done, in one line
	DryRun     bool        `json:"dry_run"`   // nothing was written
	Files      []written   `json:"files"`
	Findings   []told      `json:"findings"`
	Components []component `json:"components"` // of list
	Services   []string    `json:"services"`   // of list
	listing                // of routes; commands that change routes tell of that as well
	NextSteps  []step      `json:"next_steps"`
}

// written is a file that changed or, in a dry run, would.
type written struct {
	Path   string `json:"path"`   // relative to the project
	Change string `json:"change"` // added, changed or removed
}

// told is something that is wrong: what check finds, or why a command failed.
type told struct {
	File    string `json:"file"`   // relative to the project; "" if it is about no file
	Line    int    `json:"line"`   // 0 if it is about no file
	Column  int    `json:"column"` // 0 for a whole line
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Advice  string `json:"advice"`
	Note    bool   `json:"note"` // it is not wrong
}

// component is an adapter of a port.
type component struct {
	Port    string `json:"port"`
	Name    string `json:"name"`
	What    string `json:"what"`
	Present bool   `json:"present"` // in the project
}

// step is something to do next.
type step struct {
	Run string `json:"run"` // a command for a shell; may be empty
	Why string `json:"why"` // may be empty
}

func newAnswer() *answer {
	return &answer{Files: []written{}, Findings: []told{}, Components: []component{}, Services: []string{}, listing: noListing(), NextSteps: []step{}}
}

// next adds a step.
func (a *answer) next(run, why string) { a.NextSteps = append(a.NextSteps, step{run, why}) }

// find adds findings.
func (a *answer) find(found ...finding.Finding) {
	for _, f := range found {
		a.Findings = append(a.Findings, told{f.File, f.Line, f.Column, f.Rule, f.Message, f.Advice, f.Note})
	}
}

// print prints the answer of a command that ended so.
func (a *answer) print(to io.Writer, code int, err error) error {
	a.ExitCode = code
	a.fail(err)
	if code != exitOK {
		a.advise()
	}
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(a)
}

// fail adds why a command failed, unless it has said so itself.
func (a *answer) fail(err error) {
	if err == nil || errors.Is(err, errStale) || errors.Is(err, errFound) {
		return
	}
	if byHand, ok := errors.AsType[app.ByHand](err); ok {
		for _, text := range byHand {
			file, _, _ := strings.Cut(text, " ")
			a.find(finding.Finding{File: strings.TrimSuffix(file, ":"), Line: 1, Rule: "by-hand", Message: text})
		}
		return
	}
	if dirty, ok := errors.AsType[git.DirtyError](err); ok {
		for _, file := range dirty {
			a.find(finding.Finding{File: file, Line: 1, Rule: "uncommitted", Message: "it has uncommitted changes", Advice: "commit them, or add --allow-dirty"})
		}
		return
	}
	if problems, rule := problemsOf(err); len(problems) > 0 {
		for _, p := range problems {
			a.find(finding.At(p.Pos, rule, p.What, p.Instead))
		}
		return
	}
	for line := range strings.Lines(plainly(err)) {
		a.find(located(strings.TrimSpace(line), ruleOf(err)))
	}
}

// problemsOf returns the problems that an error consists of, and what they are in.
func problemsOf(err error) (problems model.Problems, rule string) {
	if broken, ok := errors.AsType[app.Broken](err); ok {
		return model.Problems(broken), "compile"
	}
	if unfit, ok := errors.AsType[app.Unfit](err); ok {
		return unfit.Problems, "derive"
	}
	problems, _ = errors.AsType[model.Problems](err)
	return problems, "derive"
}

// ruleOf returns the name of the kind of an error.
func ruleOf(err error) string {
	if _, ok := errors.AsType[plan.Refusal](err); ok {
		return "refused"
	}
	return "failed"
}

var position = regexp.MustCompile(`^([^\s:]+:[0-9]+(?::[0-9]+)?): (.+)$`)

// located returns a finding for a line of an error, which may begin with a position.
func located(line, rule string) finding.Finding {
	if m := position.FindStringSubmatch(line); m != nil {
		return finding.At(m[1], rule, m[2], "")
	}
	return finding.Finding{Rule: rule, Message: line}
}

var advised = regexp.MustCompile(`\b(?:run|see) ((?:outgrow|go) (?:'[^']*'|[^;,()'])+?)(?:[;,()]| and | first| again| to |, which|$)`)

// advise adds the commands that findings name or, if there are none, how to go on.
func (a *answer) advise() {
	for _, f := range a.Findings {
		for _, m := range advised.FindAllStringSubmatch(f.Message+"; "+f.Advice, -1) {
			if s := (step{m[1], f.Message}); !slices.ContainsFunc(a.NextSteps, func(other step) bool { return other.Run == s.Run }) {
				a.NextSteps = append(a.NextSteps, s)
			}
		}
	}
	switch {
	case len(a.NextSteps) > 0:
	case a.ExitCode == exitRefused:
		a.next(a.Command+" --help", "how it is called")
	default:
		a.next(a.Command, "again, when the findings are dealt with")
	}
}

// recording is a folder that notes what is written to it.
type recording struct {
	ports.Folder

	in *answer
}

// Create creates a project: see ports.Folder.
func (r recording) Create(files []plan.File) error {
	err := r.Folder.Create(files)
	if err == nil {
		for _, f := range files {
			r.in.Files = append(r.in.Files, written{f.Path, "added"})
		}
	}
	return err
}

// Update changes the project: see ports.Folder.
func (r recording) Update(files []plan.File, remove []string) error {
	var all []written
	for _, f := range files {
		before, err := fs.ReadFile(r.Files(), f.Path)
		switch {
		case err != nil:
			all = append(all, written{f.Path, "added"})
		case string(before) != string(f.Data):
			all = append(all, written{f.Path, "changed"})
		}
	}
	for _, path := range remove {
		all = append(all, written{path, "removed"})
	}
	slices.SortFunc(all, func(a, b written) int { return strings.Compare(a.Path, b.Path) })
	err := r.Folder.Update(files, remove)
	if err == nil {
		r.in.Files = all
	}
	return err
}

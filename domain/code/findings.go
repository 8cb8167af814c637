package code

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// Findings returns the violations of the rules for Go code.
func (p *Project) Findings() []finding.Finding {
	var found []finding.Finding
	for _, rule := range []func() []finding.Finding{p.imports, p.symbols, p.conduct, p.units, p.toolchain, p.missing, p.tags, p.problems} {
		found = append(found, rule()...)
	}
	return found
}

// sqlite is the driver that needs C.
const sqlite = "github.com/mattn/go-sqlite3"

// toolchain returns a finding for each setting of the go command with which it cannot
// build the project.
func (p *Project) toolchain() []finding.Finding {
	var found []finding.Finding
	if w := p.Toolchain.Workspace; w != "" {
		found = append(found, finding.At("go.mod:1", "workspace",
			"the go command uses the workspace "+w+", which leaves this module out", "run go work use . to add it, or set GOWORK=off"))
	}
	if _, used := p.Packages[sqlite]; used && !p.Toolchain.Cgo {
		found = append(found, finding.At("go.mod:1", "cgo",
			"SQLite needs cgo, which is off: CGO_ENABLED is 0, or there is no C compiler", "install one, such as gcc, or set CGO_ENABLED=1"))
	}
	return found
}

// missing returns a finding for each package that no module in go.mod provides, at the
// first import of the package.
func (p *Project) missing() []finding.Finding {
	if p.Toolchain.Workspace != "" {
		return nil // that is why
	}
	first := map[string]finding.Finding{}
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			for _, i := range f.Imports {
				reason := p.Packages[i.Path].Missing
				if reason == "" || f.Foreign {
					continue
				}
				found := missingAt(i, reason)
				if other, known := first[i.Path]; !known || finding.Compare(found, other) < 0 {
					first[i.Path] = found
				}
			}
		}
	}
	return slices.Collect(maps.Values(first))
}

// unprovided matches the messages of the go command if no module in go.mod provides a
// package. The wording depends on whether it may add one.
var unprovided = regexp.MustCompile(`^(no required module provides|cannot find module providing) package `)

func missingAt(i Import, reason string) finding.Finding {
	advice := "run go mod download to see why"
	switch {
	case unprovided.MatchString(reason):
		reason, advice = "no module in go.mod provides the package "+i.Path, "run go mod tidy, or go get "+i.Path
	case strings.Contains(reason, "go.sum"):
		reason, advice = "go.sum has no checksum for the module that provides "+i.Path, "run go mod tidy"
	}
	return finding.At(i.Pos, "module-missing", reason, advice)
}

// tags returns a finding for each struct tag in the domain.
func (p *Project) tags() []finding.Finding {
	var found []finding.Finding
	for _, pos := range p.Tags {
		found = append(found, finding.At(pos, "domain-tags", "a struct field in the domain has a tag",
			"remove it: JSON and column names are derived, and recorded in outgrow.lock"))
	}
	return found
}

// problems returns a finding for each compile error.
func (p *Project) problems() []finding.Finding {
	var found []finding.Finding
	for _, problem := range p.Problems {
		found = append(found, finding.At(problem.Pos, "compile", problem.What, problem.Instead))
	}
	return found
}

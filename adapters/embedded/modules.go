package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/outgrowkit/outgrow/adapters/gomod"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// needs says, for each package of another module that the kit imports, which
// modules and checksums a project needs that imports it. It is made by
// scripts/modules, which asks `go mod tidy`.
type needs struct {
	Packages map[string]need `json:"packages"`
	// Requirers are, for each module that is held anywhere, those that ask for its
	// version as well: with one of them go.mod does not mention it.
	Requirers map[string][]string `json:"requirers"`
}

type need struct {
	Modules []string `json:"modules"` // paths; the versions are those of the command's go.mod
	Held    []string `json:"held"`    // those that are needed for their version alone
	Sums    []string `json:"sums"`    // lines of go.sum
}

// Open returns the source of the files, which are laid out as in the repository:
// go.mod, go.sum, templates and the table of what packages need.
func Open(files fs.FS) (*Source, error) {
	s := &Source{files: files}
	var err error
	if s.mod, err = fs.ReadFile(files, "go.mod"); err != nil {
		return nil, err
	}
	s.kit = path.Join(modfile.ModulePath(s.mod), kitFolder)
	table, err := fs.ReadFile(files, "adapters/embedded/needs.json")
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(table, &s.needs)
}

// GoVersion returns the version of Go in the command's own go.mod.
func (s *Source) GoVersion() string {
	mod, err := modfile.ParseLax("go.mod", s.mod, nil)
	if err != nil || mod.Go == nil {
		return "" // Open has read it before
	}
	return mod.Go.Version
}

// Modules returns the go.mod and go.sum of a project of the module that consists
// of the files: what `go mod tidy` would leave of the command's own.
func (s *Source) Modules(modulePath string, files []plan.File) ([]plan.File, error) {
	own, err := modfile.Parse("go.mod", s.mod, nil)
	if err != nil {
		return nil, err
	}
	if err := checkModule(modulePath, own); err != nil {
		return nil, err
	}
	imported, err := foreignImports(files, modulePath)
	if err != nil {
		return nil, err
	}
	needed, sums, err := s.collect(imported)
	if err != nil {
		return nil, err
	}
	mod := new(modfile.File)
	if err := mod.AddModuleStmt(modulePath); err != nil {
		return nil, err
	}
	if err := mod.AddGoStmt(own.Go.Version); err != nil {
		return nil, err
	}
	mod.SetRequireSeparateIndirect(requirements(own, needed, imported))
	mod.Cleanup()
	text, err := mod.Format()
	if err != nil {
		return nil, err
	}
	return []plan.File{
		{Path: "go.mod", Data: text},
		{Path: "go.sum", Data: []byte(strings.Join(sums, ""))},
	}, nil
}

// MergeModules returns a go.mod and a go.sum with what the others have besides: the
// higher version of each requirement, and all checksums.
func (s *Source) MergeModules(mine, others []plan.File) ([]plan.File, error) {
	mod, err := modfile.Parse("go.mod", mine[0].Data, nil)
	if err != nil {
		return nil, plan.Refuse(err)
	}
	more, err := modfile.Parse("go.mod", others[0].Data, nil)
	if err != nil {
		return nil, err
	}
	if mod.Module == nil || mod.Module.Mod.Path != more.Module.Mod.Path {
		return nil, plan.Refuse(fmt.Errorf("go.mod names another module than outgrow.yaml, %s: make them the same", more.Module.Mod.Path))
	}
	text, err := gomod.Union(mine[0].Data, others[0].Data)
	if err != nil {
		return nil, err
	}
	return []plan.File{
		{Path: "go.mod", Data: text},
		{Path: "go.sum", Data: gomod.UnionSums(mine[1].Data, others[1].Data)},
	}, nil
}

// checkModule refuses what Go takes for no module, and what holds modules that
// projects need. One without a dot, such as shop, Go takes for a module that is
// not published.
func checkModule(modulePath string, own *modfile.File) error {
	check := module.CheckImportPath
	if first, _, _ := strings.Cut(modulePath, "/"); strings.Contains(first, ".") {
		check = module.CheckPath
	}
	if err := check(modulePath); err != nil {
		if invalid := (*module.InvalidPathError)(nil); errors.As(err, &invalid) {
			err = invalid.Err
		}
		return plan.Refuse(fmt.Errorf("module %q: Go takes it for no module: %w", modulePath, err))
	}
	for _, r := range own.Require {
		if strings.HasPrefix(r.Mod.Path+"/", modulePath+"/") {
			return plan.Refuse(fmt.Errorf("module %s: projects need %s, which would be part of it", modulePath, r.Mod.Path))
		}
	}
	return nil
}

// collect joins what the packages need: the paths of modules and lines of go.sum.
func (s *Source) collect(packages []string) (modules map[string]bool, sums []string, err error) {
	modules = map[string]bool{}
	held := map[string]bool{}
	for _, p := range packages {
		n, ok := s.needs.Packages[p]
		if !ok {
			return nil, nil, fmt.Errorf("it is not known which modules %s needs: run go generate in outgrow's repository", p)
		}
		for _, m := range n.Modules {
			modules[m] = true
		}
		for _, m := range n.Held {
			held[m] = true
		}
		for _, line := range n.Sums {
			sums = append(sums, line+"\n")
		}
	}
	for m := range held {
		if !slices.ContainsFunc(s.needs.Requirers[m], func(requirer string) bool { return modules[requirer] }) {
			modules[m] = true
		}
	}
	slices.SortFunc(sums, gomod.CompareSums)
	return modules, slices.Compact(sums), nil
}

// requirements returns the needed modules in the versions of the command's own
// go.mod; direct are those whose packages are imported.
func requirements(own *modfile.File, needed map[string]bool, imported []string) []*modfile.Require {
	var out []*modfile.Require
	for _, r := range own.Require {
		if !needed[r.Mod.Path] {
			continue
		}
		direct := slices.ContainsFunc(imported, func(p string) bool { return ownerOf(own, p) == r.Mod.Path })
		out = append(out, &modfile.Require{Mod: r.Mod, Indirect: !direct})
	}
	return out
}

// ownerOf returns the module that has the package: the longest path that fits.
func ownerOf(own *modfile.File, pkg string) string {
	owner := ""
	for _, r := range own.Require {
		if (pkg == r.Mod.Path || strings.HasPrefix(pkg, r.Mod.Path+"/")) && len(r.Mod.Path) > len(owner) {
			owner = r.Mod.Path
		}
	}
	return owner
}

// foreignImports returns what the Go files import from neither Go itself nor
// their own module.
func foreignImports(files []plan.File, modulePath string) ([]string, error) {
	var all []string
	for _, file := range files {
		if path.Ext(file.Path) != ".go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file.Path, file.Data, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range f.Imports {
			p := importPath(spec)
			first, _, _ := strings.Cut(p, "/")
			if p != modulePath && !strings.HasPrefix(p, modulePath+"/") && strings.Contains(first, ".") {
				all = append(all, p)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

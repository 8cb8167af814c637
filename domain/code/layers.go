package code

import (
	"slices"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// layer is a part of the project's code with a rule about its imports, direct and
// indirect.
type layer struct {
	rule   string
	holds  func(folder string, f File) bool
	may    func(t target, folder string) bool // may be imported; its own imports are not followed
	never  func(t target, folder string) bool // must not be imported, not even indirectly
	strict bool                               // only what may allows can be imported directly
	advice string
}

// target is a package that is imported.
type target struct {
	path     string
	folder   string // "" if outside the project
	standard bool
}

// The advice for forbidden imports.
const (
	adviceDomain   = "the domain is plain Go without I/O: declare what it needs as a port, and implement that in an adapter"
	advicePorts    = "ports know only the domain, not how it is stored or sent: move this to an adapter"
	adviceUseCase  = "use cases know only the domain and the ports: take a port as a parameter, and pass the adapter in app's wiring"
	adviceAdapters = "adapters do not import one another or app: connect them in app's wiring, through a port"
)

// layers are the import rules. They are the rules of the project's .golangci.yml, but
// apply to indirect imports as well.
var layers = []layer{
	{
		rule: "domain-imports", strict: true, advice: adviceDomain,
		holds: func(folder string, _ File) bool { return within(folder, "domain") },
		may:   func(t target, _ string) bool { return isPure(t) || within(t.folder, "domain") },
		never: isTechnology,
	},
	{
		rule: "ports-imports", strict: true, advice: advicePorts,
		holds: func(folder string, _ File) bool { return within(folder, "ports") },
		may: func(t target, folder string) bool {
			suites := folder != "ports" // packages with conformance tests
			return isPure(t) || within(t.folder, "domain") || suites && within(t.folder, "ports")
		},
		never: isTechnology,
	},
	{
		rule: "use-case-imports", strict: true, advice: adviceUseCase,
		holds: func(_ string, f File) bool { return f.UseCases },
		may:   func(t target, _ string) bool { return t.standard || within(t.folder, "domain", "ports") },
		never: func(t target, folder string) bool { return !t.standard && isTechnology(t, folder) },
	},
	{
		rule: "adapter-imports", advice: adviceAdapters,
		holds: func(folder string, _ File) bool { return within(folder, "adapters") },
		may: func(t target, folder string) bool {
			return t.folder == "" || within(t.folder, "domain", "ports", "adapters/jsonwire", "adapters/lanes", adapterOf(folder))
		},
		never: func(t target, _ string) bool { return within(t.folder, "adapters", "app") },
	},
}

// adapterOf returns the top-level folder of the adapter that a folder belongs to.
func adapterOf(folder string) string {
	for i := len("adapters/"); i < len(folder); i++ {
		if folder[i] == '/' {
			return folder[:i]
		}
	}
	return folder
}

// imports returns a finding for each forbidden import.
func (p *Project) imports() []finding.Finding {
	var found []finding.Finding
	for path, pkg := range p.Packages {
		folder, own := p.folder(path)
		if !own {
			continue
		}
		for _, f := range pkg.Files {
			if f.Test {
				continue
			}
			for _, l := range layers {
				if l.holds(folder, f) {
					found = append(found, p.breaks(l, folder, f)...)
				}
			}
		}
	}
	return found
}

// breaks returns a finding for each import in a file that breaks the rule of its layer.
func (p *Project) breaks(l layer, folder string, f File) []finding.Finding {
	var found []finding.Finding
	for _, i := range f.Imports {
		if l.may(p.target(i.Path), folder) {
			continue
		}
		who := folder
		if f.UseCases {
			who = f.Name + ", which contains use cases,"
		}
		chain := p.chain(l, folder, i.Path)
		if chain == nil {
			if !l.strict {
				continue
			}
			chain = []string{i.Path}
		}
		found = append(found, finding.At(i.Pos, l.rule, p.told(who, chain), l.advice))
	}
	return found
}

// told describes the chain of imports.
func (p *Project) told(who string, chain []string) string {
	text := who + " imports " + p.shown(chain[0])
	for _, path := range chain[1:] {
		text += ", which imports " + p.shown(path)
	}
	last := p.target(chain[len(chain)-1])
	if what := technology(last.path); what != "" {
		text += ", " + what
	}
	return text
}

// chain returns the shortest chain of imports from a package to one that must not be
// imported, including both, or nil if there is none.
func (p *Project) chain(l layer, folder, from string) []string {
	came := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		t := p.target(at)
		if l.never(t, folder) && !l.may(t, folder) {
			var chain []string
			for ; at != ""; at = came[at] {
				chain = append(chain, at)
			}
			slices.Reverse(chain)
			return chain
		}
		if t.standard || l.may(t, folder) {
			continue // allowed, or checked on its own
		}
		for _, next := range p.next(at) {
			if _, known := came[next]; !known {
				came[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// next returns the sorted imports of a package, without those of its tests.
func (p *Project) next(path string) []string {
	pkg := p.Packages[path]
	imports := slices.Clone(pkg.Imports)
	for _, f := range pkg.Files {
		if f.Test {
			continue
		}
		for _, i := range f.Imports {
			imports = append(imports, i.Path)
		}
	}
	slices.Sort(imports)
	return slices.Compact(imports)
}

func (p *Project) target(path string) target {
	folder, own := p.folder(path)
	if !own {
		return target{path: path, standard: p.Packages[path].Standard}
	}
	return target{path: path, folder: folder}
}

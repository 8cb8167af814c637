package code

import (
	"slices"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// layer is some of the project's code, and what it must not import, be it through
// other packages.
type layer struct {
	rule   string
	holds  func(folder string, f File) bool
	may    func(t target, folder string) bool // it is imported as it is, and not looked into
	never  func(t target, folder string) bool // it is not imported, by whatever way
	strict bool                               // what may not be imported never leads anywhere good
	advice string
}

// target is a package that is imported.
type target struct {
	path     string
	folder   string // "" of others
	standard bool
}

// The advice to those who import what they should not.
const (
	adviceDomain   = "the domain is plain Go of the standard library: declare what it needs as a port, and have an adapter do it"
	advicePorts    = "ports speak of the domain and of nothing that keeps or sends it: have an adapter do it"
	adviceUseCase  = "use cases know the domain and the ports: take a port as a parameter, and pass the adapter in app's wiring"
	adviceAdapters = "adapters meet in app, not in one another: share what they agree on through a port"
)

// layers are the rules of who imports whom. They are those of the project's
// .golangci.yml, and go further: what is imported through others counts as well.
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
			suites := folder != "ports" // the packages of tests beside the ports
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

// adapterOf returns the folder of the adapter that a folder belongs to.
func adapterOf(folder string) string {
	for i := len("adapters/"); i < len(folder); i++ {
		if folder[i] == '/' {
			return folder[:i]
		}
	}
	return folder
}

// imports returns what is imported that must not be.
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

// breaks returns what a file of the layer imports against its rule.
func (p *Project) breaks(l layer, folder string, f File) []finding.Finding {
	var found []finding.Finding
	for _, i := range f.Imports {
		if l.may(p.target(i.Path), folder) {
			continue
		}
		who := folder
		if f.UseCases {
			who = f.Name + ", which holds use cases,"
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

// told says how the one came to import the last of the chain.
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

// chain returns the shortest way from a package to one that is never imported, both
// included; nil where there is none.
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
			continue // it is what it is, or is looked at for itself
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

// next returns what a package imports, in order; tests do not count.
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

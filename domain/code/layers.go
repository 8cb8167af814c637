package code

import (
	"iter"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// layer is a part of the project's code with a rule about its imports, direct and
// indirect.
type layer struct {
	rule   string
	holds  func(p *Project, folder string) bool
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
	forTests bool
	abroad   bool // it is a package of others that imports it
}

// The advice for forbidden imports.
const (
	adviceDomain   = "the domain may use only package kit and those packages of the standard library that do no I/O: declare what it needs as a port, and implement that in an adapter"
	advicePorts    = "ports know only the domain, so that any technology can implement them: leave this to the adapter"
	adviceSuite    = "a suite tests any adapter of a port and knows none: take what differs as a parameter"
	adviceApp      = "use cases know only the domain and the ports: declare a port, implement it in an adapter, and pass the adapter in from main.go"
	adviceAdapters = "adapters do not import one another: connect them in package main, through a port"
	adviceWiring   = "only package main wires and configures: take what the adapter needs as a parameter of its constructor"
)

// layers are the import rules. They are the rules of the project's .golangci.yml, but
// apply to indirect imports as well.
var layers = []layer{
	{
		rule: "domain-imports", strict: true, advice: adviceDomain,
		holds: func(p *Project, folder string) bool { return Within(folder, "domain") && !p.forTests(folder) },
		may:   func(t target, _ string) bool { return isPure(t) || t.isOf("domain") || t.folder == "kit" },
		never: isImpure,
	},
	{
		rule: "ports-imports", strict: true, advice: advicePorts,
		holds: func(p *Project, folder string) bool { return Within(folder, "ports") && !p.forTests(folder) },
		may:   func(t target, _ string) bool { return isPure(t) || t.isOf("domain", "ports") || t.folder == "kit" },
		never: isImpure,
	},
	{
		rule: "ports-imports", advice: adviceSuite,
		holds: func(p *Project, folder string) bool { return Within(folder, "ports") && p.forTests(folder) },
		may: func(t target, _ string) bool {
			return isPure(t) || Within(t.folder, "domain", "ports") || t.folder == "kit" || isKitSuite(t.folder)
		},
		never: isTechnology,
	},
	{
		rule: "app-imports", advice: adviceApp,
		holds: func(p *Project, folder string) bool { return Within(folder, "app") && !p.forTests(folder) },
		may: func(t target, _ string) bool {
			return isPure(t) || t.isOf("domain", "ports", "app") || t.folder == "kit"
		},
		never: isTechnology,
	},
	{
		rule: "adapter-imports", advice: adviceAdapters,
		holds: isAdapter,
		may: func(t target, folder string) bool {
			return t.folder == "" || Within(t.folder, "domain", "ports", "kit", "adapters/jsonwire", adapterOf(folder))
		},
		never: func(t target, _ string) bool { return Within(t.folder, "adapters", "app") },
	},
	{
		rule: "adapter-imports", advice: adviceWiring,
		holds: isAdapter,
		may: func(t target, _ string) bool {
			return !isWiring(t) && (t.folder == "" || Within(t.folder, "domain", "ports", "app", "adapters", "kit"))
		},
		never: func(t target, _ string) bool { return isWiring(t) },
	},
}

func isAdapter(_ *Project, folder string) bool { return Within(folder, "adapters") }

// adapterOf returns the top-level folder of the adapter that a folder belongs to.
func adapterOf(folder string) string {
	for i := len("adapters/"); i < len(folder); i++ {
		if folder[i] == '/' {
			return folder[:i]
		}
	}
	return folder
}

// isOf reports whether a package is in one of the folders, or below it, and not for
// tests.
func (t target) isOf(folders ...string) bool { return Within(t.folder, folders...) && !t.forTests }

// forTests reports whether a package is for tests: it imports testing, and is a suite,
// which every adapter of a port has to pass, or has a name such as ordertest.
func (p *Project) forTests(folder string) bool {
	if !below(folder, "ports") && !strings.HasSuffix(folder, "test") {
		return false
	}
	return slices.ContainsFunc(p.Packages[p.Module+"/"+folder].Files, func(f File) bool {
		return !f.Test && slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == "testing" })
	})
}

// isKitSuite reports whether a folder is a package of the kit such as storetest.
func isKitSuite(folder string) bool { return below(folder, "kit") && strings.HasSuffix(folder, "test") }

// owned returns the files that the rules apply to, each with its folder: all files of the
// project except tests and the kit.
func (p *Project) owned() iter.Seq2[string, File] {
	return func(yield func(string, File) bool) {
		for path, pkg := range p.Packages {
			folder, own := p.folder(path)
			if !own || Within(folder, "kit") {
				continue
			}
			for _, f := range pkg.Files {
				if !f.Test && !yield(folder, f) {
					return
				}
			}
		}
	}
}

// imports returns a finding for each forbidden import.
func (p *Project) imports() []finding.Finding {
	var found []finding.Finding
	for folder, f := range p.owned() {
		for _, l := range layers {
			if l.holds(p, folder) {
				found = append(found, p.breaks(l, folder, f)...)
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
		chain := p.chain(l, folder, i.Path)
		if chain == nil {
			if !l.strict {
				continue
			}
			chain = []string{i.Path}
		}
		one := finding.At(i.Pos, l.rule, p.told(folder, chain), l.advice)
		one.About = p.shown(i.Path)
		found = append(found, one)
	}
	return found
}

// told describes the chain of imports from the folder.
func (p *Project) told(folder string, chain []string) string {
	text := folder + " imports " + p.shown(chain[0])
	for _, path := range chain[1:] {
		text += ", which imports " + p.shown(path)
	}
	if what := p.target(chain[len(chain)-1]).technology(); what != "" {
		text += ", " + what
	}
	return text
}

// chain returns the shortest chain of imports from a package to one that must not be
// imported, including both, or nil if there is none.
func (p *Project) chain(l layer, folder, from string) []string {
	first := p.target(from)
	came := map[target]target{first: {}}
	for queue := []target{first}; len(queue) > 0; queue = queue[1:] {
		t := queue[0]
		may := l.may(t, folder)
		if l.never(t, folder) && !may {
			var chain []string
			for ; t.path != ""; t = came[t] {
				chain = append(chain, t.path)
			}
			slices.Reverse(chain)
			return chain
		}
		if t.standard || may {
			continue // allowed, or checked on its own
		}
		for _, path := range p.next(t.path) {
			next := p.target(path)
			next.abroad = t.folder == ""
			if _, known := came[next]; !known {
				came[next] = t
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
	return target{path: path, folder: folder, forTests: p.forTests(folder)}
}

package code

import (
	"iter"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// layer is some of the project's code, and what it must not import, directly or not.
type layer struct {
	rule   string
	holds  func(p *Project, folder string) bool
	may    func(t target, folder string) bool // it is imported as it is, and not looked into
	never  func(t target, folder string) bool // it is not imported, by whatever way
	strict bool                               // what neither may nor must never be imported is not
	advice string
}

// target is a package that is imported.
type target struct {
	path     string
	folder   string // "" of others
	standard bool
	forTests bool
	abroad   bool // it is a package of others that imports it
}

// The advice to those who import what they should not.
const (
	adviceDomain   = "the domain is plain Go on the standard library and package kit: declare what it needs from outside as a port, and implement that in an adapter"
	advicePorts    = "a port speaks of the domain only, so that any technology can implement it: leave this to the adapter"
	adviceSuite    = "a suite tests any adapter of a port, and knows none: take what differs as a parameter"
	adviceApp      = "use cases know the domain and the ports only: declare a port, implement it in an adapter, and pass the adapter in from main.go"
	adviceAdapters = "adapters meet in package main, not in one another: share what they agree on through a port"
	adviceWiring   = "only package main wires and configures: take what is needed as a parameter of the constructor"
)

// layers are the rules of who imports whom. They are those of the project's
// .golangci.yml, and go further: what is imported through others counts as well.
var layers = []layer{
	{
		rule: "domain-imports", strict: true, advice: adviceDomain,
		holds: func(p *Project, folder string) bool { return within(folder, "domain") && !p.forTests(folder) },
		may:   func(t target, _ string) bool { return isPure(t) || t.isOf("domain") || t.folder == "kit" },
		never: isImpure,
	},
	{
		rule: "ports-imports", strict: true, advice: advicePorts,
		holds: func(p *Project, folder string) bool { return within(folder, "ports") && !p.forTests(folder) },
		may:   func(t target, _ string) bool { return isPure(t) || t.isOf("domain", "ports") || t.folder == "kit" },
		never: isImpure,
	},
	{
		rule: "ports-imports", advice: adviceSuite,
		holds: func(p *Project, folder string) bool { return within(folder, "ports") && p.forTests(folder) },
		may: func(t target, _ string) bool {
			return isPure(t) || within(t.folder, "domain", "ports") || t.folder == "kit" || isKitSuite(t.folder)
		},
		never: isTechnology,
	},
	{
		rule: "app-imports", advice: adviceApp,
		holds: func(p *Project, folder string) bool { return within(folder, "app") && !p.forTests(folder) },
		may: func(t target, _ string) bool {
			return isPure(t) || t.isOf("domain", "ports", "app") || t.folder == "kit"
		},
		never: isTechnology,
	},
	{
		rule: "adapter-imports", advice: adviceAdapters,
		holds: isAdapter,
		may: func(t target, folder string) bool {
			return t.folder == "" || within(t.folder, "domain", "ports", "kit", "adapters/jsonwire", adapterOf(folder))
		},
		never: func(t target, _ string) bool { return within(t.folder, "adapters", "app") },
	},
	{
		rule: "adapter-imports", advice: adviceWiring,
		holds: isAdapter,
		may: func(t target, _ string) bool {
			return !isWiring(t) && (t.folder == "" || within(t.folder, "domain", "ports", "app", "adapters", "kit"))
		},
		never: func(t target, _ string) bool { return isWiring(t) },
	},
}

func isAdapter(_ *Project, folder string) bool { return within(folder, "adapters") }

// adapterOf returns the folder of the adapter that a folder belongs to.
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
func (t target) isOf(folders ...string) bool { return within(t.folder, folders...) && !t.forTests }

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

// owned returns the files that the rules are about, each with its folder: all of the
// project's but tests and the kit.
func (p *Project) owned() iter.Seq2[string, File] {
	return func(yield func(string, File) bool) {
		for path, pkg := range p.Packages {
			folder, own := p.folder(path)
			if !own || within(folder, "kit") {
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

// imports returns what is imported that must not be.
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

// breaks returns what a file of the layer imports against its rule.
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
		found = append(found, finding.At(i.Pos, l.rule, p.told(folder, chain), l.advice))
	}
	return found
}

// told says how the folder came to import the last of the chain.
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

// chain returns the shortest way from a package to one that is never imported, both
// included; nil where there is none.
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
			continue // it is what it is, or is looked at for itself
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
	return target{path: path, folder: folder, forTests: p.forTests(folder)}
}

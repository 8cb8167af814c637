package blueprint

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/name"
)

// OwnPort is a port that the project's owner declared, such as a mailer, with its
// adapters, the default first.
type OwnPort struct {
	Name     name.Name
	Adapters []name.Name
}

// AddOwn adds a port of the owner's to the project, with its adapters.
func (b *Blueprint) AddOwn(p OwnPort) error {
	if b.own(p.Name) >= 0 {
		return fmt.Errorf("%s already has a port %s; run outgrow add adapter %s/NAME to add an adapter to it", b.Name, p.Name, p.Name)
	}
	if near := nearly(p.Name.Snake()); near != "" {
		return fmt.Errorf("port %s: the name is easily taken for that of the port %s; choose another name", p.Name, near)
	}
	b.Own = append(slices.Clone(b.Own), p)
	return nil
}

// AddOwnAdapter adds an adapter to a port of the owner's.
func (b *Blueprint) AddOwnAdapter(port, adapter name.Name) error {
	i := b.own(port)
	if i < 0 {
		return fmt.Errorf("%s has no port %s%s; run outgrow add port %s 'METHOD(NAME:TYPE)' to add one", b.Name, port,
			Suggest(port.Snake(), slices.Concat(Ports(), b.ownNames())), port)
	}
	if b.Own[i].has(adapter) {
		return fmt.Errorf("%s already has %s/%s", b.Name, port, adapter)
	}
	b.Own = slices.Clone(b.Own)
	b.Own[i].Adapters = append(slices.Clone(b.Own[i].Adapters), adapter)
	return nil
}

// own returns the index of a port of the owner's, or -1.
func (b Blueprint) own(port name.Name) int {
	return slices.IndexFunc(b.Own, func(p OwnPort) bool { return p.Name.Equal(port) })
}

// IsFirst reports whether an adapter is the default of a port of the owner's.
func (b Blueprint) IsFirst(port, adapter name.Name) bool {
	i := b.own(port)
	return i >= 0 && len(b.Own[i].Adapters) > 0 && b.Own[i].Adapters[0].Equal(adapter)
}

func (b Blueprint) ownNames() []string {
	names := make([]string, len(b.Own))
	for i, p := range b.Own {
		names[i] = p.Name.Snake()
	}
	return names
}

func (p OwnPort) has(adapter name.Name) bool { return slices.ContainsFunc(p.Adapters, adapter.Equal) }

// sameAs reports whether both are the same port.
func (p OwnPort) sameAs(other OwnPort) bool { return p.Name.Equal(other.Name) }

// ParseOwn returns the component of a port that is not in the catalogue, written as
// port/adapter. The error is one line.
func ParseOwn(component string, l name.Language) (port, adapter name.Name, err error) {
	before, after, found := strings.Cut(component, "/")
	if !found {
		return port, adapter, fmt.Errorf("unknown component %+.40q; write it as port/adapter, such as store/sqlite or bus/nats", component)
	}
	if near := nearly(before); near != "" {
		return port, adapter, fmt.Errorf("unknown component %+.40q (did you mean %q?)", component, near+"/"+after)
	}
	if port, err = name.Parse(before, l); err != nil {
		return port, adapter, fmt.Errorf("port %w", err)
	}
	if adapter, err = name.Parse(after, l); err != nil {
		return port, adapter, fmt.Errorf("adapter %w", err)
	}
	return port, adapter, nil
}

// nearly returns the port of the catalogue that a name differs from by a letter, or "".
func nearly(port string) string {
	for _, known := range Ports() {
		if editDistance(port, known) == 1 {
			return known
		}
	}
	return ""
}

// sections are the sections of the configuration that every project has, and folders of
// adapters/ that are derived.
var (
	sections       = []string{"http", "delivery", "log", "shutdown", "derived", "config"}
	derivedFolders = []string{"httpjson", "jsonwire"}
)

// checkOwn reports ports of the owner's, and adapters, that cannot be called so.
func (b Blueprint) checkOwn(at func(item int) reporter) {
	declared := map[string]string{}
	for _, s := range b.Services {
		for _, d := range s.declares() {
			declared[strings.ToLower(d)] = "the service " + s.Name.Snake()
		}
	}
	for i, p := range b.Own {
		key := strings.ToLower(p.Name.Pascal())
		switch other := declared[key]; {
		case slices.Contains(Ports(), p.Name.Snake()):
			at(i)("port %s: the kit has a port of that name; choose another name", p.Name)
		case slices.Contains(sections, p.Name.Snake()):
			at(i)("port %s: every project has a section of that name in its configuration; choose another name", p.Name)
		case other != "":
			at(i)("port %s: %s declares %s as well; choose another name", p.Name, other, p.Name.Pascal())
		case unfit(p.Name) != "":
			at(i)("port %s: %s; choose another name", p.Name, unfit(p.Name))
		case len(p.Adapters) == 0:
			at(i)("port %s has no adapter", p.Name)
		}
		declared[key] = "the port " + p.Name.Snake()
		p.checkAdapters(at(i))
	}
}

func (p OwnPort) checkAdapters(report reporter) {
	for i, a := range p.Adapters {
		pkg := a.Package()
		switch {
		case slices.ContainsFunc(p.Adapters[:i], func(other name.Name) bool { return other.Package() == pkg }):
			report("port %s: the adapter %s is listed twice; remove one", p.Name, a)
		case slices.Contains(derivedFolders, pkg):
			report("adapter %s/%s: adapters/%s is for derived files; choose another name", p.Name, a, pkg)
		case pkg == "adapter":
			report("adapter %s/%s: the key %s.adapter says which one is used; choose another name", p.Name, a, p.Name)
		case unfit(a) != "":
			report("adapter %s/%s: %s; choose another name", p.Name, a, unfit(a))
		}
	}
}

// unfit says why no package and no file can have a name, or "".
func unfit(n name.Name) string {
	switch pkg := n.Package(); {
	case token.IsKeyword(pkg):
		return pkg + " is a Go keyword, and cannot be the name of a package"
	case types.Universe.Lookup(pkg) != nil:
		return pkg + " is predeclared in Go, and a package of that name would shadow it"
	case slices.Contains(folders, pkg):
		return "a folder or package named " + pkg + " has a special meaning in Go"
	case devices.MatchString(pkg):
		return pkg + " is a device on Windows, and Go does not allow it as the name of a package"
	}
	return ""
}

package scaffold

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// projectView is the data of the templates of a project.
type projectView struct {
	Name, Module string
	Prefix       string // of environment variables: "SHOP"
	Serves       string // "orders and receipts"
	GoVersion    string // "1.26"
	Example      string // a request to try
	Docs         string // the path of the page that documents the API
	Metrics      string
	Subscribers  []string
	UseCases     []string // their types, such as "Orders"
	Adapters     map[string][]string
	Servers      map[string]string // an adapter with a server, by port
	Folders      []string          // those below adapters/
	Others       string            // those that were not: "postgres, nats"
	FirstService string

	FirstDomain, FirstPort, FirstApp, FirstLog string // files to read first
}

func newProjectView(b blueprint.Blueprint, goVersion string) projectView {
	first := b.Services[0]
	pkg, plural := first.Name.Package(), first.Name.Plural().Package()
	v := projectView{
		Name: b.Name, Module: b.Module, Prefix: b.Prefix(), GoVersion: minor(goVersion),
		Adapters:     b.Adapters,
		Servers:      map[string]string{},
		Folders:      slices.Concat([]string{"httpjson", "jsonwire", "memory"}, b.Adapters["store"]),
		FirstDomain:  "domain/" + pkg + "/" + pkg + ".go",
		FirstPort:    "ports/" + plural + ".go",
		FirstApp:     "app/" + plural + ".go",
		FirstLog:     "app/" + pkg + "log.go",
		FirstService: first.Name.Snake(),
		Others:       strings.Join(others(b), ", "),
		Example:      Request(first),
		Docs:         Page(b, "docs"),
		Metrics:      Page(b, "metrics"),
	}
	for _, p := range b.Own {
		for _, a := range p.Adapters {
			if pkg := a.Package(); !slices.Contains(v.Folders, pkg) {
				v.Folders = append(v.Folders, pkg)
			}
		}
	}
	for _, port := range blueprint.Catalogue {
		if name := withServer(port, b.Adapters[port.Name]); name != "" {
			v.Servers[port.Name] = name
		}
	}
	var serves []string
	for _, s := range b.Services {
		serves = append(serves, human(s.Name.Plural()))
		v.Subscribers = append(v.Subscribers, s.Name.Pascal()+"Log")
		v.UseCases = append(v.UseCases, s.Name.Plural().Pascal())
	}
	v.Serves = enumerate(serves)
	return v
}

// withServer returns the first adapter of a port but the one that needs nothing installed,
// or the last where one may be in front of others; "" if there is none.
func withServer(port blueprint.Port, chosen []string) string {
	others := slices.DeleteFunc(slices.Clone(chosen), func(name string) bool { return name == port.Components[0].Name })
	switch {
	case len(others) == 0:
		return ""
	case slices.ContainsFunc(port.Components, func(c blueprint.Component) bool { return len(c.Over) > 0 }):
		return others[len(others)-1]
	}
	return others[0]
}

// Server returns an adapter of a port that has a server; "" if there is none.
func (v projectView) Server(port string) string { return v.Servers[port] }

// others returns the adapters that the project could have as well, of the ports that it
// has.
func others(b blueprint.Blueprint) []string {
	var names []string
	absent := b.Absent()
	for _, port := range blueprint.Catalogue {
		if len(b.Adapters[port.Name]) > 0 {
			names = append(names, absent[port.Name]...)
		}
	}
	return names
}

// Has reports whether the project has a component, such as store/sqlite.
func (v projectView) Has(component string) bool {
	port, adapter, _ := strings.Cut(component, "/")
	return slices.Contains(v.Adapters[port], adapter)
}

// HasPostgres reports whether a component of the project is on Postgres.
func (v projectView) HasPostgres() bool { return v.Has("store/postgres") || v.Has("locks/postgres") }

// HasPort reports whether the project has a port.
func (v projectView) HasPort(name string) bool { return len(v.Adapters[name]) > 0 }

// minor returns the first two numbers of a Go version.
func minor(version string) string {
	parts := strings.Split(version, ".")
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// Request returns a command that creates an entity of a service.
func Request(s blueprint.Service) string {
	var members []string
	for _, f := range s.Details() {
		if !f.Type.Optional {
			members = append(members, strconv.Quote(f.Name.Snake())+":"+jsonSample(f.Type))
		}
	}
	return fmt.Sprintf("curl localhost:8080/%s -H 'Content-Type: application/json' -d '{%s}'",
		s.Name.Plural().Kebab(), strings.Join(members, ","))
}

// Page returns the path of a built-in page, which has a prefix if a service has the same
// path.
func Page(b blueprint.Blueprint, name string) string {
	if slices.ContainsFunc(b.Services, func(s blueprint.Service) bool { return s.Name.Plural().Kebab() == name }) {
		return "/-/" + name
	}
	return "/" + name
}

// jsonSample returns a valid value of the type in JSON.
func jsonSample(t blueprint.Type) string {
	value := kinds[t.Base].json
	if t.Base == "enum" {
		value = strconv.Quote(t.Values[0])
	}
	if t.List {
		return "[" + value + "]"
	}
	return value
}

package blueprint

import (
	"fmt"
	"slices"
	"strings"
)

// Component is an adapter that a project can have.
type Component struct {
	Name string // such as "sqlite"
	What string // what it is, in a few words
	Kit  string // the package of the kit that it is, such as "sqlitestore"
}

// Port is what a project needs of the world, and the components that serve it.
type Port struct {
	Name string // the key that it is chosen by, such as "store"
	// Components are those there are. Every project has the first one, which needs
	// nothing to be installed.
	Components []Component
}

// Catalogue is all components that can be chosen.
var Catalogue = []Port{
	{"store", []Component{
		{"sqlite", "a file on this machine (mattn/go-sqlite3)", "sqlitestore"},
		{"postgres", "PostgreSQL (lib/pq)", "postgresstore"},
	}},
	{"bus", []Component{
		{"channels", "within the process, made durable by the outbox", "chanbus"},
		{"nats", "NATS JetStream (nats-io/nats.go)", "natsbus"},
	}},
}

// PortOf returns the port that a component serves.
func PortOf(component string) (port Port, found bool) {
	for _, p := range Catalogue {
		if slices.Contains(p.names(), component) {
			return p, true
		}
	}
	return Port{}, false
}

// Chosen returns the components that the project has for a port.
func (b Blueprint) Chosen(port string) []string {
	switch port {
	case "store":
		return b.Stores
	case "bus":
		return b.Buses
	}
	return nil
}

// Choose gives the project components for a port.
func (b *Blueprint) Choose(port string, components []string) {
	switch port {
	case "store":
		b.Stores = components
	case "bus":
		b.Buses = components
	}
}

// Defaults returns the components of a port that a project has that was not told
// which: all.
func (p Port) Defaults() []string { return p.names() }

// Include gives the project a component besides. The error says why not.
func (b *Blueprint) Include(component string) error {
	port, found := PortOf(component)
	if !found {
		var names []string
		for _, p := range Catalogue {
			names = append(names, p.names()...)
		}
		return fmt.Errorf("there is no adapter %+.40q%s; there is %s", component, Suggest(component, names), strings.Join(names, ", "))
	}
	chosen := b.Chosen(port.Name)
	if slices.Contains(chosen, component) {
		return fmt.Errorf("%s has %s already", b.Name, component)
	}
	b.Choose(port.Name, slices.DeleteFunc(port.names(), func(n string) bool {
		return n != component && !slices.Contains(chosen, n)
	}))
	return nil
}

// Absent returns the components that the project does not have, by port.
func (b Blueprint) Absent() map[string][]string {
	absent := map[string][]string{}
	for _, port := range Catalogue {
		for _, c := range port.names() {
			if !slices.Contains(b.Chosen(port.Name), c) {
				absent[port.Name] = append(absent[port.Name], c)
			}
		}
	}
	return absent
}

func (p Port) names() []string {
	names := make([]string, len(p.Components))
	for i, c := range p.Components {
		names[i] = c.Name
	}
	return names
}

// checkComponents reports components that there are not.
func (b Blueprint) checkComponents(at func(port string, i int) reporter) {
	for _, port := range Catalogue {
		chosen, names := b.Chosen(port.Name), port.names()
		known := true
		for i, c := range chosen {
			switch {
			case !slices.Contains(names, c):
				known = false
				at(port.Name, i)("%s: there is no component %+.40q%s; there is %s", port.Name, c, Suggest(c, names), strings.Join(names, ", "))
			case slices.Contains(chosen[:i], c):
				at(port.Name, i)("%s: %s is there twice", port.Name, c)
			}
		}
		if known && !slices.Contains(chosen, names[0]) {
			at(port.Name, 0)("%s: every project has %s, which needs nothing installed: name it too", port.Name, names[0])
		}
	}
}

package wiringgen

import (
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// ownPort is a port of the owner's.
type ownPort struct {
	Name     string // in the configuration, such as mailer
	Human    string
	Type     string // in package ports, such as Mailer
	Tag      string
	Adapters []ownAdapter
}

// ownAdapter is an adapter of a port of the owner's.
type ownAdapter struct {
	Name       string // in the configuration, such as smtp
	Field      string
	Tag        string
	Package    string // as it is imported
	Configured bool   // it has a configuration
	Pings      bool   // it can tell whether it can be reached
}

// ownPorts returns the ports of the owner's, and imports their adapters.
func ownPorts(f *gofile.File, p model.Project) []ownPort {
	var all []ownPort
	for _, in := range p.Own {
		own := ownPort{Name: in.Name.Snake(), Human: in.Name.Human(), Type: in.Name.Pascal(), Tag: tag(in.Name)}
		for _, a := range in.Adapters {
			own.Adapters = append(own.Adapters, ownAdapter{
				Name: a.Snake(), Field: a.Pascal(), Tag: tag(a), Package: f.Import(p.Module+"/adapters/"+a.Package(), local(a.Package())),
				Configured: p.Hand[a.Package()+"."+own.Type+"Config"],
				Pings:      p.Hand[a.Package()+"."+own.Type+".Ping"],
			})
		}
		all = append(all, own)
	}
	return all
}

// local returns the name under which an adapter's package is imported: no other one of
// package main.
func local(pkg string) string {
	if len(pkg) == 1 || slices.Contains([]string{"derived", "wiring", "defaults", "version", "init"}, pkg) {
		return pkg + "adapter"
	}
	return pkg
}

// inner matches where the key of a field gets a _: before a capital that begins a word.
var inner = regexp.MustCompile(`([^A-Z_])([A-Z])|([A-Z])([A-Z][^A-Z0-9_])`)

// tag returns the tag of a field whose key does not follow from its name in Go.
func tag(n name.Name) string {
	key := inner.ReplaceAllString(n.Pascal(), "${1}${3}_${2}${4}")
	if strings.ToLower(key) == n.Snake() {
		return ""
	}
	return " `config:\"" + n.Snake() + "\"`"
}

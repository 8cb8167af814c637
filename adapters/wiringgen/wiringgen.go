// Package wiringgen derives the part of a project's composition root that
// follows from its services and adapters: the file wiring_gen.go of package main.
package wiringgen

import (
	"fmt"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// adapter describes an adapter of the kit.
type adapter struct {
	Name  string // in the configuration, such as sqlite
	Field string // in Go
	Tag   string // of the field, if the name does not follow from it
	Kit   string // its package in the kit

	Where    string // for a store: the key of its location
	Backup   bool   // for a store: the kit makes its backups
	Connects bool   // for a bus: it connects to a server
	Expires  bool   // for a bus: its configuration says for how long events are kept
	Tells    bool   // for a cache: it tells of changes by other processes
	Near     bool   // for a cache: it is in front of one with a server
}

var stores = map[string]adapter{
	"sqlite":   {Field: "SQLite", Tag: " `config:\"sqlite\"`", Kit: "sqlitestore", Where: "path", Backup: true},
	"postgres": {Field: "Postgres", Kit: "postgresstore", Where: "dsn"},
}

var buses = map[string]adapter{
	"channels": {Field: "Channels", Kit: "chanbus"},
	"nats":     {Field: "NATS", Kit: "natsbus", Connects: true, Expires: true},
	"activemq": {Field: "ActiveMQ", Tag: " `config:\"activemq\"`", Kit: "activemqbus", Connects: true},
	"kafka":    {Field: "Kafka", Kit: "kafkabus", Connects: true, Expires: true},
	"rabbitmq": {Field: "RabbitMQ", Tag: " `config:\"rabbitmq\"`", Kit: "rabbitmqbus", Connects: true},
}

var caches = map[string]adapter{
	"memory":    {Field: "Memory", Kit: "memorycache"},
	"redis":     {Field: "Redis", Kit: "rediscache", Connects: true, Tells: true},
	"memcached": {Field: "Memcached", Kit: "memcachedcache", Connects: true},
	"near":      {Field: "Near", Kit: "nearcache", Near: true},
}

// view is the template data.
type view struct {
	Stores, Buses, Caches []adapter

	Remote []string // the caches with a server
	Kept   []string // the ports of stores
	Served []string // the driving ports that are served over HTTP
}

// Emit derives the wiring of a project.
func Emit(p model.Project) ([]plan.File, error) {
	templates, err := template.ParseFS(derived.Files, "wiring/*.tmpl")
	if err != nil {
		return nil, err
	}
	f := gofile.In(p, "", "main", "wiring_gen.go")
	f.Std("context")
	f.Import("go.uber.org/fx", "fx")
	for _, own := range []string{"kit", "kit/config", "kit/run", "ports", "adapters/httpjson", "adapters/jsonwire"} {
		f.Own(own)
	}
	v := view{}
	if v.Stores, err = adaptersOf(stores, p.Stores); err != nil {
		return nil, err
	}
	if v.Buses, err = adaptersOf(buses, p.Buses); err != nil {
		return nil, err
	}
	if v.Caches, err = adaptersOf(caches, p.Caches); err != nil {
		return nil, err
	}
	v.importCaches(f)
	for _, s := range v.Stores {
		f.Own("kit/" + s.Kit)
		f.Own("adapters/" + s.Name)
	}
	for _, b := range v.Buses {
		f.Own("kit/" + b.Kit)
	}
	for _, s := range p.Services {
		if s.Keeps != nil {
			v.Kept = append(v.Kept, s.Keeps.Name)
		}
		if s.Offers != nil {
			v.Served = append(v.Served, s.Offers.Name)
		}
	}
	file, err := f.Render(templates, "wiring.go", v)
	return []plan.File{file}, err
}

// importCaches imports what the caches need.
func (v *view) importCaches(f *gofile.File) {
	if len(v.Caches) > 0 {
		f.Own("kit/cache")
	}
	for _, c := range v.Caches {
		f.Own("kit/" + c.Kit)
		if c.Connects {
			v.Remote = append(v.Remote, c.Name)
		}
		if c.Near {
			f.Std("cmp")
		}
	}
}

func adaptersOf(known map[string]adapter, names []string) ([]adapter, error) {
	var all []adapter
	for _, name := range names {
		a, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("no wiring for the adapter %q", name)
		}
		a.Name = name
		all = append(all, a)
	}
	return all, nil
}

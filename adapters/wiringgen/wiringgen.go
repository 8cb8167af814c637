// Package wiringgen derives the part of a project's composition root that
// follows from its services and adapters: the file wiring_gen.go of package main.
package wiringgen

import (
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/query"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// adapter describes an adapter of the kit.
type adapter struct {
	Name  string // in the configuration, such as sqlite
	Field string // in Go; "" for one without keys of its own
	Tag   string // of the field, if the name does not follow from it
	Kit   string // its package in the kit

	Where    string // for a store: the key of its location
	Backup   bool   // for a store: the kit makes its backups
	Connects bool   // for a bus: it connects to a server
	Expires  bool   // for a bus: its configuration says for how long events are kept
	Tells    bool   // for a cache: it tells of changes by other processes
	Near     bool   // for a cache: it is in front of one with a server
	Named    bool   // for blobs: they know the name of the service
	Leases   bool   // for locks: they know how long a lease is
}

// known are the adapters of each port.
var known = map[string]map[string]adapter{
	"store": stores, "bus": buses, "cache": caches, "blobs": blobs, "locks": locks, "auth": auths, "schedule": schedules,
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

var blobs = map[string]adapter{
	"folder": {Field: "Folder", Kit: "folderblobs", Named: true},
	"s3":     {Field: "S3", Kit: "s3blobs", Named: true},
}

var locks = map[string]adapter{
	"process":   {Field: "Process", Kit: "processlocks"},
	"postgres":  {Field: "Postgres", Kit: "postgreslocks"},
	"redis":     {Field: "Redis", Kit: "redislocks"},
	"etcd":      {Field: "Etcd", Kit: "etcdlocks"},
	"zookeeper": {Field: "ZooKeeper", Tag: " `config:\"zookeeper\"`", Kit: "zookeeperlocks", Leases: true},
}

var auths = map[string]adapter{
	"file": {Field: "File", Kit: "fileauth"},
	"jwks": {Field: "JWKS", Tag: " `config:\"jwks\"`", Kit: "jwksauth"},
}

var schedules = map[string]adapter{"store": {Kit: "schedule"}}

// port is a port that not every project has.
type port struct {
	Name     string // in the configuration, such as cache; also its package of the kit
	Field    string // in Go
	Adapters []adapter
}

// Remote returns the adapters with a server.
func (p port) Remote() []string {
	var names []string
	for _, a := range p.Adapters {
		if a.Connects {
			names = append(names, a.Name)
		}
	}
	return names
}

// view is the template data.
type view struct {
	Stores, Buses []adapter
	Optional      []port
	Own           []ownPort

	Kept   []string // the ports of stores
	Cached []cached // those that can be read through the cache, if there is one
	Served []string // the driving ports that are served over HTTP
}

// Ports enumerates the ports, each with a word before it: store, bus and cache.
func (v view) Ports(before string) string {
	names := []string{before + "store", before + "bus"}
	for _, p := range v.Optional {
		names = append(names, before+p.Name)
	}
	for _, p := range v.Own {
		names = append(names, before+p.Human)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
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
	if err := v.choose(f, p.Adapters); err != nil {
		return nil, err
	}
	v.Own = ownPorts(f, p)
	for _, s := range p.Services {
		if s.Keeps != nil {
			v.Kept = append(v.Kept, s.Keeps.Name)
		}
		if len(p.Adapters["cache"]) > 0 && query.Cacheable(s) {
			v.Cached = append(v.Cached, v.cached(s))
		}
		if s.Offers != nil {
			v.Served = append(v.Served, s.Offers.Name)
		}
	}
	for _, r := range p.Reads {
		v.Kept = append(v.Kept, r.Port.Name)
	}
	if len(v.Cached) > 0 {
		f.Std("time")
		f.Own("kit/cachedstore")
		f.Own("adapters/cached")
	}
	file, err := f.Render(templates, "wiring.go", v)
	return []plan.File{file}, err
}

// cached is a store that can be read through the cache.
type cached struct {
	Port, Field string
	Tag         string // of the field, if the key does not follow from it
}

// cached returns a store, whose key is what its entities are called, or else its table.
func (v *view) cached(s model.Service) cached {
	words := name.Words(s.Entity.Name.Name, english.English{})
	last := len(words) - 1
	words[last] = english.English{}.Plural(words[last])
	field := pascal(words)
	if slices.ContainsFunc(v.Cached, func(c cached) bool { return c.Field == field }) {
		words = strings.Split(s.Table, "_")
		field = pascal(words)
	}
	return cached{s.Keeps.Name, field, fmt.Sprintf(" `config:%q`", strings.Join(words, "_"))}
}

func pascal(words []string) string {
	text := ""
	for _, w := range words {
		text += strings.ToUpper(w[:1]) + w[1:]
	}
	return text
}

// choose fills in the chosen adapters of each port, and imports what they need.
func (v *view) choose(f *gofile.File, chosen map[string][]string) error {
	for _, in := range blueprint.Catalogue {
		all, err := adaptersOf(f, in.Name, chosen[in.Name])
		if err != nil {
			return err
		}
		switch {
		case in.Name == "store":
			v.Stores = all
			for _, s := range all {
				f.Own("adapters/" + s.Name)
			}
		case in.Name == "bus":
			v.Buses = all
		case len(all) > 0:
			f.Own("kit/" + in.Name)
			v.Optional = append(v.Optional, port{in.Name, strings.ToUpper(in.Name[:1]) + in.Name[1:], all})
		}
	}
	return nil
}

// adaptersOf returns the adapters of a port, and imports their packages.
func adaptersOf(f *gofile.File, port string, names []string) ([]adapter, error) {
	var all []adapter
	for _, name := range names {
		a, ok := known[port][name]
		if !ok {
			return nil, fmt.Errorf("no wiring for the adapter %s/%s", port, name)
		}
		a.Name = name
		all = append(all, a)
		f.Own("kit/" + a.Kit)
		if a.Near {
			f.Std("cmp")
		}
	}
	return all, nil
}

package storegen

import (
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// referringView is the template data for what referencetest tests: the entities of a store
// refer to those of others, or of their own kind.
type referringView struct {
	Others  []string     // the ports of others: "CustomerStore"
	Tenants []string     // those of them whose entities have a tenant
	Store   string       // what selects the store among those: ".OrderStore"
	Samples []string     // functions that return samples of their entities
	Changes []changeView // the methods that could break a reference
	Fields  []fieldView
}

// changeView is a method that keeps entities.
type changeView struct {
	Kind   query.Kind
	Events bool
}

// ownView is a field by which samples refer to themselves.
type ownView struct {
	Path string
	Set  string // an expression for the key of next as a value of the field
}

// fieldView is a field by which samples refer to entities of another store, or to themselves.
type fieldView struct {
	Name, Path string
	Optional   bool
	OwnKind    bool
	Tenant     bool      // both are of the same tenant
	OwnKeys    bool      // whose keys are its own
	Get        string    // statements that return the key that v has
	Set        string    // an expression for the key of the ith sample as a value of the field
	Empty      string    // one for the empty text; "" if keys are no texts
	Chain      []chained // what is inserted for it, in this order
	Alike      []string  // statements that make next like the entity like in what is unique
	Delete     string    // the call that removes the other entity; "" if there is none
}

// chained is a sample of another store that is inserted, and statements that leave v without
// what it may be without.
type chained struct {
	Insert  string // a function: "s.RegionStore.Insert"
	Samples string // "samplesOfRegionStore"
	Entity  string // "region.Region"
	Clear   []string
}

// addReferences adds what the entities of a store refer to.
func (w *suiteWriter) addReferences(v *suiteView) {
	v.Referred, v.Opened = len(w.project.Referring(w.Entity)) > 0, "ports."+v.Name
	if len(w.Entity.References) == 0 {
		return
	}
	w.file.Own("kit/referencetest")
	v.Referring = &referringView{}
	for _, s := range others(w.project, w.Entity) {
		v.Referring.Others = append(v.Referring.Others, s.Keeps.Name)
		if s.Entity.Tenant != "" {
			v.Referring.Tenants = append(v.Referring.Tenants, s.Keeps.Name)
		}
		v.Referring.Samples = append(v.Referring.Samples, samplesOf(s.Keeps.Name))
	}
	if len(v.Referring.Others) > 0 {
		v.Opened, v.Referring.Store = "Referring"+v.Name, "."+v.Name
	}
	for _, m := range w.Methods {
		takesAll := m.Events || m.Kind == query.InsertMany || m.Kind == query.Upsert // those of storetest.Keeper have events
		if slices.Contains([]query.Kind{query.Insert, query.Update, query.InsertMany, query.Upsert}, m.Kind) && takesAll {
			v.Referring.Changes = append(v.Referring.Changes, changeView{m.Kind, m.Events})
		}
	}
	for _, r := range w.Entity.References {
		v.Referring.Fields = append(v.Referring.Fields, w.referringField(r, v.Referring.Store))
	}
	for _, r := range w.Entity.OfOwnKind() {
		v.OwnKind = append(v.OwnKind, ownView{pathOf(fieldOf(w.Entity, r.Field)), "new(" + w.asKey(r, "next."+v.ID) + ")"})
	}
}

// referringField returns the view of a reference of the entities of a store, which own selects.
func (w *suiteWriter) referringField(r model.Reference, own string) fieldView {
	f, to := fieldOf(w.Entity, r.Field), w.project.Keeping(r.To)
	v := fieldView{
		Name: r.Field, Path: pathOf(f), Optional: !w.Entity.Requires(r), Tenant: w.project.WithinTenant(w.Entity, r), OwnKeys: to.Entity.OwnKeys(), OwnKind: r.To == w.Entity.Name, Get: keyIn(w.file, f, "", ""), Set: w.keySample(r),
	}
	if t := f.Type.Value(); t.Kind == model.String {
		v.Empty = w.file.Type(t) + `("")`
	}
	if v.Optional {
		v.Set = "new(" + v.Set + ")"
		if v.Empty != "" {
			v.Empty = "new(" + v.Empty + ")"
		}
	}
	if i := slices.IndexFunc(w.Entity.Unique, func(u model.Unique) bool { return !slices.Contains(u.Fields, r.Field) }); i >= 0 {
		v.Alike = w.alike(w.Entity.Unique[i])
	}
	for _, s := range append(needed(w.project, to.Entity), to) {
		store, samples := w.keeping(s, own)
		insert := "s" + store + ".Insert"
		if s.Entity.Tenant != "" {
			insert = "s" + store + ".(of" + s.Keeps.Name + ").adopt"
		}
		v.Chain = append(v.Chain, chained{insert, samples, w.file.Qualified(s.Entity.Name, s.Entity.Name.Name), clearing(s.Entity)})
	}
	for _, m := range to.Keeps.Methods {
		if q, ok := query.Of(m, to.Entity, &model.Problems{}); ok && q.Kind == query.Delete {
			store, _ := w.keeping(to, own)
			v.Delete = store + ".Delete(ctx, " + w.sampleKey(to.Entity.Key()) + ")"
		}
	}
	return v
}

// keeping returns what selects the store of a service, and the function that returns samples of
// its entities. own selects that whose suite it is.
func (w *suiteWriter) keeping(s *model.Service, own string) (store, samples string) {
	if s.Entity.Name == w.Entity.Name {
		return own, "sample"
	}
	return "." + s.Keeps.Name, samplesOf(s.Keeps.Name)
}

// keySample returns an expression for the key of the ith sample of what a field refers to, as a
// value of the field.
func (w *suiteWriter) keySample(r model.Reference) string {
	key := w.project.Keeping(r.To).Entity.Key()
	return w.asKey(r, w.sampleKey(key))
}

// asKey returns an expression for the key of what a field refers to as a value of the field.
func (w *suiteWriter) asKey(r model.Reference, key string) string {
	is := fieldOf(w.Entity, r.Field).Type.Value()
	if is.Name == nil && w.project.Keeping(r.To).Entity.Key().Type.Name != nil {
		return w.file.Type(is) + "(" + key + ")"
	}
	return key
}

// referenceOf returns the reference that a field is; nil if it is none.
func (w *suiteWriter) referenceOf(f model.Field) *model.Reference {
	for i, r := range w.Entity.References {
		if r.Field == f.Name {
			return &w.Entity.References[i]
		}
	}
	return nil
}

// samplesOf returns the name of the function that returns samples of the entities of a store.
func samplesOf(port string) string { return "samplesOf" + port }

// clearing returns statements that leave an entity v without what it need not refer to.
func clearing(entity *model.Struct) (clear []string) {
	for _, r := range entity.References {
		if !entity.Requires(r) {
			clear = append(clear, "v."+pathOf(fieldOf(entity, r.Field))+" = nil")
		}
	}
	return clear
}

// others returns the services of what entities refer to, and of what that cannot be without,
// but for their own.
func others(p *model.Project, entity *model.Struct) (all []*model.Service) {
	for _, r := range entity.References {
		if r.To != entity.Name {
			to := p.Keeping(r.To)
			all = with(all, append(needed(p, to.Entity), to)...)
		}
	}
	return all
}

// needed returns the services of what an entity cannot be without, what others need first.
func needed(p *model.Project, entity *model.Struct) (all []*model.Service) {
	for _, r := range entity.References {
		if entity.Requires(r) {
			to := p.Keeping(r.To)
			all = with(all, append(needed(p, to.Entity), to)...)
		}
	}
	return all
}

// with adds services that are not among the others.
func with(all []*model.Service, more ...*model.Service) []*model.Service {
	for _, s := range more {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

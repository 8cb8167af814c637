package blueprint

import (
	"slices"

	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/name"
)

// Union returns the record of what two branches made of a project. What either branch
// added is in it, what either removed of the base is not, and the higher version wins.
// Where they disagree about a field, ours does: the Go code is the truth.
func Union(base, ours, theirs Record) Record {
	out := ours
	if CompareVersions(theirs.Kit, ours.Kit) > 0 {
		out.Kit = theirs.Kit
	}
	b, o, t := base.Blueprint, ours.Blueprint, theirs.Blueprint
	same := func(a, b string) bool { return a == b }
	for _, port := range Catalogue {
		out.Blueprint.Choose(port.Name, union(b.Adapters[port.Name], o.Adapters[port.Name], t.Adapters[port.Name], same))
	}
	out.Blueprint.Own = union(b.Own, o.Own, t.Own, OwnPort.sameAs)
	for i, p := range out.Blueprint.Own {
		out.Blueprint.Own[i].Adapters = union(adaptersOf(b, p), adaptersOf(o, p), adaptersOf(t, p), name.Name.Equal)
	}
	out.Blueprint.Allowed = union(b.Allowed, o.Allowed, t.Allowed, func(x, y finding.Allowance) bool { return x.Rule == y.Rule && x.For == y.For })
	out.Blueprint.Services = union(b.Services, o.Services, t.Services, Service.sameAs)
	for i, s := range out.Blueprint.Services {
		out.Blueprint.Services[i].Fields = union(fieldsOf(b, s), fieldsOf(o, s), fieldsOf(t, s), Field.sameAs)
	}
	return out
}

// union returns what two lists have, but for what either has removed of the base: ours,
// then what only theirs have.
func union[T any](base, ours, theirs []T, same func(a, b T) bool) []T {
	has := func(list []T, item T) bool {
		return slices.ContainsFunc(list, func(other T) bool { return same(item, other) })
	}
	var all []T
	for _, item := range ours {
		if has(theirs, item) || !has(base, item) {
			all = append(all, item)
		}
	}
	for _, item := range theirs {
		if !has(ours, item) && !has(base, item) {
			all = append(all, item)
		}
	}
	return all
}

func (s Service) sameAs(other Service) bool { return s.Name.Equal(other.Name) }
func (f Field) sameAs(other Field) bool {
	return spelled(f.Name.Package()) == spelled(other.Name.Package())
}

// adaptersOf returns the adapters of a port of the owner's in a blueprint, if it is there.
func adaptersOf(b Blueprint, p OwnPort) []name.Name {
	i := b.own(p.Name)
	if i < 0 {
		return nil
	}
	return b.Own[i].Adapters
}

// fieldsOf returns the fields of a service in a blueprint, if it is there.
func fieldsOf(b Blueprint, s Service) []Field {
	i := slices.IndexFunc(b.Services, s.sameAs)
	if i < 0 {
		return nil
	}
	return b.Services[i].Fields
}

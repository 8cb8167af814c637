package route

import (
	"net/http"

	"github.com/outgrowkit/outgrow/domain/model"
)

// isPatch reports whether a method changes what a merge patch (RFC 7396) names: it is called
// Patch, and the last thing that it takes is a patch.
func isPatch(method *model.Method) bool { return method.Name == "Patch" && takesPatch(method) }

// takesPatch reports whether the last parameter of a method is a merge patch.
func takesPatch(method *model.Method) bool {
	n := len(method.Params)
	return n > 0 && method.Params[n-1].Type.IsPatch()
}

// patch checks that a merge patch changes a version, and consists of what it must.
func (m *mapper) patch(r *Route) {
	if r.Verb != http.MethodPatch {
		return
	}
	if !takesPatch(r.Method) {
		m.problems.Add(r.Method.Pos, r.Method.Name+" is served by PATCH and takes no merge patch",
			"let its last parameter be a struct whose name ends with Patch, or serve it by POST or PUT")
		return
	}
	of := r.Method.Params[len(r.Method.Params)-1].Type
	name := of.Struct.Name.Package + "." + of.Struct.Name.Name
	if !r.Has(Path) || !r.Has(Version) || len(r.Params) != 3 {
		m.problems.Add(r.Method.Pos, r.Method.Name+" does not take an ID, a version and a patch",
			"begin with "+r.Method.Name+"(ctx context.Context, id kit.UUID, version int64, patch "+name+")")
	}
	for s := range patchesIn(of) {
		for _, f := range s.Fields {
			m.member(s.Name.Package+"."+s.Name.Name, f)
		}
	}
}

// member checks a field of a merge patch. A struct is changed by a patch of its own, and a
// map by its keys, those that are null being removed.
func (m *mapper) member(of string, f model.Field) {
	if f.Type.Kind != model.Pointer {
		m.problems.Add(f.Pos, "the field "+f.Name+" of "+of+" has no value for a member that is absent", "make it a pointer to what the field is")
		return
	}
	t := f.Type.Elem
	if t.Kind == model.Map {
		if t = t.Elem; t.Kind != model.Pointer {
			m.problems.Add(f.Pos, "the field "+f.Name+" of "+of+" has no value for a key that a merge patch removes", "let the values of the map be pointers")
			return
		}
	}
	t = t.Value()
	if t.Kind == model.Record && !t.IsPatch() {
		m.problems.Add(f.Pos, "the field "+f.Name+" of "+of+" is a struct, of which a merge patch may change a part",
			"declare a struct "+t.Struct.Name.Name+"Patch with pointers to its fields, and take that")
	}
}

// Patches returns the structs that merge patches consist of.
func Patches(services []Service) map[*model.Struct]bool {
	all := map[*model.Struct]bool{}
	for _, s := range services {
		for _, r := range s.Routes {
			if r.Verb == http.MethodPatch {
				for patch := range patchesIn(r.Body) {
					all[patch] = true
				}
			}
		}
	}
	return all
}

// patchesIn returns the patches that a type consists of.
func patchesIn(t *model.Type) map[*model.Struct]bool {
	all := map[*model.Struct]bool{}
	for ; t != nil; t = t.Elem {
		if !t.IsPatch() {
			continue
		}
		all[t.Struct] = true
		for _, f := range t.Struct.Fields {
			for patch := range patchesIn(f.Type) {
				all[patch] = true
			}
		}
	}
	return all
}

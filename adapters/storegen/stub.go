package storegen

import (
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/query"
)

// stubView is the template data for a method that is to be written by hand.
type stubView struct {
	Doc              []string
	Name, Store, Pkg string
	Params, Results  string
	Zero             string // what it returns before the error: "*new(int64), "
	Fails            bool   // it returns an error
	Elem             string // of the sequence that it returns, or ""
}

// Stubs returns the methods of stores that can neither be derived nor are written by hand,
// empty, in a file of each adapter and package of entities: from then on they are the owner's.
func Stubs(p model.Project) ([]plan.File, error) {
	e := &emitter{project: p, stems: gofile.NewStems(p, "schema")}
	var files []plan.File
	for _, adapter := range append([]string{inMemory}, p.Adapters["store"]...) {
		for _, s := range p.Services {
			if s.Keeps == nil {
				continue
			}
			f := gofile.New(p, adapter, e.stems.Of(s.Entity.Name.Path)+".go")
			var views []stubView
			for _, m := range s.Keeps.Methods {
				if _, ok := query.Of(m, s.Entity, &model.Problems{}); !ok && !p.Hand[adapter+"."+s.Keeps.Name+"."+m.Name] {
					views = append(views, stubOf(f, adapter, s.Keeps.Name, m))
				}
			}
			if len(views) == 0 {
				continue
			}
			file, err := f.Owned(templates, "stub.go.tmpl", views)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
	}
	return files, nil
}

// stubOf returns what is to be written of a method in a file.
func stubOf(f *gofile.File, adapter, port string, m model.Method) stubView {
	params, results := m.Signature(f.Import)
	v := stubView{Doc: docOf(m, port), Name: m.Name, Store: port, Pkg: adapter, Params: strings.Join(params, ", ")}
	if last := len(results) - 1; last >= 0 && results[last] == "error" {
		v.Fails = true
		f.Own("kit")
		for _, r := range results[:last] {
			v.Zero += "*new(" + r + "), "
		}
	} else if elem, ok := strings.CutPrefix(strings.Join(results, " "), "iter.Seq2["); ok && last == 0 {
		f.Own("kit")
		v.Elem = strings.TrimSuffix(elem, ", error]")
	} else if last >= 0 {
		for i, r := range results {
			if i > 0 {
				v.Zero += ", "
			}
			v.Zero += "*new(" + r + ")"
		}
	}
	v.Results = resultsOf(results)
	return v
}

// resultsOf returns what follows the parameters of a method with the results.
func resultsOf(results []string) string {
	switch len(results) {
	case 0:
		return ""
	case 1:
		return " " + results[0]
	}
	return " (" + strings.Join(results, ", ") + ")"
}

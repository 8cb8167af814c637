package httpgen

import (
	"slices"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/route"
)

// testView is the template data for the test of a method that is a stream.
type testView struct {
	Port, Name, Stub string            // "Orders", "Export", "ordersExport"
	Suite            string            // the function of kit/streamtest
	Offered          string            // its type of methods
	Values           map[string]string // variables, by name
	Element, Sample  string            // the type of the elements, and an expression for the ith
	Parameters       string            // of the method, each preceded by a comma
	Results          string
	Arguments        string // of a call, each preceded by a comma
	Result, Made     string // the type of the result of an upload, and an expression for it; "" if there is none
}

// testFile derives the test of the methods of ports that are streams, if there are any.
func testFile(p model.Project, group []route.Service, stem string, templates *template.Template) ([]plan.File, error) {
	f := gofile.In(p, "adapters/"+adapter, adapter+"_test", stem+"_gen_test.go")
	var views []testView
	for range 2 { // the first time determines what the file imports, and so the names of packages
		views = nil
		for _, s := range group {
			for i := range s.Routes {
				if s.Routes[i].IsStream() {
					views = append(views, tested(f, s, &s.Routes[i]))
				}
			}
		}
	}
	if len(views) == 0 {
		return nil, nil
	}
	for _, std := range []string{"context", "io", "testing"} {
		f.Std(std)
	}
	for _, own := range []string{"adapters/httpjson", "kit", "kit/httpserver", "kit/streamtest", "ports"} {
		f.Own(own)
	}
	file, err := f.Render(templates, "streams_test.go", views)
	return []plan.File{file}, err
}

// tested returns the view of a method for its test.
func tested(f *gofile.File, s route.Service, r *route.Route) testView {
	values := storegen.NewSampler(f)
	v := testView{
		Port: s.Offers.Name, Name: r.Method.Name, Stub: camel(s.Offers.Name) + r.Method.Name,
		Suite: "Uploads", Offered: "streamtest.Upload", Results: "error",
	}
	switch {
	case r.Lines != nil:
		v.Element = f.Type(r.Lines)
		v.Suite, v.Offered, v.Results = "Lines", "streamtest.Sequence["+v.Element+"]", f.Type(r.Method.Results[0])
		v.Sample = values.Value(r.Lines, "", "i")
	case r.Bytes:
		v.Suite, v.Offered, v.Results = "Bytes", "streamtest.Download", "(io.ReadCloser, error)"
	case r.Result != nil:
		v.Result = f.Type(r.Result)
		v.Results, v.Made = "("+v.Result+", error)", made(f, values, r.Result)
	}
	for _, p := range r.Params {
		name := "_"
		if p.Source == route.Stream {
			name = "body"
		}
		v.Parameters += ", " + name + " " + f.Type(p.Type)
		v.Arguments += ", " + argument(f, values, p)
	}
	v.Values = values.Found()
	return v
}

// made returns an expression for a result.
func made(f *gofile.File, values *storegen.Sampler, t *model.Type) string {
	if t.Kind == model.Listing {
		return f.Type(t) + "{Items: []" + f.Type(t.Elem) + "{}}"
	}
	return values.Value(t, "", "1")
}

// argument returns an expression for a parameter.
func argument(f *gofile.File, values *storegen.Sampler, p route.Param) string {
	switch {
	case p.Source == route.Stream:
		return "body"
	case p.Source == route.Page:
		return f.Own("kit") + ".Page{Limit: 10}"
	case slices.Contains([]route.Source{route.Filter, route.Sort}, p.Source):
		return "*new(" + f.Type(p.Type) + ")"
	}
	return values.Value(p.Type, strings.ToLower(p.Name), "1")
}

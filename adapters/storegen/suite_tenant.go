package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// tenantView is the template data for the test of a store whose entities have a tenant.
type tenantView struct {
	Path    string // of the field
	Type    string // of the field: "string", or a type that is declared from it
	Is      string // an expression for that of samples
	Methods []passedView
}

// passedView is a method of a port that is passed on, with a tenant in its context.
type passedView struct{ Name, Params, Results, Args string }

// tenant returns the view of the field with the tenant.
func (w *suiteWriter) tenant(f model.Field) *tenantView {
	w.file.Own("kit/tenanttest")
	v := &tenantView{Path: pathOf(f), Type: w.file.Type(f.Type), Is: "tenanttest.Tenant"}
	for _, m := range w.Keeps.Methods {
		if p, ok := w.passed(m); ok {
			v.Methods = append(v.Methods, p)
		}
	}
	return v
}

// passed returns the view of a method, unless it takes no context.
func (w *suiteWriter) passed(m model.Method) (v passedView, ok bool) {
	params, results := m.Signature(w.file.Import)
	if len(params) == 0 || !strings.HasSuffix(params[0], "context.Context") {
		return passedView{}, false
	}
	var args []string
	for i, p := range params {
		name, typ, _ := strings.Cut(p, " ")
		if name == "_" || name == "of" { // of is the receiver
			name = fmt.Sprint("p", i)
		}
		params[i] = name + " " + typ
		if i == 0 {
			name = "tenanttest.Context(" + name + ")"
		} else if strings.HasPrefix(typ, "...") {
			name += "..."
		}
		args = append(args, name)
	}
	v = passedView{Name: m.Name, Params: strings.Join(params, ", "), Results: strings.Join(results, ", "), Args: strings.Join(args, ", ")}
	if len(results) > 1 {
		v.Results = "(" + v.Results + ")"
	}
	return v, true
}

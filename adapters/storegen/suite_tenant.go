package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// tenantView is the template data for the test of a store whose entities have a tenant.
type tenantView struct {
	Path    string // of the field
	Of      string // an expression for the tenant of a context as the field has it
	Set     string // and for the text tenant
	OwnKeys bool   // two tenants may have the same key
	Methods []passedView
}

// passedView is a method of a port that is passed on, with a tenant in its context.
type passedView struct{ Name, Params, Results, Args string }

// tenant returns the view of the field with the tenant.
func (w *suiteWriter) tenant(f model.Field) *tenantView {
	w.file.Own("kit/tenanttest")
	v := &tenantView{Path: pathOf(f), Of: w.named(f.Type, "tenanttest.Of(ctx)"), Set: w.named(f.Type, "tenant"), OwnKeys: w.Entity.OwnKeys()}
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
	return passedView{Name: m.Name, Params: strings.Join(params, ", "), Results: resultsOf(results), Args: strings.Join(args, ", ")}, true
}

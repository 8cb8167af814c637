package scaffold

import (
	"path"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Subscriber renders a subscriber to an event, and its test. If tx is set, it handles the
// event in a transaction.
func (s *Scaffold) Subscriber(b blueprint.Blueprint, n name.Name, e model.Event, tx bool) ([]plan.File, error) {
	of := e.Struct.Name
	local := alias.Of(of.Package)
	spec := strconv.Quote(of.Path)
	if local != path.Base(of.Path) {
		spec = local + " " + spec
	}
	view := struct {
		Module, Import, Type, Group, Topic, Event string
		Tx                                        bool
	}{b.Module, spec, n.Pascal(), n.Kebab(), e.Topic, local + "." + of.Name, tx}
	return renderAll(s.service, view, []output{
		{template: "subscriber.go.tmpl", path: path.Join("app", n.Package()+".go")},
		{template: "subscriber_test.go.tmpl", path: path.Join("app", n.Package()+"_test.go")},
	})
}

package scaffold

import (
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Subscriber renders a subscriber to an event, its test, and what goes into main.go. If tx
// is set, it handles the event in a transaction.
func (s *Scaffold) Subscriber(b blueprint.Blueprint, n name.Name, e model.Event, tx bool) (files []plan.File, main plan.File, err error) {
	if files, err = s.subscriber(b, n, e, tx); err != nil {
		return nil, plan.File{}, err
	}
	main, err = s.wiring(hookView{Module: b.Module, Lines: []string{"run.Subscribe(app.New" + n.Pascal() + ")"}})
	return files, main, err
}

func (s *Scaffold) subscriber(b blueprint.Blueprint, n name.Name, e model.Event, tx bool) ([]plan.File, error) {
	of := e.Struct.Name
	view := struct {
		Module, Import, Type, Group, Topic, Event string
		Tx                                        bool
	}{b.Module, importOf(of), n.Pascal(), n.Kebab(), e.Topic, alias.Of(of.Package) + "." + of.Name, tx}
	return s.hookFiles(view, n.Package(), "subscriber", "app")
}

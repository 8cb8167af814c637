package code

import (
	"github.com/outgrowkit/outgrow/domain/finding"
)

// Split is a use case that does in two transactions, or outside of any, what is whole only
// together: it changes two stores, or changes one and emits or publishes an event.
type Split struct {
	UseCase  string // such as Orders.Pay
	First    string // a store that it changes, such as OrderStore; "" if it emits an event
	FirstPos string
	Then     string // what it changes then
	Pos      string
	Bus      bool // it publishes then
}

// The advice for use cases that are not one unit of work.
const (
	adviceStores = "change both in one: take a kit.Transactor, and call Within(ctx, func(ctx context.Context) error { … }) with both in it, and with its ctx"
	adviceEmit   = "give the event to the method of the store that makes the change, or do both in one Within of a kit.Transactor, with its ctx"
	adviceBus    = "give the event to the method of the store that makes the change: it is published once the change is committed, and not otherwise"
)

// units returns a finding for each use case that is not one unit of work.
func (p *Project) units() []finding.Finding {
	var found []finding.Finding
	for _, s := range p.Splits {
		message, advice := s.UseCase+" changes "+s.Then+" outside of the transaction that changes "+s.First, adviceStores
		switch {
		case s.Bus:
			message, advice = s.UseCase+" publishes an event of a change of "+s.First+" that may yet be undone, or be made without the event", adviceBus
		case s.Then == "":
			message, advice = s.UseCase+" emits an event outside of the transaction that changes "+s.First, adviceEmit
		case s.First == "":
			message, advice = s.UseCase+" changes "+s.Then+" outside of the transaction that emits the event", adviceEmit
		}
		at := finding.At(s.FirstPos, "", "", "")
		found = append(found, finding.At(s.Pos, "unit-of-work", message+", at "+finding.Position(at.File, at.Line, 0), advice))
	}
	return found
}

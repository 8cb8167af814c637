package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// What the root package of the kit exports, by who may use it.
var (
	// vocabulary is for everybody.
	vocabulary = strings.Fields(`
		UUID NewUUID ParseUUID
		Error FieldError Errorf Wrap Violations
		Code CodeOf NotFound AlreadyExists Conflict Invalid Unauthorized Overloaded Unavailable Internal
		Page Listing Trim Event Secret NewSecret`)

	// capabilities are the ports of the kit and what they speak of: for everybody but
	// the domain.
	capabilities = strings.Fields(`
		Transactor Emitter Outbox Inbox DeadLetter DeadLetterQueue Reply Idempotency EventCodec
		Bus BusCapability Message Handler Subscription
		Clock`)

	// machinery is for adapters and package main.
	machinery = strings.Fields(`SystemClock Schema API1`)
)

// Symbols returns what the root package of the kit exports, as far as the rules know
// it.
func Symbols() []string { return slices.Concat(vocabulary, capabilities, machinery) }

// symbols returns what is used of the root package of the kit by those who may not,
// each at its first place in a file.
func (p *Project) symbols() []finding.Finding {
	var found []finding.Finding
	for folder, f := range p.owned() {
		var seen []string
		for _, fact := range f.Facts {
			if fact.Kind != Uses || fact.Path != p.Module+"/kit" || strings.Contains(fact.Name, ".") || slices.Contains(seen, fact.Name) {
				continue
			}
			seen = append(seen, fact.Name)
			if what, advice := p.refused(folder, fact.Name); what != "" {
				found = append(found, finding.At(fact.Pos, "kit-symbols", folder+" uses kit."+fact.Name+what, advice))
			}
		}
	}
	return found
}

// refused says what a symbol of the kit is that the folder may not use, and what to
// do instead. It says nothing where it may.
func (p *Project) refused(folder, symbol string) (what, advice string) {
	domain := within(folder, "domain")
	switch {
	case !domain && !within(folder, "ports", "app") || p.forTests(folder) || slices.Contains(vocabulary, symbol):
		return "", ""
	case slices.Contains(capabilities, symbol) && domain:
		return ", which belongs to a port", "the domain may use identifiers, errors, pages and events of the kit, and no ports: call the port in a use case"
	case slices.Contains(capabilities, symbol):
		return "", ""
	case symbol == "SystemClock" && domain:
		return ", which reads the clock of the machine", adviceClock
	case symbol == "SystemClock":
		return ", which reads the clock of the machine", "take a kit.Clock as a parameter, and provide kit.SystemClock in main.go"
	}
	return ", which is for adapters and package main", "use it in an adapter or in main.go"
}

package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// The symbols of the root package of the kit, by who may use them.
var (
	// vocabulary is for all code.
	vocabulary = strings.Fields(`
		UUID NewUUID ParseUUID
		Error FieldError Errorf Wrap Violations
		Code CodeOf NotFound AlreadyExists Conflict Invalid Unauthenticated Unauthorized Overloaded Unavailable Internal
		Page Cursor CursorOf MaxPageBytes Listing Event Secret NewSecret`)

	// capabilities are the ports of the kit and their types: for all code except the
	// domain.
	capabilities = strings.Fields(`
		Transactor Emitter Outbox Inbox DeadLetter DeadLetterQueue Reply Idempotency EventCodec
		Bus BusCapability Message Handler Subscription Cache
		Blobs Blob BlobPut BlobGet DeleteOrphans Locks Fence
		Schedule DueEvent When At Every Cron Missed MissedOnce MissedEach MissedSkip
		Caller CallerOf WithCaller TenantOf WithTenant
		Clock`)

	// machinery is for adapters and package main.
	machinery = strings.Fields(`SystemClock Schema Migration API1`)
)

// Symbols returns the symbols of the root package of the kit that the rules know.
func Symbols() []string { return slices.Concat(vocabulary, capabilities, machinery) }

// symbols returns a finding for each forbidden symbol of the kit's root package, at its
// first use in a file.
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

// refused describes a symbol of the kit that the folder must not use, and says what to do
// instead. It returns "" if the folder may use it.
func (p *Project) refused(folder, symbol string) (what, advice string) {
	domain := Within(folder, "domain")
	switch {
	case !domain && !Within(folder, "ports", "app") || p.forTests(folder) || slices.Contains(vocabulary, symbol):
		return "", ""
	case slices.Contains(capabilities, symbol) && domain:
		return ", which belongs to a port", "the domain may use identifiers, errors, pages and events of the kit, but not its ports: call the port in a use case"
	case slices.Contains(capabilities, symbol):
		return "", ""
	case symbol == "SystemClock" && domain:
		return ", which reads the system clock", adviceClock
	case symbol == "SystemClock":
		return ", which reads the system clock", "take a kit.Clock as a parameter, and provide kit.SystemClock in main.go"
	}
	return ", which is for adapters and package main", "use it in an adapter or in main.go"
}

package code

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
)

// worldly are symbols of the standard library that read or change more than their
// arguments, in packages that otherwise only compute.
var worldly = []struct {
	path, symbols      string
	rule, does, advice string
}{
	{"time", "Now Since Until", "pure-clock", "reads the clock with", adviceClock},
	{"time", "Sleep After AfterFunc Tick NewTicker NewTimer", "pure-clock", "waits with", "leave waiting to use cases and adapters"},
	{"log/slog", "Default SetDefault SetLogLoggerLevel With Log LogAttrs Debug Info Warn Error DebugContext InfoContext WarnContext ErrorContext",
		"pure-log", "uses the global logger through", adviceLog},
	{"fmt", "Print Printf Println Scan Scanf Scanln", "pure-log", "uses the terminal through", adviceLog},
	{"sync", "WaitGroup.Go", "pure-goroutine", "starts a goroutine with", adviceGoroutine},
	{"context", "AfterFunc", "pure-goroutine", "starts a goroutine with", adviceGoroutine},
}

// The advice for code that is not plain.
const (
	adviceClock     = "take the time as a parameter: use cases read it from a kit.Clock"
	adviceLog       = "return what should be logged, and log it in a use case or an adapter"
	adviceInit      = "initialize variables where they are declared, and do the rest in functions that are called"
	adviceContext   = "pass the context as the first parameter of each function that needs it"
	adviceGoroutine = "start it in a use case or an adapter, which can wait for it to end"
	adviceState     = "keep state in a value that is passed in, or in a store"
)

// conduct returns a finding for each thing that the domain or the ports do but plain code
// must not do.
func (p *Project) conduct() []finding.Finding {
	var found []finding.Finding
	for folder, f := range p.owned() {
		plain := p.isPlain(folder)
		for _, fact := range f.Facts {
			if of, _ := p.folder(fact.Path); plain || fact.Kind == Changes && p.isPlain(of) {
				found = append(found, judged(folder, fact)...)
			}
		}
	}
	return found
}

// isPlain reports whether a folder contains code of the domain or the ports.
func (p *Project) isPlain(folder string) bool {
	return Within(folder, "domain", "ports") && !p.forTests(folder)
}

// judged returns the finding for a fact of plain code, if any.
func judged(folder string, fact Fact) []finding.Finding {
	one := func(rule, message, advice string) []finding.Finding {
		return []finding.Finding{finding.At(fact.Pos, rule, message, advice)}
	}
	switch fact.Kind {
	case Inits:
		return one("pure-init", folder+" has a function init, which runs before main", adviceInit)
	case Keeps:
		who := "the struct " + fact.Name
		if fact.Name == "" {
			who = "a struct without a name"
		}
		return one("pure-context", who+" keeps a context", adviceContext)
	case Starts:
		return one("pure-goroutine", folder+" starts a goroutine", adviceGoroutine)
	case Changes:
		return one("pure-state", "the package variable "+fact.Name+" is changed outside its declaration", adviceState)
	}
	for _, w := range worldly {
		if w.path == fact.Path && slices.Contains(strings.Fields(w.symbols), fact.Name) {
			return one(w.rule, folder+" "+w.does+" "+nameOf(fact), w.advice)
		}
	}
	return nil
}

// nameOf returns the name of the symbol as written in code, such as slog.Info.
func nameOf(fact Fact) string {
	return fact.Path[strings.LastIndexByte(fact.Path, '/')+1:] + "." + fact.Name
}

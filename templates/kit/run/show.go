package run

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// showConfig prints the effective value and the source of every key.
func showConfig(_ context.Context, p Program, l commandLine) int {
	_, loaded, err := p.load(l)
	if err != nil {
		return p.refuse(err)
	}
	c := p.paintFor(p.Stdout)
	keys, values := columnWidths(loaded.Entries())
	section := ""
	for _, e := range loaded.Entries() {
		if first, _, _ := strings.Cut(e.Key, "."); first != section {
			if section != "" {
				p.print("")
			}
			section = first
		}
		line := padTo(e.Key, keys) + "  " + padTo(e.Value, values) + "  "
		if e.Source == "default" {
			p.print("%s", c.dim(line+e.Source))
			continue
		}
		p.print("%s%s", line, c.bold(e.Source))
	}
	return exitDone
}

// columnWidths returns how wide the columns of keys and values are. A few long
// values do not push the sources out of sight.
func columnWidths(entries []config.Entry) (keys, values int) {
	const most = 36
	for _, e := range entries {
		keys = max(keys, utf8.RuneCountInString(e.Key))
		if n := utf8.RuneCountInString(e.Value); n <= most {
			values = max(values, n)
		}
	}
	return keys, values
}

func padTo(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

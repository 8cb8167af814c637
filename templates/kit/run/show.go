package run

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// show prints every key with its value and where it is set.
func (s *service) show(context.Context) error {
	c := paintFor(s.stdout)
	keys, values := columnWidths(s.loaded.Entries())
	section := ""
	for _, e := range s.loaded.Entries() {
		if first, _, _ := strings.Cut(e.Key, "."); first != section {
			if section != "" {
				s.print("")
			}
			section = first
		}
		line := padTo(e.Key, keys) + "  " + padTo(e.Value, values) + "  "
		if e.Source == "default" {
			s.print("%s", c.dim(line+e.Source))
			continue
		}
		s.print("%s%s", line, c.bold(e.Source))
	}
	return nil
}

// columnWidths returns the widths of the columns of keys and values. Long values
// are ignored: a few of them must not push the sources out of sight.
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

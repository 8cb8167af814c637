package run

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
)

// show prints every key with its value and where it is set.
func (s *service) show(context.Context, []string) error {
	table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	section := ""
	for _, e := range s.loaded.Entries() {
		if first, _, _ := strings.Cut(e.Key, "."); first != section {
			if section != "" {
				_, _ = fmt.Fprintln(table) // the columns of each section are aligned by themselves
			}
			section = first
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", e.Key, e.Value, e.Source)
	}
	_ = table.Flush() // the standard output may be closed
	return nil
}

package postgresstore

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// ChildTable is the table of what a list in an entity consists of, its children.
type ChildTable = sqlstore.ChildTable

// Children returns a column that holds how many children an entity has, for use as an
// argument of a change, which keeps them, and as a destination of Scan, which reads them.
// NULL stands for a nil list.
func Children[C any](key []any, list *[]C, table *ChildTable, columns func(*C) []any) any {
	return children{sqlstore.Children(key, list, table, columns)}
}

// children keep themselves in the statement of their entity.
type children struct{ sqlstore.ChildColumn }

// Further returns the statements that keep the children if the entity has changed.
func (c children) Further(used int) (text string, args []any, err error) {
	rows := c.Rows()
	for i := range rows {
		if rows[i], err = encoding.Values(rows[i]); err != nil {
			return "", nil, err
		}
	}
	put := slices.Concat(c.Key(), arraysOf(rows, c.Width()))
	cut := append(slices.Clone(c.Key()), len(rows))
	const changed = `EXISTS (SELECT FROM "change")`
	text = fmt.Sprintf(`, "put%[1]d" AS (%[2]s WHERE `+changed+` %[3]s), "cut%[1]d" AS (%[4]s AND `+changed+`)`,
		used, shifted(c.Table().Put, used), c.Table().Replace, shifted(c.Table().Cut, used+len(put)))
	return text, append(put, cut...), nil
}

var parameter = regexp.MustCompile(`\$[0-9]+`)

// shifted returns a statement with greater numbers of its parameters.
func shifted(text string, by int) string {
	return parameter.ReplaceAllStringFunc(text, func(p string) string {
		n, _ := strconv.Atoi(p[1:])
		return "$" + strconv.Itoa(n+by)
	})
}

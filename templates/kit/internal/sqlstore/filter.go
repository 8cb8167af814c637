package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
)

// Selection is a SELECT of entities that is put together from what a filter asks for.
type Selection struct {
	Columns string // all columns, in order
	Table   string
	Key     string // its column; "" if it is "id"
	Tenant  string // that of the tenant; "" if there are none
	// Around is what stands before and after the statement, whose rows are then of Table, to
	// select the children of the entities as well; empty if they have none.
	Around [2]string

	where []string
	args  []any
	by    string // the column of the order; "" for the order of keys
	desc  bool
}

// Where adds a condition, whose parameter $1 has the value.
func (s *Selection) Where(condition string, value any) {
	s.args = append(s.args, value)
	s.where = append(s.where, strings.ReplaceAll(condition, "$1", "$"+strconv.Itoa(len(s.args))))
}

// OrderBy sorts by a column, and what is equal in it by the key, or by the reverse of both.
func (s *Selection) OrderBy(column string, desc bool) { s.by, s.desc = column, desc }

// text returns the statement, whose last parameter is a limit.
func (s *Selection) text() string {
	order := strings.Join(s.keys(), ", ")
	if s.desc {
		order = strings.Join(s.keys(), " DESC, ") + " DESC"
	}
	where := ""
	if len(s.where) > 0 {
		where = " WHERE " + strings.Join(s.where, " AND ")
	}
	text := "SELECT " + s.Columns + " FROM " + s.Table + where + " ORDER BY " + order + " LIMIT $" + strconv.Itoa(len(s.args)+1)
	if s.Around == [2]string{} {
		return text
	}
	return s.Around[0] + text + s.Around[1] + " ORDER BY " + s.Table + "." + strings.ReplaceAll(order, ", ", ", "+s.Table+".")
}

// keys returns the columns of the order.
func (s *Selection) keys() []string {
	if s.by == "" || s.by == s.key() {
		return []string{s.key()}
	}
	return []string{s.by, s.key()}
}

// own returns what comes before other conditions to select what is of the tenant, or "". The tenant
// is the first argument.
func (s *Selection) own() string {
	if s.Tenant == "" {
		return ""
	}
	return s.Tenant + " = $1 AND "
}

func (s *Selection) key() string { return cmp.Or(s.Key, `"id"`) }

// after returns the selection of what comes after an entity in its order.
func (s *Selection) after(key any) *Selection {
	keys, comes := strings.Join(s.keys(), ", "), " > "
	if s.desc {
		comes = " < "
	}
	rest := *s
	rest.where, rest.args = slices.Clip(s.where), slices.Clip(s.args)
	rest.args = append(rest.args, key)
	rest.where = append(rest.where, "("+keys+")"+comes+"(SELECT "+keys+" FROM "+s.Table+" WHERE "+s.own()+s.key()+" = $"+strconv.Itoa(len(rest.args))+")")
	return &rest
}

// FindSelected returns a page of a selection, in the order of keys if it has none. If it has
// one, the error is Invalid if the entity after which the page begins is gone, and with it
// the place in the order. Texts of statements are what statement takes.
func (t *Table[T, K]) FindSelected(
	ctx context.Context, statement func(text string) *Statement, s Selection, page kit.Page,
) (kit.Listing[T], error) {
	after, err := rowkey.After[K](page.After)
	if err != nil {
		return kit.Listing[T]{}, err
	}
	if s.by == "" {
		s.Where(s.key()+" > $1", after)
		return t.page(ctx, statement(s.text()), max(page.Limit, 1), s.args...)
	}
	return t.sorted(ctx, [2]*Statement{statement(s.text()), statement(s.after(after).text())}, page, s.args...)
}

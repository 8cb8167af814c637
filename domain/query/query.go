// Package query derives from the name of a store's method what the method does.
//
// A method that compares fields is named for them:
//
//	Find|All|Get|Count|Exists|Delete|Sum<Field> By <condition> {And|Or <condition>} [OrderBy <Field> [Desc]]
//
// or List OrderBy <Field> [Desc]. A condition is the name of a field, and how it is
// compared: an Operator, or nothing for being equal. And binds tighter than Or.
//
// The method Find takes a filter, whose fields are named as conditions, and a sort. Count and
// Sum<Field> with Per <Field> after it are by the values of a field. Next<Field> returns numbers
// for a field of new entities.
package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Kind is what a method does.
type Kind string

// The kinds. Those from Find on compare fields of the entity, as in FindByCustomer and
// CountByCustomerAndStatus; Find and Count need not, and Next does not.
const (
	Insert     Kind = "Insert"
	Get        Kind = "Get"
	Update     Kind = "Update"
	Delete     Kind = "Delete"
	List       Kind = "List"
	GetMany    Kind = "GetMany"
	InsertMany Kind = "InsertMany"
	Upsert     Kind = "Upsert"
	Find       Kind = "Find"
	Count      Kind = "Count"
	Exists     Kind = "Exists"
	First      Kind = "First"  // GetBy…
	Remove     Kind = "Remove" // DeleteBy…
	Sum        Kind = "Sum"
	Filtered   Kind = "Filtered" // Find
	Per        Kind = "Per"      // CountPer… and Sum…Per…
	Next       Kind = "Next"     // Next…
	All        Kind = "All"      // All and AllBy…
)

// Operator is how a field is compared, as written in a method's name.
type Operator string

// The operators. All but Equal, In and StartingWith are ranges.
const (
	Equal        Operator = ""
	Between      Operator = "Between" // both ends included
	GreaterThan  Operator = "GreaterThan"
	LessThan     Operator = "LessThan"
	Before       Operator = "Before"
	After        Operator = "After"
	In           Operator = "In"
	StartingWith Operator = "StartingWith"
)

// operators are the words of names, with the number of parameters.
var operators = map[Operator]int{Equal: 1, Between: 2, GreaterThan: 1, LessThan: 1, Before: 1, After: 1, In: 1, StartingWith: 1}

func (o Operator) isRange() bool { return o != Equal && o != In && o != StartingWith }

// Query is what a method does.
type Query struct {
	Kind   Kind
	By     []By
	Order  *Order // nil for the order of ID
	Sum    model.Field
	Per    model.Field
	Next   model.Field
	Events bool // it takes the events of the change
	Filter *Filter
}

// By is a field that is compared with a parameter.
type By struct {
	Of       *model.Field // the list of whose elements one has the field; nil for a field of the entity
	Field    model.Field
	Operator Operator
	Param    model.Param
	To       model.Param // the greater one of Between
	Or       bool        // it begins an alternative to what is before it
}

// Order is by which field entities are sorted. Those that are equal in it are in the order
// of ID, or with Desc in the reverse order.
type Order struct {
	Field model.Field
	Desc  bool
}

// Optional reports whether the field is optional and the parameter is not. The query then
// finds the entities that have the value.
func (b By) Optional() bool {
	return b.Field.Type.Kind == model.Pointer && b.Param.Type.Kind != model.Pointer
}

// IsPlain reports whether a method compares nothing but for being equal, and neither sorts
// nor changes what it finds.
func (q Query) IsPlain() bool {
	for _, b := range q.By {
		if b.Operator != Equal || b.Or || b.Of != nil {
			return false
		}
	}
	switch q.Kind {
	case Insert, Get, Update, Delete, List:
		return true
	case Find, Count, Exists:
		return q.Order == nil && len(q.By) > 0
	}
	return false
}

// Alternatives returns the conditions, in a list for each alternative.
func (q Query) Alternatives() [][]By {
	var all [][]By
	for i, b := range q.By {
		if i == 0 || b.Or {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], b)
	}
	return all
}

// Index is an index that serves an alternative: the fields that are equal first, then that
// of the range or the order.
type Index struct {
	Of     string // the list in whose table it is; "" for that of the entity
	Fields []model.Field
	Prefix bool // the last one is a text whose beginning is compared
}

// Indexes returns the index that serves each alternative.
func (q Query) Indexes() []Index {
	if q.Filter != nil {
		return q.Filter.indexes(q.By)
	}
	if len(q.By) == 0 && q.Order != nil {
		return []Index{{Fields: []model.Field{q.Order.Field}}}
	}
	var all []Index
	for _, conditions := range q.Alternatives() {
		var fields, last []model.Field
		prefix := false
		for _, b := range conditions {
			if b.Of != nil {
				all = append(all, Index{Of: b.Of.Name, Fields: []model.Field{b.Field}, Prefix: b.Operator == StartingWith})
				continue
			}
			prefix = prefix || b.Operator == StartingWith
			if b.Operator.isRange() || b.Operator == StartingWith {
				last = []model.Field{b.Field}
			} else {
				fields = append(fields, b.Field)
			}
		}
		if q.Order != nil && len(last) == 0 {
			last = []model.Field{q.Order.Field}
		}
		if fields = append(fields, last...); len(fields) > 0 {
			all = append(all, Index{Fields: fields, Prefix: prefix})
		}
	}
	return all
}

// Of returns what a method of an entity's store does. If the method cannot be derived, it
// reports a problem and returns false.
func Of(m model.Method, entity *model.Struct, problems *model.Problems) (Query, bool) {
	if len(m.Problems) > 0 {
		*problems = append(*problems, m.Problems...)
		return Query{}, false
	}
	switch kind := Kind(m.Name); kind {
	case Insert, Get, Update, Delete, List, GetMany, InsertMany, Upsert:
		return plain(m, kind, entity, problems)
	case Count, All:
		return by(m, Query{Kind: kind}, "", entity, problems)
	case "Find":
		return filtered(m, entity, problems)
	}
	for _, verb := range []struct {
		prefix string
		kind   Kind
	}{{"FindBy", Find}, {"AllBy", All}, {"CountBy", Count}, {"ExistsBy", Exists}, {"GetBy", First}, {"DeleteBy", Remove}} {
		if fields, ok := strings.CutPrefix(m.Name, verb.prefix); ok {
			return by(m, Query{Kind: verb.kind}, fields, entity, problems)
		}
	}
	if order, ok := strings.CutPrefix(m.Name, "List"); ok && strings.HasPrefix(order, orderWord) {
		return by(m, Query{Kind: Find}, order, entity, problems)
	}
	if q, ok, is := per(m, entity, problems); is {
		return q, ok
	}
	if q, ok, is := next(m, entity, problems); is {
		return q, ok
	}
	for _, f := range longestFirst(entity.Fields) {
		if fields, ok := strings.CutPrefix(m.Name, string(Sum)+f.Name+"By"); ok {
			return by(m, Query{Kind: Sum, Sum: f}, fields, entity, problems)
		}
	}
	problems.Add(m.Pos, "a store method named "+m.Name+" cannot be derived",
		"name it Insert, Get, Update, Delete, List, GetMany, InsertMany, Upsert, Count, All, Find, FindBy…, AllBy…, GetBy…, CountBy…, ExistsBy…, DeleteBy…, Sum…By…, CountPer…, Sum…Per…, Next… or ListOrderBy…, "+
			"or write it by hand in every adapter that stores "+entity.Name.Name)
	return Query{}, false
}

// Cacheable reports whether a service has a store with a Get or a FindBy… that can be read
// through a cache: not for tenants, whose values it would not tell apart.
func Cacheable(s model.Service) bool {
	return s.Keeps != nil && s.Entity.Tenant == "" && slices.ContainsFunc(s.Keeps.Methods, func(m model.Method) bool {
		q, ok := Of(m, s.Entity, new(model.Problems))
		return ok && (q.Kind == Get || q.Kind == Find)
	})
}

// forms are the signatures of the methods, with %s for the entity, KEY for its key, KEYS for
// several, and NUMBER for the field that Next is of.
var forms = map[Kind]string{
	Insert:     "(ctx context.Context, entity %s, events ...kit.Event) error",
	Get:        "(ctx context.Context, KEY) (%s, error)",
	Update:     "(ctx context.Context, entity %s, events ...kit.Event) error",
	Delete:     "(ctx context.Context, KEY, events ...kit.Event) error",
	List:       "(ctx context.Context, page kit.Page) (kit.Listing[%s], error)",
	GetMany:    "(ctx context.Context, KEYS) ([]%s, error)",
	InsertMany: "(ctx context.Context, entities []%s, events ...kit.Event) error",
	Upsert:     "(ctx context.Context, entity %s, events ...kit.Event) error",
	Find:       "(ctx context.Context, a value for each field, page kit.Page) (kit.Listing[%s], error)",
	Count:      "(ctx context.Context, a value for each field) (int64, error)",
	Exists:     "(ctx context.Context, a value for each field) (bool, error)",
	First:      "(ctx context.Context, a value for each field) (%s, error)",
	Remove:     "(ctx context.Context, a value for each field, events ...kit.Event) (int64, error)",
	Sum:        "(ctx context.Context, a value for each field) (int64, error)",
	Per:        "(ctx context.Context, a value for each field) (map[a value of the field]int64, error)",
	All:        "(ctx context.Context, a value for each field) iter.Seq2[%s, error]",
	Next:       "(ctx context.Context) (NUMBER, error)",
	Filtered:   "(ctx context.Context, filter a struct of optional fields, sort an enumeration, page kit.Page) (kit.Listing[%s], error)",
}

// refuse reports that a method does not have the signature that its name requires.
func refuse(m model.Method, q Query, entity *model.Struct, problems *model.Problems) {
	form := strings.NewReplacer("KEYS", keyParam(entity, "s", "[]"), "KEY", keyParam(entity, "", "")).Replace(forms[q.Kind])
	if q.Kind == Next {
		form = strings.Replace(form, "NUMBER", typeOf(q.Next.Type), 1)
	}
	if strings.Contains(form, "%s") {
		form = fmt.Sprintf(form, entity.Name.Package+"."+entity.Name.Name)
	}
	if q.Kind == Find && len(q.By) == 0 && q.Order != nil || m.Name == string(Count) || m.Name == string(All) {
		form = strings.Replace(form, "a value for each field", "", 1)
		form = strings.Replace(strings.Replace(form, ", , ", ", ", 1), ", )", ")", 1)
	}
	problems.Add(m.Pos, m.Name+" does not have the signature that its name requires", "write "+m.Name+form+words(q.By))
}

// keyParam returns a parameter for the key of an entity, or with a plural for several.
func keyParam(entity *model.Struct, plural, of string) string {
	key := entity.Key()
	name := strings.ToLower(key.Name[:1]) + key.Name[1:]
	if key.Name == "ID" {
		name = "id"
	}
	return name + plural + " " + of + typeOf(key.Type)
}

// typeOf returns the type of a key, or of a number, as written in a port.
func typeOf(t *model.Type) string {
	switch {
	case t.Name != nil:
		return t.Name.Package + "." + t.Name.Name
	case t.Kind == model.UUID:
		return "kit.UUID"
	case t.Kind == model.Int && t.Bits == 0:
		return "int"
	case t.Kind == model.Int:
		return "int64"
	}
	return "string"
}

// words says how many values the words in a name take, if they take more or less than one
// value of the field.
func words(by []By) string {
	text := ""
	for _, b := range by {
		switch b.Operator {
		case Between:
			text += ", where " + b.Name() + "Between takes two values"
		case In:
			text += ", where " + b.Name() + "In takes a slice"
		}
	}
	return text
}

// plain reads a method that compares no fields.
func plain(m model.Method, kind Kind, entity *model.Struct, problems *model.Problems) (Query, bool) {
	params, events := withoutEvents(m)
	isEntity := func(t *model.Type) bool { return t.Struct == entity && t.Kind == model.Record }
	isKey := func(t *model.Type) bool { return t.Same(entity.Key().Type) }
	isList := func(t *model.Type) bool { return t.Kind == model.Slice && isEntity(t.Elem) }
	returns := func(is func(*model.Type) bool) bool { return !events && len(m.Results) == 1 && is(m.Results[0]) }
	ok := len(params) == 1
	switch kind {
	case Insert, Update, Upsert:
		ok = ok && isEntity(params[0].Type) && len(m.Results) == 0
	case InsertMany:
		ok = ok && isList(params[0].Type) && len(m.Results) == 0
	case Delete:
		ok = ok && isKey(params[0].Type) && len(m.Results) == 0
	case Get:
		ok = ok && isKey(params[0].Type) && returns(isEntity)
	case GetMany:
		ok = ok && params[0].Type.Kind == model.Slice && isKey(params[0].Type.Elem) && returns(isList)
	default:
		ok = ok && !events && params[0].Type.Kind == model.Page && isListing(m.Results, entity)
	}
	if !ok {
		refuse(m, Query{Kind: kind}, entity, problems)
	}
	return Query{Kind: kind, Events: events}, ok
}

// withoutEvents returns the parameters without the events of a change, and whether there
// are any.
func withoutEvents(m model.Method) (params []model.Param, events bool) {
	if n := len(m.Params); n > 0 && m.Params[n-1].Variadic {
		return m.Params[:n-1], true
	}
	return m.Params, false
}

func isListing(results []*model.Type, entity *model.Struct) bool {
	return len(results) == 1 && results[0].Kind == model.Listing && results[0].Elem.Struct == entity
}

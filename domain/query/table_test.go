package query_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// What fields and parameters of the order below are.
var (
	text     = &model.Type{Kind: model.String}
	number   = &model.Type{Kind: model.Int, Bits: 64}
	float    = &model.Type{Kind: model.Float, Bits: 64}
	large    = &model.Type{Kind: model.Uint, Bits: 64}
	yes      = &model.Type{Kind: model.Bool}
	at       = &model.Type{Kind: model.Time}
	optional = &model.Type{Kind: model.Pointer, Elem: at}
	id       = &model.Type{Kind: model.UUID}
	json     = &model.Type{Kind: model.Map, Key: text, Elem: text}
	page     = &model.Type{Kind: model.Page}
	events   = &model.Type{Kind: model.Events}
)

var line = &model.Struct{Fields: []model.Field{{Name: "ID", Type: id}, {Name: "Product", Type: text}, {Name: "Count", Type: number}, {Name: "Labels", Type: json}}}

var order = &model.Struct{Name: model.Name{Package: "order", Name: "Order"}, Fields: []model.Field{
	{Name: "ID", Type: id}, {Name: "Customer", Type: text}, {Name: "Total", Type: number}, {Name: "Weight", Type: float},
	{Name: "Serial", Type: large}, {Name: "Paid", Type: yes}, {Name: "At", Type: at}, {Name: "DueAt", Type: optional}, {Name: "Labels", Type: json},
	{Name: "Due", Type: at}, {Name: "DueBefore", Type: at}, {Name: "Sign", Type: text}, {Name: "SignIn", Type: text},
	{Name: "Lines", Table: "order_lines", Type: list(&model.Type{Kind: model.Record, Struct: line})},
	{Name: "Version", Type: number}, {Name: "Order", Type: number}, {Name: "OrderBy", Type: number}, {Name: "Or", Type: text}, {Name: "OrOr", Type: text}, {Name: "And", Type: text},
}}

func list(t *model.Type) *model.Type { return &model.Type{Kind: model.Slice, Elem: t} }

// TestNames shows what names mean, and what is said of those that cannot be derived.
func TestNames(t *testing.T) {
	one, all := &model.Type{Kind: model.Record, Struct: order}, &model.Type{Kind: model.Listing, Elem: &model.Type{Kind: model.Record, Struct: order}}
	sequence := &model.Type{Kind: model.Sequence, Elem: one}
	p := func(types ...*model.Type) []*model.Type { return types }
	for _, c := range []struct {
		name   string
		params []*model.Type
		result *model.Type
		want   string // the meaning, or the start of the problem
	}{
		{"Insert", p(one, events), nil, "Insert events"},
		{"Upsert", p(one), nil, "Upsert"},
		{"InsertMany", p(list(one), events), nil, "InsertMany events"},
		{"InsertMany", p(one), nil, "!InsertMany does not have the signature that its name requires; write InsertMany(ctx context.Context, entities []order.Order, events ...kit.Event) error"},
		{"GetMany", p(list(id)), list(one), "GetMany"},
		{"GetMany", p(id), list(one), "!GetMany does not have the signature that its name requires; write GetMany(ctx context.Context, ids []kit.UUID) ([]order.Order, error)"},
		{"Count", nil, number, "Count"},
		{"Count", p(text), number, "!Count does not have the signature that its name requires; write Count(ctx context.Context) (int64, error)"},

		{"All", nil, sequence, "All"},
		{"All", p(text), sequence, "!All does not have the signature that its name requires; write All(ctx context.Context) iter.Seq2[order.Order, error]"},
		{"All", nil, all, "!All does not have the signature that its name requires"},
		{"AllByCustomer", p(text), sequence, "All Customer= | Customer"},
		{"AllByCustomer", p(text, page), sequence, "!AllByCustomer does not have the signature that its name requires; write AllByCustomer(ctx context.Context, a value for each field) iter.Seq2[order.Order, error]"},
		{"AllByTotalGreaterThan", p(number), sequence, "!AllByTotalGreaterThan has a range or an order, in which it could not go on after an entity that is removed meanwhile; leave it out, or read pages with FindBy…"},
		{"AllByCustomerOrderByTotal", p(text), sequence, "!AllByCustomerOrderByTotal has a range or an order"},
		{"FindByCustomer", p(text, page), all, "Find Customer= | Customer"},
		{"FindByCustomerAndPaid", p(text, yes, page), all, "Find Customer= Paid= | Customer Paid"},
		{"FindByTotalBetween", p(number, number, page), all, "Find Total=Between by Total | Total"},
		{"FindByTotalGreaterThanAndPaid", p(number, yes, page), all, "Find Total=GreaterThan Paid= by Total | Paid Total"},
		{"FindByTotalGreaterThanAndTotalLessThan", p(number, number, page), all, "Find Total=GreaterThan Total=LessThan by Total | Total"},
		{"FindByDueAtBefore", p(at, page), all, "Find DueAt=Before by DueAt | DueAt"},
		{"FindByCustomerIn", p(list(text), page), all, "Find Customer=In | Customer"},
		{"FindByPaidAndCustomerStartingWith", p(yes, text, page), all, "Find Paid= Customer=StartingWith | Paid Customer…"},
		{"FindByCustomerOrPaid", p(text, yes, page), all, "Find Customer= or Paid= | Customer | Paid"},
		{"FindByPaidAndCustomerOrTotalAndPaid", p(yes, text, number, yes, page), all, "Find Paid= Customer= or Total= Paid= | Paid Customer | Total Paid"},
		{"FindByCustomerOrderByTotalDesc", p(text, page), all, "Find Customer= by Total desc | Customer Total"},
		{"FindByTotalLessThanOrderByTotalDesc", p(number, page), all, "Find Total=LessThan by Total desc | Total"},
		{"ListOrderByAt", p(page), all, "Find by At | At"},
		{"ListOrderByIDDesc", p(page), all, "Find by ID desc | ID"},
		{"GetByCustomerOrderByAtDesc", p(text), one, "First Customer= by At desc | Customer At"},
		{"CountByTotalBetweenOrWeightLessThan", p(number, number, float), number, "Count Total=Between or Weight=LessThan | Total | Weight"},
		{"ExistsByCustomerInAndTotalGreaterThan", p(list(text), number), yes, "Exists Customer=In Total=GreaterThan | Customer Total"},
		{"SumTotalByCustomer", p(text), number, "Sum Total Customer= | Customer"},
		{"DeleteByPaid", p(yes, events), number, "Remove Paid= events | Paid"},
		{"NextTotal", nil, number, "Next Total"},
		{"NextTotal", p(number), number, "!NextTotal does not have the signature that its name requires; write NextTotal(ctx context.Context) (int64, error)"},
		{"NextTotal", nil, &model.Type{Kind: model.Int}, "!NextTotal does not have the signature that its name requires"},
		{"NextTotal", nil, nil, "!NextTotal does not have the signature that its name requires"},
		{"NextDueAt", nil, at, "!NextDueAt cannot return numbers for DueAt, which is optional; make it an int64, or write the method by hand"},
		{"NextSerial", nil, large, "!NextSerial cannot return numbers for Serial: it is no int64; make it one, or a type declared from it; or write the method by hand"},
		{"NextVersion", nil, number, "!NextVersion cannot return numbers for Version, which counts changes; give the numbers a field of their own"},
		{"NextNothing", nil, number, "!a store method named NextNothing cannot be derived"},

		// Words of names are also in fields.
		{"FindByDueBefore", p(at, page), all, "Find DueBefore= | DueBefore"},
		{"FindByDueBeforeBefore", p(at, page), all, "Find DueBefore=Before by DueBefore | DueBefore"},
		{"CountBySignIn", p(text), number, "Count SignIn= | SignIn"},
		{"CountBySignIn", p(list(text)), number, "Count Sign=In | Sign"},
		{"CountByOrderBy", p(number), number, "Count OrderBy= | OrderBy"},
		{"FindByOrderByOrderByOrder", p(number, page), all, "Find OrderBy= by Order | OrderBy Order"},
		{"CountByAndAndAnd", p(text, text), number, "Count And= And= | And And"},
		{"CountByOrOrOr", p(text, text), number, "Count Or= or Or= | Or | Or"},
		{"CountByOrOrOrOr", p(text, text), number, "!the name CountByOrOrOrOr can be read in two ways: as OrOr or Or, or as Or or OrOr; rename a field"},

		// What no index serves, or no database does alike.
		{"FindByTotalLessThanAndWeightLessThan", p(number, float, page), all, "!FindByTotalLessThanAndWeightLessThan has ranges of two fields, and an index serves one; write the method by hand"},
		{"FindByTotalLessThanOrderByAt", p(number, page), all, "!FindByTotalLessThanOrderByAt has a range of one field in the order of another, and an index serves one of them; order it by Total"},
		{"FindByCustomerInOrderByAt", p(list(text), page), all, "!FindByCustomerInOrderByAt has a range or an order beside In, StartingWith or Or"},
		{"FindByCustomerOrTotalLessThan", p(text, number, page), all, "!FindByCustomerOrTotalLessThan has a range or an order beside In, StartingWith or Or"},
		{"FindByPaidOrderByCustomer", p(yes, page), all, "!FindByPaidOrderByCustomer cannot sort by Customer: only numbers, times and durations are in the same order in every database"},
		{"FindByPaidOrderByDueAt", p(yes, page), all, "!FindByPaidOrderByDueAt cannot sort by DueAt: it is optional"},
		{"FindByPaidOrderBySerial", p(yes, page), all, "!FindByPaidOrderBySerial cannot sort by Serial: its numbers from 1 << 63 on are kept as negative ones"},
		{"CountByCustomerGreaterThan", p(text), number, "!CountByCustomerGreaterThan cannot compare Customer by GreaterThan: only numbers"},
		{"CountByAtGreaterThan", p(at), number, "!CountByAtGreaterThan cannot compare At by GreaterThan; write Before and After for times"},
		{"CountByTotalBefore", p(number), number, "!CountByTotalBefore cannot compare Total by Before; write Before and After for times"},
		{"CountByTotalStartingWith", p(number), number, "!CountByTotalStartingWith cannot compare the beginning of Total, which is no text; write the method by hand"},
		{"FindByCustomerStartingWithOrderByAt", p(text, page), all, "!FindByCustomerStartingWithOrderByAt has a range or an order beside In, StartingWith or Or"},
		{"FindByCustomerStartingWithAndTotalLessThan", p(text, number, page), all, "!FindByCustomerStartingWithAndTotalLessThan has ranges of two fields"},
		{"CountByPaidOrderByAt", p(yes), number, "!CountByPaidOrderByAt sorts what it does not return; leave out OrderBy"},
		{"SumWeightByCustomer", p(text), number, "!SumWeightByCustomer cannot add up Weight"},
		{"CountByLabels", p(json), number, "!CountByLabels cannot compare Labels, whose type is map; write the method by hand"},

		// Elements of lists.
		{"FindByLinesProduct", p(text, page), all, "Find LinesProduct= | of Lines Product"},
		{"CountByLinesCountBetweenAndPaid", p(number, number, yes), number, "Count LinesCount=Between Paid= | of Lines Count | Paid"},
		{"FindByLinesCountGreaterThan", p(number, page), all, "Find LinesCount=GreaterThan | of Lines Count"},
		{"DeleteByLinesIDInOrCustomer", p(list(id), text), number, "Remove LinesID=In or Customer= | of Lines ID | Customer"},
		{"FindByLinesProductAndLinesCount", p(text, number, page), all, "!FindByLinesProductAndLinesCount has two conditions on Lines, and does not say whether one element must meet both; write the method by hand"},
		{"FindByLinesProductAndTotalLessThan", p(text, number, page), all, "!FindByLinesProductAndTotalLessThan has a range or an order beside a field of Lines, and no index has what that finds in another order than that of ID; " +
			"write the method by hand, or as two methods"},
		{"GetByLinesProductOrderByAt", p(text), one, "!GetByLinesProductOrderByAt has a range or an order beside a field of Lines"},
		{"FindByPaidOrderByLinesCount", p(yes, page), all, "!FindByPaidOrderByLinesCount does not name fields of Order"},
		{"FindByLines", p(text, page), all, "!FindByLines cannot compare Lines, whose type is slice"},
		{"CountByLinesLabels", p(json), number, "!CountByLinesLabels cannot compare LinesLabels, whose type is map"},
		{"CountByLinesProduct", p(number), number, "!the parameter a of CountByLinesProduct and the field LinesProduct have different types"},
		{"SumLinesCountByPaid", p(yes), number, "!a store method named SumLinesCountByPaid cannot be derived"},

		// Signatures.
		{"FindByTotalBetween", p(number, page), all, "!FindByTotalBetween does not have the signature that its name requires; " +
			"write FindByTotalBetween(ctx context.Context, a value for each field, page kit.Page) (kit.Listing[order.Order], error), where TotalBetween takes two values"},
		{"CountByCustomerIn", p(text), number, "!the parameter a of CountByCustomerIn is not a slice of what Customer is; give it the type of the field with [] before it"},
		{"CountByDueAtBefore", p(optional), number, "!the parameter a of CountByDueAtBefore and the field DueAt have different types; give the parameter the type of the field, without a pointer"},
		{"CountByTotal", p(text), number, "!the parameter a of CountByTotal and the field Total have different types"},
		{"GetByCustomer", p(text), number, "!GetByCustomer does not have the signature that its name requires; write GetByCustomer(ctx context.Context, a value for each field) (order.Order, error)"},
		{"DeleteByCustomer", p(text), nil, "!DeleteByCustomer does not have the signature that its name requires; " +
			"write DeleteByCustomer(ctx context.Context, a value for each field, events ...kit.Event) (int64, error)"},
		{"ListOrderByAt", p(text, page), all, "!ListOrderByAt does not have the signature that its name requires; write ListOrderByAt(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)"},
		{"FindByNothing", p(text, page), all, "!FindByNothing does not name fields of Order"},
		{"FindByCustomerOrderByNothing", p(text, page), all, "!FindByCustomerOrderByNothing does not name fields of Order"},
		{"Purge", nil, nil, "!a store method named Purge cannot be derived; name it Insert,"},
	} {
		m := model.Method{Name: c.name, Pos: "a.go:1:2"}
		for i, typ := range c.params {
			m.Params = append(m.Params, model.Param{Name: string(rune('a' + i)), Type: typ, Variadic: typ == events})
		}
		if c.result != nil {
			m.Results = []*model.Type{c.result}
		}
		var problems model.Problems
		q, ok := query.Of(m, order, &problems)
		got := meaning(q)
		if !ok {
			got = "!" + strings.TrimPrefix(problems.Error(), "a.go:1:2: ")
		}
		if want, isProblem := strings.CutPrefix(c.want, "!"); ok == isProblem || isProblem && (len(problems) != 1 || !strings.HasPrefix(got, "!"+want)) || !isProblem && got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestRandomNames shows that the names of queries that are made at random are read as they
// were made, unless that is refused.
func TestRandomNames(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 20_000 {
		m, want := randomCount(random)
		var problems model.Problems
		q, ok := query.Of(m, order, &problems)
		isEqual := ok && meaning(q) == want
		isAmbiguous := !ok && len(problems) == 1 && strings.Contains(problems.Error(), "two ways")
		isRefused := !ok && strings.Contains(problems.Error(), "ranges of two fields")
		isPlain := ok && q.IsPlain() && "CountBy"+fieldsOf(q) == m.Name // the names of fields have the words
		if !isEqual && !isAmbiguous && !isRefused && !isPlain {
			t.Errorf("%s was read as %s, want %s: %v", m.Name, meaning(q), want, problems)
		}
		if isEqual {
			read++
		}
	}
	if read < 10_000 {
		t.Errorf("%d names were read as they were made", read)
	}
}

// randomCount returns a method that counts what fulfils random conditions, and its meaning.
func randomCount(random *rand.Rand) (model.Method, string) {
	m := model.Method{Name: "CountBy", Pos: "a.go:1:2", Results: []*model.Type{number}}
	q := query.Query{Kind: query.Count}
	for i := range 1 + random.IntN(4) {
		by := query.By{Field: order.Fields[random.IntN(len(order.Fields))]}
		if by.Field.Name == "Labels" || by.Field.Name == "Lines" {
			by.Field = order.Fields[2]
		}
		value := by.Field.Type
		if value == optional {
			value = at
		}
		var operators []query.Operator
		switch value {
		case number, float:
			operators = []query.Operator{query.Between, query.GreaterThan, query.LessThan}
		case at:
			operators = []query.Operator{query.Between, query.Before, query.After}
		case text:
			operators = []query.Operator{query.StartingWith}
		}
		operators = append(operators, query.Equal, query.In)
		by.Operator = operators[random.IntN(len(operators))]
		if i > 0 {
			by.Or = random.IntN(3) == 0
			m.Name += map[bool]string{true: "Or", false: "And"}[by.Or]
		}
		m.Name += by.Field.Name + string(by.Operator)
		if by.Operator == query.In {
			value = list(value)
		}
		m.Params = append(m.Params, model.Param{Name: "p", Type: value})
		if by.Operator == query.Between {
			m.Params = append(m.Params, model.Param{Name: "p", Type: value})
		}
		q.By = append(q.By, by)
	}
	return m, meaning(q)
}

func fieldsOf(q query.Query) string {
	var names []string
	for _, b := range q.By {
		names = append(names, b.Field.Name)
	}
	return strings.Join(names, "And")
}

// meaning writes a query, and the indexes that serve it.
func meaning(q query.Query) string {
	text := string(q.Kind)
	if q.Sum.Name != "" {
		text += " " + q.Sum.Name
	}
	if q.Next.Name != "" {
		text += " " + q.Next.Name
	}
	for _, b := range q.By {
		if b.Or {
			text += " or"
		}
		text += " " + b.Name() + "=" + string(b.Operator)
	}
	if q.Order != nil {
		text += " by " + q.Order.Field.Name
		if q.Order.Desc {
			text += " desc"
		}
	}
	if q.Events {
		text += " events"
	}
	for _, i := range q.Indexes() {
		text += " |"
		if i.Of != "" {
			text += " of " + i.Of
		}
		for _, f := range i.Fields {
			text += " " + f.Name
		}
		if i.Prefix {
			text += "…"
		}
	}
	return text
}

package openapigen

import (
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

var (
	orderName = model.Name{Path: "example.com/shop/domain/order", Package: "order", Name: "Order"}
	order     = &model.Struct{Name: orderName}
	orders    = route.Service{Entity: order, Offers: &model.Interface{Name: "Orders", Path: "/orders"}}
)

func TestDescribe(t *testing.T) {
	versioned := []route.Param{{Source: route.Version}}
	for _, c := range []struct {
		method, doc string
		params      []route.Param
		want        string
	}{
		{"Create", "Create creates an order. The error is Invalid if a\nfield is invalid.", nil, "Creates an order. Answers 422 if a field is invalid."},
		{"Create", "Create makes a new order; Invalid if the details break a rule.", nil, "Makes a new order. Answers 422 if the details break a rule."},
		{"Get", "Get returns the order, or NotFound if there is none.", nil, "Returns the order, or 404 if there is none."},
		{"Cancel", "Cancel ends an order. It returns Conflict if it was shipped, NotFound if it is gone", versioned, "Ends an order. Answers 412 if it was shipped, 404 if it is gone."},
		{"Cancel", "Cancel ends an order. Conflict if it was shipped.", nil, "Ends an order. Answers 409 if it was shipped."},
		{"Pay", "It takes the money. Returns Unavailable without a bank.", nil, "It takes the money. Answers 503 without a bank."},
		{"Pay", "PayPal is asked. Invalidate nothing.", nil, "PayPal is asked. Invalidate nothing."},
		{"Pay", "", nil, ""},
	} {
		r := route.Route{Method: &model.Method{Name: c.method, Doc: c.doc}, Params: c.params}
		if got := describe(r); got != c.want {
			t.Errorf("%s\nbecomes %s\nwant    %s", c.doc, got, c.want)
		}
	}
}

func TestDescribeType(t *testing.T) {
	for _, c := range []struct{ doc, name, want string }{
		{"Order is an order as it stands.", "Order", "An order as it stands."},
		{"Orders are the operations on orders", "Orders", "The operations on orders."},
		{"one more with each change", "Version", "One more with each change."},
		{"Order is what\nsomebody has ordered.\n\nAnd paid", "Order", "What somebody has ordered. And paid."},
		{"", "Order", ""},
	} {
		if got := describeType(c.doc, c.name); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.doc, got, c.want)
		}
	}
}

func TestSummary(t *testing.T) {
	id := []route.Param{{Source: route.Path}}
	for _, c := range []struct {
		method string
		params []route.Param
		status int
		want   string
	}{
		{"Create", nil, 201, "Create an order"},
		{"List", nil, 200, "List orders"},
		{"Get", id, 200, "Get an order"},
		{"Cancel", id, 200, "Cancel an order"},
		{"FindByCustomer", nil, 200, "Find orders by customer"},
		{"ExistsByID", id, 200, "Check whether an order exists"},
		{"ExistsByEmail", nil, 200, "Check whether an order exists by email"},
		{"GetLines", id, 200, "Get lines of an order"},
		{"PlanDelivery", nil, 200, "Plan delivery"},
	} {
		r := route.Route{Method: &model.Method{Name: c.method}, Params: c.params, Status: c.status}
		if got := summary(orders, r); got != c.want {
			t.Errorf("%s: %s, want %s", c.method, got, c.want)
		}
	}
}

// TestSummaryOfEntitiesThatSoundOtherwise tests that the article is that of the sound, not of
// the letter.
func TestSummaryOfEntitiesThatSoundOtherwise(t *testing.T) {
	get := route.Route{Method: &model.Method{Name: "Get"}, Params: []route.Param{{Source: route.Path}}}
	for entity, want := range map[string]string{"User": "Get a user", "Hour": "Get an hour", "UnitPrice": "Get a unit price"} {
		s := route.Service{Entity: &model.Struct{Name: model.Name{Name: entity}}, Offers: orders.Offers}
		if got := summary(s, get); got != want {
			t.Errorf("%s: %s, want %s", entity, got, want)
		}
	}
}

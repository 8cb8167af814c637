package name_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/name"
)

func TestForms(t *testing.T) {
	for _, c := range []struct{ text, pascal, camel, snake, plural string }{
		{"order", "Order", "order", "order", "orders"},
		{"order_item", "OrderItem", "orderItem", "order_item", "order_items"},
		{"orderItem", "OrderItem", "orderItem", "order_item", "order_items"},
		{"OrderItem", "OrderItem", "orderItem", "order_item", "order_items"},
		{"order-item", "OrderItem", "orderItem", "order_item", "order_items"},
		{"HTTPServer", "HTTPServer", "httpServer", "http_server", "http_servers"},
		{"user_id", "UserID", "userID", "user_id", "user_ids"},
		{"userHTTPURL", "UserHTTPURL", "userHTTPURL", "user_http_url", "user_http_urls"},
		{"person", "Person", "person", "person", "people"},
		{"news", "News", "news", "news", "news"},
		{"sales_category", "SalesCategory", "salesCategory", "sales_category", "sales_categories"},
		{"utf8Name", "UTF8Name", "utf8Name", "utf8_name", "utf8_names"},
		{"id_x", "Idx", "idx", "idx", "idxes"},
		{"isVIP", "IsVip", "isVip", "is_vip", "is_vips"},
		{"x_y", "Xy", "xy", "xy", "xies"},
		{"SKU", "Sku", "sku", "sku", "skus"},
		{"http", "HTTP", "http", "http", "https"},
		{"address_line_2", "AddressLine2", "addressLine2", "address_line2", "address_line2s"},
	} {
		n, err := name.Parse(c.text, english.English{})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got := []string{n.Pascal(), n.Camel(), n.Snake(), n.Plural().Snake()}
		want := []string{c.pascal, c.camel, c.snake, c.plural}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", c.text, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "1st", "_x", "-x", "a b", "a.b", "a/b", "../a", "café", "a\x00b", "a;drop", "{{a}}", "$(a)", strings.Repeat("a", 41),
	} {
		if n, err := name.Parse(text, english.English{}); err == nil {
			t.Errorf("%q was read as %v", text, n)
		} else if strings.Contains(err.Error(), "\n") || len(err.Error()) > 200 {
			t.Errorf("%q: the message is not one short line: %s", text, err)
		}
	}
}

// TestRoundTrip shows that the words of a name can be read back from the Go type: what
// is derived from the code is the same each time.
func TestRoundTrip(t *testing.T) {
	words := []string{"order", "user", "id", "http", "url", "item", "api", "name", "utf8", "tag", "json", "x", "2", "s", "URL", "XID"}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(t, "words")
		n, err := name.Parse(strings.Join(parts, "_"), english.English{})
		if err != nil {
			t.Skip("too long, or beginning with a digit")
		}
		if again := name.SnakeOf(n.Pascal(), english.English{}); again != n.Snake() {
			t.Fatalf("%s became %s and then %s", n, n.Pascal(), again)
		}
	})
}

// FuzzParse shows that every form of a name is safe wherever it is used, and is parsed
// as the same name.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"order_item", "HTTPServer", "x_y", "a1_2b", "userHTTPURL", "a--b", "API_2", "s", "ids_URLs"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := name.Parse(text, english.English{})
		if err != nil {
			if message := err.Error(); len(message) > 300 || strings.ContainsFunc(message, func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Errorf("%q: the message is %q", text, message)
			}
			return
		}
		for _, form := range []string{n.Pascal(), n.Camel(), n.Package(), n.Snake(), n.Kebab(), n.Plural().Pascal()} {
			if !identifier.MatchString(form) || len(form) > 60 {
				t.Errorf("%q has the form %q", text, form)
			}
		}
		for _, form := range []string{n.Snake(), n.Kebab(), n.Pascal(), n.Camel()} {
			again, err := name.Parse(form, english.English{})
			if err != nil || !again.Equal(n) || again.Pascal() != n.Pascal() {
				t.Errorf("%q became %q, which became %q: %v", text, form, again, err)
			}
		}
	})
}

var identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

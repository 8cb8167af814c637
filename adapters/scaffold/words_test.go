package scaffold

import (
	"testing"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/name"
)

func TestNamesInSentences(t *testing.T) {
	for text, want := range map[string]string{
		"order":         "an order",
		"order_item":    "an order item",
		"receipt":       "a receipt",
		"user":          "a user",
		"unit":          "a unit",
		"uninvitedness": "an uninvitedness",
		"umbrella":      "an umbrella",
		"usher":         "an usher",
		"utility":       "a utility",
		"hour":          "an hour",
		"house":         "a house",
		"heir":          "an heir",
		"euro":          "a euro",
		"one_off":       "a one off",
		"api_key":       "an API key",
		"http_server":   "an HTTP server",
		"url":           "a URL",
		"user_id":       "a user ID",
		"x":             "an x",
		"u":             "a u",
		"address2":      "an address2",
	} {
		n, err := name.Parse(text, english.English{})
		if err != nil {
			t.Fatal(err)
		}
		if got := english.Article(human(n)) + " " + human(n); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestEnumerate(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		if got := enumerate(words); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

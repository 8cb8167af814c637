package api

import (
	"fmt"
	"strings"
	"testing"
)

// doc returns a document with one operation, and the members of its body and of its answer.
func doc(route, status, parameters, body, answer string) string {
	verb, path, _ := strings.Cut(route, " ")
	return fmt.Sprintf(`{"paths": {%q: {%q: {"operationId": "ordersCreate", "parameters": [%s],
		"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
		"responses": {%q: {"content": {"application/json": {"schema": {"anyOf": [{"$ref": "#/components/schemas/Out"}, {"type": "null"}]}}}}, "404": {}}}}},
	"components": {"schemas": {"In": {%s}, "Out": {%s}},
		"parameters": {"if-match": {"name": "If-Match", "in": "header", "required": true}}}}`,
		path, verb, parameters, status, body, answer)
}

const (
	lines = `"lines": {"type": ["array", "null"], "items": {"properties": {"product": {"type": "string"}}, "required": ["product"]}}`
	text  = `{"type": "string"}`
)

func TestCompare(t *testing.T) {
	const members = `"properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["a", "b"]}, ` + lines + `}, "required": ["name"]`
	before := doc("post /orders", "201", `{"name": "day", "in": "query"}, {"name": "id", "in": "path", "required": true}`, members, members)
	for name, c := range map[string]struct{ after, want string }{
		"nothing": {before, ""},
		"another route": {
			doc("put /all-orders", "201", `{"name": "day", "in": "query"}`, members, members),
			"PUT /all-orders was at POST /orders!",
		},
		"another status":    {strings.Replace(before, `"201"`, `"202"`, 1), "POST /orders answers 202 instead of 201!"},
		"another operation": {strings.Replace(before, "ordersCreate", "ordersMake", 1), "POST /orders is called ordersMake, and was called ordersCreate"},
		"narrower": {
			strings.Replace(before, `"name": {"type": "string"}`, `"name": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^a"}`, 1),
			"POST /orders takes the member name only with maxLength 200!\nPOST /orders takes the member name only with minLength 1!\n" +
				"POST /orders takes the member name only with pattern ^a!",
		},
		"scopes": {
			strings.Replace(before, `"parameters"`, `"security": [{"token": ["orders:write"]}], "parameters"`, 1),
			"POST /orders needs a token!\nPOST /orders needs the scope orders:write!",
		},
		"parameters": {
			doc("post /orders", "201", `{"$ref": "#/components/parameters/if-match"}, {"name": "week", "in": "query"}`, members, members),
			"POST /orders needs the new parameter If-Match!\nPOST /orders no longer takes the parameter day!\nPOST /orders takes the new parameter week",
		},
		"a parameter is required": {
			doc("post /orders", "201", `{"name": "day", "in": "query", "required": true}`, members, members),
			"POST /orders needs the parameter day, which could be left out!",
		},
		"new members": {
			doc("post /orders", "201", `{"name": "day", "in": "query"}`,
				`"properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["a"]}, "note": `+text+`, "total": {"type": "integer", "format": "int64"}, `+lines+`}, "required": ["name", "kind", "total"]`,
				`"properties": {"name": {"type": "integer"}, "kind": `+text+`, "lines": {"type": "array", "items": {"properties": {"product": `+text+`, "count": {"type": "integer"}}}}}`),
			"POST /orders answers with name as integer instead of string!\nPOST /orders answers with the new member lines[].count\n" +
				"POST /orders needs the member kind, which could be left out!\nPOST /orders needs the new member total!\n" +
				"POST /orders no longer takes b as the member kind!\nPOST /orders takes the new member note",
		},
		"members within": {
			doc("post /orders", "201", `{"name": "day", "in": "query"}`,
				`"properties": {"name": {"type": "string", "format": "uuid"}, "kind": {"type": "string", "enum": ["a", "b", "c"]},
					"lines": {"type": "array", "items": {"properties": {"product": {"type": "string"}, "count": {"type": "integer"}}, "required": ["product", "count"]}},
					"spare": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}}, "required": ["name"]`,
				`"properties": {"name": {"type": "string"}, "kind": {"type": "string"}}`),
			"POST /orders needs the new member lines[].count!\nPOST /orders no longer answers with the member lines!\n" +
				"POST /orders takes the member name as string (uuid) instead of string!\nPOST /orders takes the new member spare",
		},
		"less": {
			doc("post /orders", "201", `{"name": "day", "in": "query"}`, `"additionalProperties": false, "properties": {"name": {"type": "string"}}`, members),
			"POST /orders no longer takes the member kind!\nPOST /orders no longer takes the member lines!",
		},
		"members of values": {
			doc("post /orders", "201", `{"name": "day", "in": "query"}`, members, strings.Replace(members, `"items"`, `"additionalProperties"`, 1)), "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			changes, err := Compare([]byte(before), []byte(c.after))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, change := range changes {
				line := change.Route + " " + change.What
				if change.Breaking {
					line += "!"
				}
				got = append(got, line)
			}
			if text := strings.Join(got, "\n"); text != c.want {
				t.Errorf("got\n%s\nwant\n%s", text, c.want)
			}
		})
	}
	if _, err := Compare([]byte("{"), []byte(before)); err == nil {
		t.Error("half a document is compared")
	}
}

func TestNarrower(t *testing.T) {
	n := func(f float64) *float64 { return &f }
	was := limits{Minimum: n(1), Maximum: n(9), MaxLength: n(10), Pattern: "a"}
	for want, is := range map[string]limits{
		"[]":                                was,
		"[minimum 2 maximum 8 maxLength 9]": {Minimum: n(2), Maximum: n(8), MaxLength: n(9)},
		"[pattern b]":                       {Minimum: n(0), Maximum: n(10), MaxLength: n(11), Pattern: "b"},
		"[minLength 1]":                     {MinLength: n(1)},
	} {
		if got := fmt.Sprint(is.narrower(was)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestBreaking(t *testing.T) {
	all := []Change{{What: "a"}, {What: "b", Breaking: true}}
	if got := Breaking(all); len(got) != 1 || got[0].What != "b" || all[0].What != "a" {
		t.Errorf("%v of %v", got, all)
	}
}

package openapigen

import (
	"net/http"
	"strconv"
)

func parameterRef(name string) object { return object{{"$ref", "#/components/parameters/" + name}} }
func headerRef(name string) object    { return object{{"$ref", "#/components/headers/" + name}} }

func problemRef(status int) object {
	return object{{"$ref", "#/components/responses/" + strconv.Itoa(status)}}
}

// parameters are those that several operations have.
var parameters = object{
	{"id", object{
		{"name", "id"}, {"in", "path"}, {"required", true},
		{"description", "Which one."},
		{"schema", object{{"type", "string"}, {"format", "uuid"}}},
	}},
	{"limit", object{
		{"name", "limit"}, {"in", "query"},
		{"description", "How many at most."},
		{"schema", object{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}, {"default", 50}}},
	}},
	{"after", object{
		{"name", "after"}, {"in", "query"},
		{"description", "Where the page before ended: its next."},
		{"schema", object{{"type", "string"}, {"format", "uuid"}}},
	}},
	{"if-match", object{
		{"name", "If-Match"}, {"in", "header"}, {"required", true},
		{"description", "The ETag of the version that is meant: with another one by now, nothing is changed."},
		{"schema", object{{"type", "string"}, {"pattern", `^"(0|[1-9][0-9]{0,17})"$`}, {"examples", []string{`"1"`}}}},
	}},
	{"if-none-match", object{
		{"name", "If-None-Match"}, {"in", "header"},
		{"description", "The ETag of the version that one has: if it is still that, it is not sent again."},
		{"schema", object{{"type", "string"}}},
	}},
	{"idempotency-key", object{
		{"name", "Idempotency-Key"}, {"in", "header"},
		{"description", "Makes it safe to send the request again: with the same key it is handled once, and answered the same."},
		{"schema", object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}, {"pattern", "^[!-~]+$"}}},
	}},
}

// headers are those of answers.
var headers = object{
	{"etag", object{{"description", "The version, for If-Match and If-None-Match."}, {"schema", object{{"type", "string"}}}}},
	{"location", object{{"description", "The path of what was created."}, {"schema", object{{"type", "string"}}}}},
	{"idempotency-replayed", object{
		{"description", "This is the answer to an earlier request with the same Idempotency-Key."},
		{"schema", object{{"type", "string"}, {"enum", []string{"true"}}}},
	}},
	{"request-id", object{{"description", "The identifier of the request in the service's log."}, {"schema", object{{"type", "string"}}}}},
	{"retry-after", object{{"description", "How many seconds to wait."}, {"schema", object{{"type", "string"}, {"pattern", "^[0-9]+$"}}}}},
}

// problems say what problems mean, by status.
var problems = []struct {
	status      int
	description string
}{
	{http.StatusBadRequest, "The request cannot be understood: its query, a header, or a body that is no JSON in UTF-8."},
	{http.StatusForbidden, "Who asks may not do this."},
	{http.StatusNotFound, "There is no such thing."},
	{http.StatusConflict, "There is one already, or it has changed in the meantime."},
	{http.StatusPreconditionFailed, "It is not of the version that If-Match names."},
	{http.StatusRequestEntityTooLarge, "The body is too large."},
	{http.StatusUnsupportedMediaType, "The body is not said to be application/json."},
	{http.StatusUnprocessableEntity, "The request breaks a rule. Every field and parameter that does is named."},
	{http.StatusPreconditionRequired, "If-Match is missing."},
	{http.StatusInternalServerError, "Something went wrong on our side."},
	{http.StatusServiceUnavailable, "There is too much to do, or a dependency does not answer: ask again later."},
}

func problemContent() object {
	return object{{"application/problem+json", object{{"schema", object{{"$ref", "#/components/schemas/problem"}}}}}}
}

func problemResponses() object {
	all := object{}
	for _, p := range problems {
		headers := object{{"X-Request-Id", headerRef("request-id")}}
		if p.status == http.StatusServiceUnavailable {
			headers = append(object{{"Retry-After", headerRef("retry-after")}}, headers...)
		}
		all = all.with(strconv.Itoa(p.status), object{
			{"description", p.description}, {"headers", headers}, {"content", problemContent()},
		})
	}
	return all.with("Problem", object{{"description", "Any other problem."}, {"content", problemContent()}})
}

// problemSchemas describes problems.
func problemSchemas() object {
	text := object{{"type", "string"}}
	return object{{"problem", object{
		{"type", "object"},
		{"description", "What went wrong (RFC 9457)."},
		{"required", []string{"type", "title", "status", "code"}},
		{"properties", object{
			{"type", text},
			{"title", text},
			{"status", object{{"type", "integer"}}},
			{"detail", text},
			{"code", object{{"type", "string"}, {"enum", []string{
				"not_found", "already_exists", "conflict", "invalid", "unauthorized", "overloaded", "unavailable", "internal",
			}}}},
			{"errors", object{
				{"type", "array"},
				{"description", "Each field or parameter that is wrong."},
				{"items", object{
					{"type", "object"},
					{"required", []string{"field", "message"}},
					{"properties", object{{"field", text}, {"message", text}}},
				}},
			}},
			{"request_id", text},
		}},
	}}}
}

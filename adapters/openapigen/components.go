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

// parameters are those of several operations.
var parameters = object{
	{"id", object{
		{"name", "id"}, {"in", "path"}, {"required", true},
		{"description", "The ID of the resource."},
		{"schema", object{{"type", "string"}, {"format", "uuid"}}},
	}},
	{"limit", object{
		{"name", "limit"}, {"in", "query"},
		{"description", "The maximum number of items."},
		{"schema", object{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}, {"default", 50}}},
	}},
	{"after", object{
		{"name", "after"}, {"in", "query"},
		{"description", "The value of next in the previous page. Omit it for the first page."},
		{"schema", object{{"type", "string"}, {"minLength", 1}}},
	}},
	{"if-match", object{
		{"name", "If-Match"}, {"in", "header"}, {"required", true},
		{"description", "The ETag of the version to change, or a list of them, or *. If the resource has another version, it is left unchanged and the answer is 412."},
		{"schema", object{{"type", "string"}, {"examples", []string{`"1-5f0a3c1e"`}}}},
	}},
	{"if-match-optional", object{
		{"name", "If-Match"}, {"in", "header"},
		{"description", "The ETag of the version to change, or a list of them, or *. If the resource has another version, it is left unchanged and the answer is 412."},
		{"schema", object{{"type", "string"}, {"examples", []string{`"1-5f0a3c1e"`}}}},
	}},
	{"if-none-match", object{
		{"name", "If-None-Match"}, {"in", "header"},
		{"description", "The ETag of a version that the client has. If it is still current, the answer is 304 without a body."},
		{"schema", object{{"type", "string"}}},
	}},
	{"idempotency-key", object{
		{"name", "Idempotency-Key"}, {"in", "header"},
		{"description", "Makes the request safe to retry: requests with the same key are executed only once and get the same answer."},
		{"schema", object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}, {"pattern", "^[!-~]+$"}}},
	}},
}

// headers are those of responses.
var headers = object{
	{"etag", object{{"description", "The version of the resource and the checksum of the body, for If-Match and If-None-Match."}, {"schema", object{{"type", "string"}}}}},
	{"location", object{{"description", "The path of the new resource."}, {"schema", object{{"type", "string"}}}}},
	{"idempotency-replayed", object{
		{"description", "Present if this is the recorded answer to an earlier request with the same Idempotency-Key."},
		{"schema", object{{"type", "string"}, {"enum", []string{"true"}}}},
	}},
	{"request-id", object{{"description", "The ID of the request, which is also in the service's log."}, {"schema", object{{"type", "string"}}}}},
	{"retry-after", object{{"description", "The number of seconds to wait before a retry."}, {"schema", object{{"type", "string"}, {"pattern", "^[0-9]+$"}}}}},
}

// problems describe the problems by status.
var problems = []struct {
	status      int
	description string
}{
	{http.StatusBadRequest, "The request is malformed: its query, a header, or a body that is not JSON in UTF-8."},
	{http.StatusUnauthorized, "The token is missing or not valid. WWW-Authenticate says what is needed."},
	{http.StatusForbidden, "The client is not allowed to do this."},
	{http.StatusNotFound, "There is no such resource."},
	{http.StatusConflict, "The resource already exists, or has changed in the meantime."},
	{http.StatusPreconditionFailed, "The resource is not in the state that If-Match or If-None-Match requires."},
	{http.StatusRequestEntityTooLarge, "The body is too large."},
	{http.StatusUnsupportedMediaType, "The Content-Type is not application/json."},
	{http.StatusUnprocessableEntity, "A field or parameter is invalid. The problem lists all of them."},
	{http.StatusPreconditionRequired, "The header If-Match is missing."},
	{http.StatusInternalServerError, "Internal error."},
	{http.StatusServiceUnavailable, "The service is overloaded or a dependency is unavailable. Retry after the time in Retry-After."},
}

func problemContent() object {
	return object{{"application/problem+json", object{{"schema", object{{"$ref", "#/components/schemas/problem"}}}}}}
}

// problemResponses describes the problems. Only a service that is secured asks for a token.
func problemResponses(secured bool) object {
	all := object{}
	for _, p := range problems {
		if p.status == http.StatusUnauthorized && !secured {
			continue
		}
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

// described returns a schema with a description.
func described(text string, schema object) object {
	return append(object{{"description", text}}, schema...)
}

// problemSchemas describes problems.
func problemSchemas() object {
	text := object{{"type", "string"}}
	return object{{"problem", object{
		{"type", "object"},
		{"description", "An error, in the form of RFC 9457."},
		{"required", []string{"type", "title", "status", "code"}},
		{"properties", object{
			{"type", text},
			{"title", text},
			{"status", object{{"type", "integer"}}},
			{"detail", described("An explanation of the error, for people.", text)},
			{"code", object{{"description", "The kind of error, for programs."}, {"type", "string"}, {"enum", []string{
				"not_found", "already_exists", "conflict", "invalid", "unauthenticated", "unauthorized", "overloaded", "unavailable", "internal",
			}}}},
			{"errors", object{
				{"type", "array"},
				{"description", "Every field or parameter that is invalid."},
				{"items", object{
					{"type", "object"},
					{"required", []string{"field", "message"}},
					{"properties", object{{"field", text}, {"message", text}}},
				}},
			}},
			{"request_id", described("The ID of the request, which is also in the service's log.", text)},
		}},
	}}}
}

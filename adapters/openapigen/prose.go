package openapigen

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/route"
)

// The comments in a project speak to those who call its methods in Go. What follows
// turns them into text for those who call its API.

// codes are the errors that comments mention, as whole words.
const codes = `\b(NotFound|AlreadyExists|Conflict|Invalid|Unauthenticated|Unauthorized|Overloaded|Unavailable|Internal)\b`

var (
	aloneCode = regexp.MustCompile(codes)
	// errorClause is an error at the beginning of a sentence or clause.
	errorClause = regexp.MustCompile(`(?:^|[;.] )(?:(?:[Tt]he error is|[Ii]t returns|[Rr]eturns|[Ii]t is) )?` + codes)
)

// statuses are the statuses that errors are answered with.
var statuses = map[string]int{
	"NotFound": http.StatusNotFound, "AlreadyExists": http.StatusConflict, "Conflict": http.StatusConflict,
	"Invalid": http.StatusUnprocessableEntity, "Unauthenticated": http.StatusUnauthorized, "Unauthorized": http.StatusForbidden,
	"Overloaded": http.StatusServiceUnavailable, "Unavailable": http.StatusServiceUnavailable,
	"Internal": http.StatusInternalServerError,
}

// describe returns the comment of a method: "Create creates an order. The error is
// Invalid if a field is invalid." becomes "Creates an order. Answers 422 if a field is
// invalid."
func describe(r route.Route) string {
	text := withoutName(r.Method.Doc, r.Method.Name)
	text = errorClause.ReplaceAllStringFunc(text, func(clause string) string {
		answers := "Answers " + statusFor(r, aloneCode.FindString(clause))
		if strings.HasPrefix(clause, ";") || strings.HasPrefix(clause, ".") {
			return ". " + answers
		}
		return answers
	})
	text = aloneCode.ReplaceAllStringFunc(text, func(code string) string { return statusFor(r, code) })
	return sentence(text)
}

// statusFor returns the status for an error. A conflict fails the precondition of a route
// that has one.
func statusFor(r route.Route, code string) string {
	if code == "Conflict" && r.Has(route.Version) {
		return strconv.Itoa(http.StatusPreconditionFailed)
	}
	return strconv.Itoa(statuses[code])
}

// describeAccess returns what a token needs, after the comment of a method.
func (d *document) describeAccess(r route.Route) string {
	switch {
	case !d.secured || r.Access == nil:
		return ""
	case r.IsOpen():
		return " It needs no token."
	}
	return " The token needs " + strings.Join(r.Access.Scopes, " and ") + "."
}

// describeType returns the comment of a type: "Order is an order as it stands." becomes
// "An order as it stands."
func describeType(doc, typeName string) string {
	text := withoutName(doc, typeName)
	for _, verb := range []string{"is ", "are "} {
		text = strings.TrimPrefix(text, verb)
	}
	return sentence(text)
}

// withoutName returns a comment as one line without the name that it begins with.
func withoutName(doc, first string) string {
	return strings.TrimPrefix(strings.Join(strings.Fields(doc), " "), first+" ")
}

// sentence returns a text with a capital letter and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "!") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// summary returns what a route does, in a few words.
func summary(s route.Service, r route.Route) string {
	words := name.Words(r.Method.Name, english.English{})
	things := strings.ReplaceAll(tagOf(s), "-", " ")
	about := things
	if r.Has(route.Path) || r.Creates || r.Status == http.StatusCreated {
		about = aThingOf(s)
	}
	rest := strings.Join(words[1:], " ")
	text := strings.Join(words, " ")
	switch {
	case words[0] == "exists":
		text = strings.TrimSuffix("check whether "+aThingOf(s)+" exists "+rest, " by id")
	case rest == "":
		text += " " + about
	case strings.HasPrefix(rest, "by "):
		text = words[0] + " " + about + " " + rest
	case r.Has(route.Path):
		text += " of " + about
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// thingOf returns what one calls an entity of the service.
func thingOf(s route.Service) string {
	return strings.Join(name.Words(s.Entity.Name.Name, english.English{}), " ")
}

// aThingOf returns it after its indefinite article.
func aThingOf(s route.Service) string { return english.Article(thingOf(s)) + " " + thingOf(s) }

// describeSuccess returns what a successful answer is.
func describeSuccess(s route.Service, r route.Route) string {
	isEntity := func(t *model.Type) bool { return t.Kind == model.Record && t.Struct.Name == s.Entity.Name }
	switch t := r.Result; {
	case r.Lines != nil:
		return "Lines of JSON, one for each element, as they come. An error on the way is the last line, {\"error\": problem}, and the answer is cut off after it."
	case r.Bytes:
		return "The content. It is cut off if there is an error on the way."
	case t == nil:
		return "Success, without content."
	case r.Status == http.StatusCreated && isEntity(t):
		return "The new " + thingOf(s) + "."
	case (r.Verb == http.MethodPut || r.Verb == http.MethodPatch) && isEntity(t):
		return "The updated " + thingOf(s) + "."
	case isEntity(t):
		return "The " + thingOf(s) + "."
	case t.Kind == model.Listing && isEntity(t.Elem):
		return "A page of " + strings.ReplaceAll(tagOf(s), "-", " ") + "."
	default:
		return "The result."
	}
}

// describeUpload returns what the body of an upload is.
func describeUpload(r route.Route) string {
	limit := int64(1 << 30)
	if r.Method.Limit != nil {
		limit = r.Method.Limit.Bytes
	}
	return "The content, of any type, of at most " + strconv.FormatInt(limit, 10) + " bytes."
}

// problemsOf returns the statuses of the problems that the route can answer.
func (d *document) problemsOf(r route.Route) []int {
	asks := len(r.Asked()) > 0 || r.Has(route.Page)
	uploads := r.Has(route.Stream)
	sends := r.Body != nil || uploads
	versioned := r.Has(route.Version)
	posts := r.Verb == http.MethodPost
	excluded := map[int]bool{
		http.StatusBadRequest:            !asks && !sends && !versioned && !posts && !mayMatch(r),
		http.StatusUnauthorized:          !d.secured,
		http.StatusNotFound:              r.Method.Name == "List",
		http.StatusConflict:              r.Verb == http.MethodGet,
		http.StatusPreconditionFailed:    !versioned && !mayMatch(r),
		http.StatusRequestEntityTooLarge: !sends && !posts,
		http.StatusUnsupportedMediaType:  r.Body == nil,
		http.StatusPreconditionRequired:  !versioned,
	}
	all := make([]int, 0, len(problems))
	for _, p := range problems {
		all = append(all, p.status)
	}
	return slices.DeleteFunc(all, func(status int) bool { return excluded[status] })
}

package route

import (
	"net/http"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
)

// IsStream reports whether the request or the answer is a stream.
func (r Route) IsStream() bool { return r.Has(Stream) || r.answersStream() }

func (r Route) answersStream() bool { return r.Lines != nil || r.Bytes }

func takesStream(method *model.Method) bool {
	return slices.ContainsFunc(method.Params, func(p model.Param) bool { return p.Type.Kind == model.Reader })
}

// result sets what a route answers with.
func (m *mapper) result(r *Route) {
	if len(r.Method.Results) == 0 {
		r.Status = http.StatusNoContent
		return
	}
	switch t := r.Method.Results[0]; t.Kind {
	case model.Sequence:
		r.Lines = t.Elem
	case model.Reader:
		r.Bytes = true
	default:
		r.Result = t
	}
}

// checkStream reports streams that cannot be sent.
func (m *mapper) checkStream(r *Route) {
	name, at := r.Method.Name, r.Method.Pos
	if r.Method.HTTP != nil {
		at = r.Method.HTTP.Pos
	}
	if r.answersStream() && r.Status != http.StatusOK {
		m.problems.Add(at, name+" answers with a stream", "leave out the status, or use 200")
	}
	if r.Lines != nil && slices.ContainsFunc(r.Lines.Struct.Fields, func(f model.Field) bool { return f.Wire == "error" }) {
		m.problems.Add(r.Method.Pos, "the elements of the sequence that "+name+" returns have a member error, as the line has that says what went wrong",
			"return a sequence of a struct without a field that is called so")
	}
	if !takesStream(r.Method) {
		if r.Method.Limit != nil {
			m.problems.Add(r.Method.Limit.Pos, "the directive limits what "+name+" reads, and it takes no io.Reader", "remove it: bodies that are JSON have http.max_body")
		}
		return
	}
	switch {
	case !carriesBody(r.Verb):
		m.problems.Add(at, r.Verb+" carries no body, and "+name+" takes an io.Reader", "use POST or PUT")
	case r.answersStream():
		m.problems.Add(r.Method.Pos, name+" takes a stream and returns one, and few clients can send and receive at once", "take it in one method, and return it from another")
	}
	streams := 0
	for _, p := range r.Params {
		switch {
		case p.Source == Stream:
			streams++
		case p.Source == Query && !isAskable(p.Type) && r.Method.HTTP == nil:
			m.problems.Add(r.Method.Pos, "the body of "+name+" is its io.Reader, and the parameter "+p.Name+" does not fit into a query",
				"take scalars and slices of them beside it")
		}
	}
	if streams > 1 {
		m.problems.Add(r.Method.Pos, name+" takes several readers, and a request has one body", "take only one")
	}
}

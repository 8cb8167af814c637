package gosource

import (
	"go/token"
	"go/types"
	"regexp"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/model"
)

// limitDirective is the directive that says how much a method reads from its io.Reader.
const limitDirective = directive + "limit"

// limitForm matches a number of bytes.
var limitForm = regexp.MustCompile(`^([1-9][0-9]{0,8})(KB|MB|GB)$`)

// units are those of limits.
var units = map[string]int64{"KB": 1e3, "MB": 1e6, "GB": 1e9}

// limitOf returns what a directive says of how much is read.
func (m *mapper) limitOf(d said) *model.Limit {
	found := limitForm.FindStringSubmatch(d.rest)
	if found == nil {
		m.problems.Add(d.pos, limitDirective+" has no valid size", "write a number with KB, MB or GB behind it, such as "+limitDirective+" 10MB")
		return &model.Limit{Pos: d.pos}
	}
	n, _ := strconv.ParseInt(found[1], 10, 64) // nine digits at most
	return &model.Limit{Bytes: n * units[found[2]], Pos: d.pos}
}

func isErrorType(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// sequence returns the model of the sequence that a method returns, or nil. It reports one
// that has no error of its own, or does not come alone.
func (m *mapper) sequence(f *types.Func, results []*types.Var) *model.Type {
	for _, v := range results {
		t, ok := types.Unalias(v.Type()).(*types.Named)
		if !ok || !isOf(t, "iter") {
			continue
		}
		at, args := position(v, f.Pos()), t.TypeArgs()
		of, last := args.At(0), args.At(args.Len()-1)
		if !isErrorType(last) {
			of = last
		}
		want := "return iter.Seq2[" + short(of) + ", error] alone"
		if args.Len() != 2 || of == last {
			return m.refuse(at, "the sequence that "+f.Name()+" returns cannot tell that it failed", want)
		}
		if len(results) > 1 {
			return m.refuse(at, f.Name()+" returns more than a sequence, which has its error in it", want)
		}
		elem := m.typeOf(args.At(0), at)
		if elem != broken && elem.Kind != model.Record {
			return m.refuse(at, "an element of the sequence that "+f.Name()+" returns is no struct, so that it could never have more", "declare a struct, and return a sequence of those")
		}
		return &model.Type{Kind: model.Sequence, Elem: elem}
	}
	return nil
}

// reader returns the model of a type of package io if it is the wanted one, and otherwise
// reports it. It returns nil for the types of other packages.
func (m *mapper) reader(t types.Type, wanted, instead string, at token.Pos) *model.Type {
	named, ok := types.Unalias(t).(*types.Named)
	switch {
	case !ok || !isOf(named, "io"):
		return nil
	case named.Obj().Name() == wanted:
		return &model.Type{Kind: model.Reader}
	}
	return m.refuse(at, "an "+short(t)+" cannot cross a port", instead)
}

// isOf reports whether a type is declared in a package.
func isOf(t *types.Named, importPath string) bool {
	return t.Obj().Pkg() != nil && t.Obj().Pkg().Path() == importPath
}

// oneByOne is what to do instead of a channel or a function.
const oneByOne = "return iter.Seq2[T, error] for what comes one by one"

// misplacedStream reports a sequence or a reader where it cannot be. It returns nil for the types
// of other packages.
func (m *mapper) misplacedStream(t *types.Named, at token.Pos) *model.Type {
	switch {
	case isOf(t, "iter"):
		return m.refuse(at, "a sequence cannot be a parameter, nor a part of another type", "take a slice or an io.Reader, and "+oneByOne)
	case isOf(t, "io"):
		return m.refuse(at, "an "+short(t)+" cannot be a part of another type", "take an io.Reader as a parameter, or return an io.ReadCloser and an error")
	}
	return nil
}

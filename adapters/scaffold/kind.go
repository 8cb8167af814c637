package scaffold

// kind is the code for a type of a blueprint. Expressions are written as in a package
// that imports the domain.
type kind struct {
	goType        string
	rule          string // the method of kit.Violations that checks a value; "" for none
	sample, other string // two valid values, as Go expressions
	json          string // a valid value in JSON
	broken        string // a value that breaks a rule of a required field; "" for none
	notZero       bool   // required means not zero
}

// kinds are the kinds of the types of a blueprint. That of an enum depends on its values.
var kinds = map[string]kind{
	"string":   {goType: "string", rule: "Line", sample: `"Ada"`, other: `"Grace"`, json: `"Ada"`, broken: `""`},
	"text":     {goType: "string", rule: "Text", sample: `"Two lines,\nof text."`, other: `"One line."`, json: `"some text"`, broken: `""`},
	"int":      {goType: "int", sample: "42", other: "43", json: "42"},
	"int64":    {goType: "int64", sample: "42", other: "43", json: "42"},
	"float64":  {goType: "float64", rule: "Finite", sample: "1.5", other: "2.5", json: "1.5", broken: "math.NaN()"},
	"bool":     {goType: "bool", sample: "true", other: "false", json: "true"},
	"duration": {goType: "time.Duration", sample: "90 * time.Second", other: "time.Hour", json: `"1m30s"`},
	"bytes":    {goType: "[]byte", sample: `[]byte("raw")`, other: `[]byte("more")`, json: `"AAEC"`, broken: "nil"},
	"time": {
		goType: "time.Time",
		sample: "time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)", other: "time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)",
		json: `"2026-01-02T03:04:05Z"`, broken: "time.Time{}", notZero: true,
	},
	"uuid": {
		goType: "kit.UUID", sample: "kit.UUID{1, 2, 3}", other: "kit.UUID{4, 5, 6}",
		json: `"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"`, broken: "kit.UUID{}", notZero: true,
	},
}

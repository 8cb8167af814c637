package model

// Declared is a port of the owner's as an adapter has to implement it. Types are written
// as in the adapter's file, which has the imports.
type Declared struct {
	Name    string // "Mailer"
	Methods []Signature
	Imports map[string]string // the names of imported packages by path
}

// Signature is a method without its first parameter, the context, and its last result,
// the error.
type Signature struct {
	Name    string
	Params  []Variable
	Results []Variable
}

// Variable is a parameter or a result.
type Variable struct {
	Name string // "" or _ if it has none
	Type string // such as order.Order, or ...string
	Zero string // an expression for its zero value
}

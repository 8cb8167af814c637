package model

// Constructor is the function that makes the values of a type whose fields are unexported,
// so that there are none but valid ones. It is in the package of the type.
type Constructor struct {
	Name  string // "New"
	Fails bool   // it returns an error as well
}

package blueprint

// Record describes an existing project: its blueprint, and the files derived in it.
type Record struct {
	Blueprint Blueprint
	Template  string            // the version of the command that created the project
	Generated map[string]string // SHA-256 of the derived files in hexadecimal, by path
}

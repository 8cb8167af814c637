package blueprint

// Record is what is known of a project that was made: what it consists of, and
// what was derived in it.
type Record struct {
	Blueprint Blueprint
	Template  string            // the version of the command that made the project
	Generated map[string]string // SHA-256 of derived files in hexadecimal, by path
}

package blueprint

import "fmt"

// Record is what is known of a project that was made.
type Record struct {
	Blueprint Blueprint
	Kit       string // the version of the command that its kit is of
}

// FormatError is the error of reading a file of another format.
type FormatError struct {
	Pos    string // file:line:column
	Format string
	Record bool // it is the record of a project
}

// Error says what to do.
func (e FormatError) Error() string {
	if e.Record && e.Format == "1" {
		return fmt.Sprintf("%s: this project was made by an earlier outgrow (format 1), which this version cannot read; "+
			"make a new project and move domain/, ports/ and app/ into it, or keep using the earlier version", e.Pos)
	}
	return fmt.Sprintf("%s: format %+.20q is not known; this version reads format %d", e.Pos, e.Format, Format)
}

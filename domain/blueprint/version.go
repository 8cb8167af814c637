package blueprint

import (
	"cmp"
	"regexp"
	"strconv"
)

var versionForm = regexp.MustCompile(`^v([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$`)

// CompareVersions orders versions of the command. One that was built from a checkout has
// no number, and comes before all others; a release comes after its previews.
func CompareVersions(a, b string) int {
	x, y := versionForm.FindStringSubmatch(a), versionForm.FindStringSubmatch(b)
	if x == nil || y == nil {
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
	}
	for i := 1; i <= 3; i++ {
		if c := cmp.Compare(number(x[i]), number(y[i])); c != 0 {
			return c
		}
	}
	if x[4] == "" || y[4] == "" {
		return cmp.Compare(len(y[4]), len(x[4]))
	}
	return cmp.Compare(x[4], y[4])
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // they are digits, and few
	return n
}

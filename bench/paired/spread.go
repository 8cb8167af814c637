package paired

import "slices"

// Spread is what has come of some rounds.
type Spread struct{ Least, Median, Most float64 }

func spread(all []float64) Spread {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return Spread{
		Least:  sorted[0],
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Most:   sorted[n-1],
	}
}

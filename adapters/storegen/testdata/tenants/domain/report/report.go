// Package report has the rows of reports.
package report

// Stock is how many parts there are in all.
type Stock struct {
	Parts int64
	Total int64
}

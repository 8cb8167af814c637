// Package ruletest runs the tests of rules that the entities of a store are held to.
package ruletest

import "testing"

// Test is a test of a rule. S is an empty store with the rule.
type Test[S any] struct {
	Name  string
	Needs func(s S) bool // reports whether the store has the methods
	Run   func(t *testing.T, s S)
}

// Run runs the tests of a rule, each with a store of its own. Their names begin with the rule.
func Run[S any](t *testing.T, rule string, tests []Test[S], open func(t *testing.T) S) {
	for _, test := range tests {
		t.Run(rule+" "+test.Name, func(t *testing.T) {
			if s := open(t); test.Needs(s) {
				test.Run(t, s)
			}
		})
	}
}

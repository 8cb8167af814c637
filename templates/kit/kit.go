// Package kit is the vocabulary that a service and its adapters share: identifiers,
// errors, pages and events, which the domain may use, and the capability ports, such as
// Transactor and Bus, which ports and use cases may use as well. It imports the standard
// library and nothing else. Each package below it is named for its technology and port.
package kit

// API1 is the version of the API that derived code is written against. Every derived
// file mentions it, so that derived code and a kit that do not fit together do not
// compile.
const API1 = 1

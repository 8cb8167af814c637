package gosource

import (
	"go/types"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// port is an interface of package ports from which files are derived.
type port struct {
	name    *types.TypeName
	methods []*types.Func
	about   []*types.Named // the types of packages in domain/ that it mentions, in order
	keeps   *types.Named   // the entity, if it is a store
	path    string         // the path at which it is served over HTTP, or ""
	access  *model.Access  // who may call it there, or nil
}

// services returns the services, each with a driving port, a store, or both.
func (m *mapper) services() []model.Service {
	stores, offers := m.ports()
	var services []model.Service
	for i, p := range stores {
		if first := slices.IndexFunc(stores, func(s port) bool { return s.keeps == p.keeps }); first < i {
			m.problems.Add(m.position(p.name.Pos()), p.name.Name()+" stores "+short(p.keeps)+", as "+stores[first].name.Name()+" does",
				"give one of them the methods of both")
			continue
		}
		if entity := m.entity(p); entity != nil {
			services = append(services, model.Service{Entity: entity, Keeps: m.interfaceOf(p), Table: m.tableOf(entity)})
		}
	}
	m.resolve(services)
	for _, p := range offers {
		services = m.addOffer(services, stores, p)
	}
	slices.SortStableFunc(services, func(a, b model.Service) int { return strings.Compare(sortName(a), sortName(b)) })
	return services
}

// tableOf returns the name of an entity's table, the plural of the entity's name.
func (m *mapper) tableOf(entity *model.Struct) string {
	words := name.Words(entity.Name.Name, m.language)
	words[len(words)-1] = m.language.Plural(words[len(words)-1])
	return strings.Join(words, "_")
}

func sortName(s model.Service) string {
	if s.Offers != nil {
		return s.Offers.Name
	}
	return s.Keeps.Name
}

// addOffer adds a driving port to the service of its entity, or as a new service.
func (m *mapper) addOffer(services []model.Service, stores []port, p port) []model.Service {
	offers := m.interfaceOf(p)
	offers.Path, offers.Access = p.path, p.access
	for _, t := range p.about {
		for i, s := range services {
			if s.Offers == nil && s.Keeps != nil && s.Entity.Name.Path == t.Obj().Pkg().Path() {
				services[i].Offers = offers
				return services
			}
		}
	}
	entity := m.subject(p, stores)
	if entity == nil {
		m.problems.Add(offers.Pos, offers.Name+" mentions no struct of a package in domain/",
			"let one of its methods take or return such a struct, or remove the directive "+httpDirective)
		return services
	}
	return append(services, model.Service{Entity: entity, Offers: offers})
}

// subject returns the struct that a driving port without its own store is about: an
// entity with a store, or else the first struct that it mentions.
func (m *mapper) subject(p port, stores []port) *model.Struct {
	var first *model.Struct
	for _, t := range p.about {
		s, ok := t.Underlying().(*types.Struct)
		if !ok || isText(t) || constructed(t) != nil {
			continue
		}
		isKept := slices.ContainsFunc(stores, func(store port) bool { return store.keeps == t })
		if mapped := m.structOf(t, s, t.Obj().Pos()); isKept || first == nil {
			first = mapped
			if isKept {
				break
			}
		}
	}
	return first
}

// entity returns the model of the entity of a store.
func (m *mapper) entity(store port) *model.Struct {
	t := store.keeps
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		m.refuse(t.Obj().Pos(), "the type "+short(t)+" is stored but is not a struct", "declare it as a struct")
		return nil
	}
	if constructed(t) != nil {
		m.refuse(t.Obj().Pos(), "the type "+short(t)+" is stored, and its fields are unexported",
			"export them, so that stores can fill them; what has rules of its own can be a field of a type with a constructor")
		return nil
	}
	entity := m.structOf(t, s, t.Obj().Pos())
	m.key(entity, store)
	m.apart(entity)
	m.constraints(entity, t)
	if f, ok := entity.Version(); ok && (f.Type.Kind != model.Int || f.Type.Bits != 64 || f.Type.Name != nil) {
		m.problems.Add(f.Pos, "the Version of what is stored counts its changes, and is no int64 here",
			"make it an int64 that each change increments, or give the field another name")
	}
	return entity
}

// ports returns the stores and the ports that are served, sorted by name.
func (m *mapper) ports() (stores, offers []port) {
	for _, t := range m.interfaces(m.portsPath()) {
		p := m.portOf(t)
		switch {
		case p.keeps != nil:
			stores = append(stores, p)
		case p.path != "":
			offers = append(offers, p)
		case m.takesEvents(t):
			m.problems.Add(m.position(t.Pos()), t.Name()+" takes events as a store does, but no store can be derived from it",
				"let its name end with Store, and give it Insert(ctx context.Context, entity Entity, events ...kit.Event) error")
		case m.isUnkept(p):
			m.problems.Add(m.position(t.Pos()), t.Name()+" is named as a store may be, and no adapter implements it",
				"to have stores derived, let its name end with Store, and give it Insert(ctx context.Context, entity Entity, events ...kit.Event) error; or write an adapter of it")
		}
	}
	return stores, offers
}

// interfaces returns the exported interfaces of a package, sorted by name.
func (m *mapper) interfaces(importPath string) []*types.TypeName {
	s := m.packages[importPath]
	if s == nil || s.types == nil {
		return nil
	}
	var found []*types.TypeName
	scope := s.types.Scope()
	for _, n := range scope.Names() {
		if t, ok := scope.Lookup(n).(*types.TypeName); ok && t.Exported() && !t.IsAlias() && types.IsInterface(t.Type()) {
			found = append(found, t)
		}
	}
	return found
}

// isUnkept reports whether a port is called a repository, or saves what is in domain/, and no
// adapter has a type with its methods.
func (m *mapper) isUnkept(p port) bool {
	saves := slices.ContainsFunc(p.methods, func(f *types.Func) bool { return f.Name() == "Save" })
	if len(p.about) == 0 || !saves && !strings.HasSuffix(p.name.Name(), "Repository") {
		return false
	}
	return slices.ContainsFunc(p.methods, func(f *types.Func) bool {
		for method := range m.hand {
			if strings.HasSuffix(method, "."+f.Name()) {
				return false
			}
		}
		return true
	})
}

// takesEvents reports whether a method of an interface takes ...kit.Event.
func (m *mapper) takesEvents(t *types.TypeName) bool {
	for f := range t.Type().Underlying().(*types.Interface).Methods() {
		params := f.Signature().Params()
		if !f.Signature().Variadic() {
			continue
		}
		if last, ok := params.At(params.Len() - 1).Type().(*types.Slice); ok && isNamed(last.Elem(), m.kitPath(), "Event") {
			return true
		}
	}
	return false
}

func (m *mapper) portOf(t *types.TypeName) port {
	p := port{name: t}
	iface := t.Type().Underlying().(*types.Interface)
	for f := range iface.Methods() {
		p.methods = append(p.methods, f)
	}
	slices.SortStableFunc(p.methods, func(a, b *types.Func) int { return int(a.Pos() - b.Pos()) })
	for _, f := range p.methods {
		for v := range f.Signature().Results().Variables() {
			m.mentions(v.Type(), &p.about)
		}
		for v := range f.Signature().Params().Variables() {
			m.mentions(v.Type(), &p.about)
		}
	}
	p.path, p.access = m.servedAt(t.Pos())
	if strings.HasSuffix(t.Name(), "Store") {
		p.keeps = m.kept(p)
	}
	if p.keeps != nil && p.path != "" {
		m.problems.Add(m.position(t.Pos()), t.Name()+" is a store, which is not served over HTTP", "put the directive above the port that the application offers")
	}
	return p
}

// mentions adds the types of packages in domain/ that a type consists of.
func (m *mapper) mentions(t types.Type, about *[]*types.Named) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			m.mentions(arg, about)
		}
		p := t.Obj().Pkg()
		if p != nil && strings.HasPrefix(p.Path(), m.domainPath()+"/") && !slices.Contains(*about, t) {
			*about = append(*about, t)
		}
	case *types.Pointer:
		m.mentions(t.Elem(), about)
	case *types.Slice:
		m.mentions(t.Elem(), about)
	case *types.Map:
		m.mentions(t.Key(), about)
		m.mentions(t.Elem(), about)
	}
}

// kept returns the entity that the Insert method of a port takes, or nil.
func (m *mapper) kept(p port) *types.Named {
	for _, f := range p.methods {
		params := f.Signature().Params()
		if f.Name() != "Insert" {
			continue
		}
		if params.Len() == 3 && f.Signature().Variadic() && f.Signature().Results().Len() == 1 {
			if t, ok := types.Unalias(params.At(1).Type()).(*types.Named); ok && slices.Contains(p.about, t) {
				return t
			}
		}
		m.problems.Add(m.position(f.Pos()), "Insert does not have the signature from which a store can be derived",
			"write Insert(ctx context.Context, entity Entity, events ...kit.Event) error, with an entity of a package in domain/")
	}
	return nil
}
